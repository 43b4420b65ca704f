// A piece of input for a child process: a file in memory, which it may read, or not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/io.h"
#include "engine/base/result.h"

namespace sluice {

/// Collects one piece after the other. One thread at a time.
class PieceFile {
 public:
  explicit PieceFile(Io& io) noexcept : io_(io) {}

  /// Errors: io.
  Status append(std::string_view text);
  /// The first `size` bytes, not to be changed by anybody, for who reads from there on; what is
  /// behind them begins the next piece. REQUIRES: there are so many. Errors: io.
  Result<File> take(std::size_t size);

 private:
  Status write(std::string_view text);
  Status write_small();

  Io& io_;
  File file_;
  std::size_t written_ = 0;  ///< Bytes in the file.
  std::string small_;        ///< What comes behind them.
};

}  // namespace sluice
