// Conditions on fields as options of transforms.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/data/batch.h"
#include "engine/expression/marked_text.h"
#include "engine/expression/predicate.h"

namespace sluice {

/// Null after filling `mistake`.
std::shared_ptr<const Predicate> compile_condition(const ExpressionText& text, const Schema& schema,
                                                   ExpressionMistake& mistake);

/// Why the verdict on row number `row` is an error, in a few words that are the same for many rows.
std::string why_undecided(const Predicate& predicate, const Batch& batch, std::uint32_t row);

}  // namespace sluice
