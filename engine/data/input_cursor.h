// Where in their input the records of a batch stand, record by record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "engine/data/batch.h"

namespace sluice {

/// Walks over the bytes of a batch from front to back, so that asking for the place of each record
/// takes one look at each byte. REQUIRES: the batch's bytes are those that it was framed in.
class InputCursor {
 public:
  explicit InputCursor(const Batch& batch) noexcept : batch_(batch) {}

  /// Moves to byte number `byte` of the batch; going back begins anew.
  void go_to(std::uint32_t byte) noexcept;

  /// The byte's place in the content of the input; nothing: not known, since not all batches in
  /// front of this one are framed, or some of them are damaged.
  std::optional<std::uint64_t> offset() const noexcept;
  /// The number of the line that the byte is in, from 1; 0: not known, since not all batches in
  /// front of this one are framed, or the input has no lines.
  std::uint64_t line() noexcept;

 private:
  const Batch& batch_;
  std::uint32_t at_ = 0;
  std::size_t gaps_passed_ = 0;
  std::uint64_t missing_bytes_ = 0;
  std::uint64_t missing_lines_ = 0;
  std::uint32_t counted_to_ = 0;
  std::uint64_t lines_counted_ = 0;
};

}  // namespace sluice
