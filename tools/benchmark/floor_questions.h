// The floors of the questions about records that are no filter by a text: what an answer costs a
// program that looks for nothing but what it needs, checks nothing, and knows how the generated
// logs are written (the order of fields, no white space, no escapes in keys).
#pragma once

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "tools/benchmark/floor_parts.h"
#include "tools/benchmark/questions.h"

namespace sluice::bench {

/// Whether there is one here.
bool has_question_floor(Question question);

/// Answers `question` over what `feed` has into `output`.
Status answer_question(Question question, Feed& feed, File output, unsigned threads);

/// The lines of an access log in the order of their times. The file is read as a whole.
Status sort_by_time(const File& input, std::uint64_t size_bytes, File output, unsigned threads);

}  // namespace sluice::bench
