// Where raw output needs a line end that the input did not have.
//
// The last record of a file may lack its line end, and is written as it is; but when another record
// follows it, of the next file or of another branch, the two must not become one line.
#pragma once

#include <string_view>

#include "engine/data/batch.h"

namespace sluice {

/// Follows one output, byte stream or file, from its start. Byte streams (Batch::is_stream) pass
/// unchanged: where their batches begin says nothing about records. Not thread-safe.
class LineJoiner {
 public:
  /// True when a '\n' must be written before a piece of `batch`, for as long as that piece starts a
  /// record: pieces of a batch of records always do.
  bool is_line_open(const Batch& batch) const noexcept { return is_open_ && !batch.is_stream(); }
  /// Notes what was written last. REQUIRES: `text` is not empty.
  void wrote(std::string_view text) noexcept { is_open_ = text.back() != '\n'; }

  /// Calls visit(std::string_view) for all that is to be written for `batch`, in order.
  template <class Visit>
  void pieces(const Batch& batch, Visit visit) {
    batch.for_each_piece([&](std::string_view piece) {
      if (piece.empty()) return;
      if (is_line_open(batch)) visit(std::string_view("\n"));
      visit(piece);
      wrote(piece);
    });
  }

 private:
  bool is_open_ = false;
};

}  // namespace sluice
