// Where the blocks of a file of xz lie, and how large they are: what the index at the end of each
// of its streams says (the .xz file format, version 1.2.0).
//
// All of it comes from the input. The indexes have checksums and agree with the size of the file;
// whether a block holds what they say only decoding shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"

namespace sluice {

/// Thread-safe, since it does not change. At most some 20 MiB; 32 bytes for each block.
class XzBlocks {
 public:
  struct Block {
    std::uint64_t offset = 0;  ///< Of its first byte in the file.
    std::uint64_t size = 0;    ///< Bytes in the file: header, padding and check included.
    std::uint64_t content = 0;
    std::size_t stream = 0;  ///< Place in streams().

    std::uint64_t end() const noexcept { return offset + size; }
  };
  struct Stream {
    std::uint64_t offset = 0;
    std::uint8_t check = 0;  ///< Its kind, which the header of the stream names.
    bool is_known_check = false;
    /// Of any block.
    std::uint64_t largest_size = 0;
    std::uint64_t largest_content = 0;
  };

  /// Reads the indexes of bytes [0, end) of `file`, last one first. None if the bytes are anything
  /// else than whole streams with padding between them, or the indexes are too large. Errors: io.
  static Result<XzBlocks> read(const File& file, std::uint64_t end);

  /// In the order of the file; none is empty of bytes.
  const std::vector<Block>& blocks() const noexcept { return blocks_; }
  /// Those that have blocks, in the order of the file.
  const std::vector<Stream>& streams() const noexcept { return streams_; }

 private:
  std::vector<Block> blocks_;
  std::vector<Stream> streams_;
};

}  // namespace sluice
