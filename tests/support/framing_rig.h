// Frames a text as a source does, for tests of framings: a stream in pieces, through buffers of any
// size, into batches.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/io.h"
#include "engine/data/batch_pool.h"
#include "engine/stage/stage_context.h"
#include "stages/support/frame_batch.h"
#include "stages/support/stream_framer.h"

namespace sluice {

/// What became of a text. Does not depend on how it was cut.
struct FramedText {
  struct Record {
    std::string text;
    std::uint64_t offset = 0;  ///< Where it begins in the input.
    friend bool operator==(const Record&, const Record&) = default;
  };
  std::vector<Record> records;
  std::map<std::string, std::uint64_t> incidents;  ///< By reason.
  std::string damage;                              ///< Empty: there is none.
  std::uint64_t damage_offset = 0;
  std::optional<ErrorCode> error;
  friend bool operator==(const FramedText&, const FramedText&) = default;

  std::vector<std::string> texts() const {
    std::vector<std::string> all;
    for (const Record& record : records) all.push_back(record.text);
    return all;
  }
};

/// `next_piece` answers how many bytes come at once, at least 1; a piece may end in a pause, in
/// which what there is is sent on.
struct Cuts {
  std::size_t buffer_size = 64 << 10;
  std::function<std::size_t()> next_piece = [] { return std::size_t{1} << 20; };
  std::function<bool()> pauses = [] { return false; };
};

class FramingRig {
 public:
  FramingRig(const FramingOptions& options, const Cuts& cuts)
      : options_(options),
        cuts_(cuts),
        context_(Io::system(), Clock::system(), claims_),
        buffers_({1, cuts.buffer_size, cuts.buffer_size + longest_record(options).bytes, 0, 0}) {}

  FramedText frame(std::string_view input) {
    input_ = input;
    StreamFramer framer(options_);
    for (bool ended = false; !ended && !framed_.error;) {
      const BatchPtr batch = batches_.make();
      batch->set_buffer(buffers_.try_take());
      batch->set_input_place(std::make_shared<InputPlace>());
      framer.start(*batch->buffer());
      fill(framer);
      const std::uint64_t offset = given_ - framer.size();
      ended = given_ == input.size();
      const std::span<char> text = ended ? framer.take_all() : framer.take_records();
      if (const auto& damage = framer.damage()) {
        framed_.damage = damage->what;
        framed_.damage_offset = offset + damage->offset;
        ended = true;
      }
      add(*batch, text, offset);
    }
    for (const auto& [reason, entry] : context_.incidents().all()) {
      framed_.incidents[reason] = entry.count;
    }
    return framed_;
  }

 private:
  void fill(StreamFramer& framer) {
    for (auto room = framer.room(); !room.empty() && given_ < input_.size(); room = framer.room()) {
      const std::size_t count = std::min({room.size(), cuts_.next_piece(), input_.size() - given_});
      std::copy_n(input_.data() + given_, count, room.data());
      framer.add(count);
      given_ += count;
      if (framer.has_records() && cuts_.pauses()) return;
    }
  }

  void add(Batch& batch, std::span<char> text, std::uint64_t offset) {
    Origin origin;
    origin.offset = offset;
    batch.set_origin(origin);
    const auto framed = frame_batch(batch, text, options_, {"input", offset}, context_);
    if (!framed) {
      framed_.error = framed.error().code;
      return;
    }
    batch.make_table();
    for (const Slice row : batch.rows()) {
      framed_.records.push_back({std::string(batch.text(row)), batch.input_offset(row.offset)});
    }
  }

  FramingOptions options_;
  Cuts cuts_;
  FileClaims claims_;
  StageContext context_;
  BufferPool buffers_;
  BatchPool batches_;
  std::string_view input_;
  std::size_t given_ = 0;
  FramedText framed_;
};

inline FramedText frame(std::string_view input, const FramingOptions& options,
                        const Cuts& cuts = {}) {
  return FramingRig(options, cuts).frame(input);
}

}  // namespace sluice
