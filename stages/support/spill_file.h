// Files for what does not fit in memory: without a name, so that nothing is left of them however
// the process ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/io.h"
#include "engine/base/result.h"

namespace sluice {

/// An empty file in `folder`, open for reading and writing, that goes when it is closed. Made
/// without a name (O_TMPFILE); where the file system has no such files, its name is taken away at
/// once.
Result<File> open_spill_file(Io& io, const std::string& folder);

/// What a user reads when such a file could not be written because of `cause`: it names the folder,
/// as the file has no name.
Error spill_error(Error cause, const std::string& folder);

/// Writes a file from its start, in large pieces. Its errors are `spill_error`s.
class SpillWriter {
 public:
  static constexpr std::size_t buffer_bytes = std::size_t{256} << 10U;

  SpillWriter(File& file, const std::string& folder);
  Status write(std::string_view bytes);
  /// Writes what is held back. Answers how much there is in all.
  Result<std::uint64_t> finish();

 private:
  Status flush();

  File& file_;
  const std::string& folder_;
  std::unique_ptr<char[]> buffer_;  // NOLINT(*-avoid-c-arrays): raw memory.
  std::size_t used_ = 0;
  std::uint64_t written_ = 0;
};

}  // namespace sluice
