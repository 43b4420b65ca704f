// Cuts an output into pieces of equal size, wherever a record may end: so what is made of the
// pieces depends on the content only, not on threads or buffers.
#pragma once

#include <cstddef>
#include <string_view>

#include "engine/stage/stage.h"
#include "stages/support/line_joiner.h"

namespace sluice {

/// A piece ends where another file begins, however much it holds.
class FrameGather final : public Gather {
 public:
  /// `piece_bytes` is what each output but the last one holds, and the size of its buffer.
  explicit FrameGather(std::size_t piece_bytes) noexcept : piece_bytes_(piece_bytes) {}

  Result<Step> gather(const Batch& in, std::uint64_t position, Batch& out) override;
  Result<bool> finish(Batch& out) override;

 private:
  std::size_t room() const noexcept { return piece_bytes_ - fill_; }
  std::size_t take(std::string_view text, Batch& out);
  void count(Batch& out) const;

  std::size_t piece_bytes_;
  LineJoiner joiner_;
  std::size_t fill_ = 0;  ///< Bytes in the piece that is being filled.
};

}  // namespace sluice
