// Records of one text that are too long: what is said of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/result.h"
#include "engine/stage/stage_context.h"
#include "stages/support/framing_options.h"
#include "stages/support/text_place.h"

namespace sluice {

/// Counts "oversize_truncated" (a warning) or "oversize_dropped" (a reject) in the context. Refers
/// to all that it is made of.
class OversizeRecords {
 public:
  OversizeRecords(const FramingOptions& options, const TextPlace& place, StageContext& context)
      : options_(options), place_(place), context_(context) {}

  /// Notes one that begins at byte number `begin` of the text. With Oversize::fail that is an Error
  /// of code limit.
  Status add(std::size_t begin);
  /// To be called once, at the end of the text.
  void report() const;

  /// How many are missing.
  std::uint64_t dropped() const noexcept {
    return options_.oversize == Oversize::drop ? count_ : 0;
  }

 private:
  const char* noun() const noexcept { return is_plain_lines(options_) ? "a line" : "a record"; }

  const FramingOptions& options_;
  const TextPlace& place_;
  StageContext& context_;
  std::uint64_t count_ = 0;
  std::size_t first_ = 0;
};

}  // namespace sluice
