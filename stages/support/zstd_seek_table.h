// The seek table of the zstd seekable format (zstd, contrib/seekable_format): a skippable frame at
// the end of a file that says how large each frame before it is, so that a reader finds any place
// of the content without reading what is in front of it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// Collects what the table says. 8 bytes per frame.
class ZstdSeekTable {
 public:
  /// Notes the next frame of the file. REQUIRES: its header states the size of its content.
  void add(std::string_view frame);

  std::size_t frames() const noexcept { return entries_.size(); }

  /// The table as it stands in a file: little-endian; per frame u32 stored bytes and u32 content
  /// bytes, without checksums. Empty when there are more frames than the format allows.
  std::string encoded() const;

 private:
  struct Entry {
    std::uint32_t stored = 0;
    std::uint32_t content = 0;
  };
  std::vector<Entry> entries_;
};

}  // namespace sluice
