// BGZF, the blocked form of gzip (the SAM/BAM specification, section 4.1; written by bgzip):
// members of at most 64 KiB that carry their size, so that a reader can begin with any of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "stages/support/frame_encoder.h"

namespace sluice {

/// The most content of a block, as bgzip cuts it: what never grows beyond 64 KiB.
inline constexpr std::size_t bgzf_content_bytes = 0xff00;

/// The block without content that marks the end of a file.
inline constexpr std::string_view bgzf_end{
    "\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0\x1b\0\x03\0\0\0\0\0\0\0\0\0", 28};

/// Encodes an input as as many blocks as it takes. An empty one gives the block that marks the end.
/// bad_config if the level is not one of gzip.
Result<std::unique_ptr<FrameEncoder>> make_bgzf_encoder(int level);

/// The index that bgzip(1) calls .gzi: where blocks begin, in the file and in its content.
class BgzfIndex {
 public:
  /// Notes what follows in the file, whole blocks. REQUIRES: blocks of make_bgzf_encoder.
  void add(std::string_view blocks);
  /// Little-endian u64: the number of blocks but the first, and of each of those its offset in the
  /// file and in the content. A block without content is none.
  std::string encoded() const;

 private:
  std::uint64_t stored_ = 0;
  std::uint64_t content_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> blocks_;
};

}  // namespace sluice
