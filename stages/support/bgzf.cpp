#include "stages/support/bgzf.h"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "stages/support/compression.h"
#include "stages/support/gzip_format.h"
#include "stages/support/little_endian.h"

namespace sluice {
namespace {

constexpr std::size_t header_bytes = 18;
constexpr std::size_t size_at = 16;
constexpr std::size_t frame_bytes = header_bytes + gzip_trailer_size_bytes;
constexpr std::size_t block_limit = 1 << 16;
constexpr std::size_t stored_header_bytes = 5;

/// The header of an empty block, which is that of any block but for the size.
constexpr std::string_view header = bgzf_end.substr(0, header_bytes);

class BgzfEncoder final : public FrameEncoder {
 public:
  explicit BgzfEncoder(int level) : compressor_(libdeflate_alloc_compressor(level)) {}

  std::size_t bound(std::size_t input_size_bytes) const noexcept override {
    const std::size_t blocks =
        std::max<std::size_t>((input_size_bytes + bgzf_content_bytes - 1) / bgzf_content_bytes, 1);
    return input_size_bytes + blocks * (frame_bytes + stored_header_bytes);
  }

  Result<std::size_t> encode(std::string_view in, std::span<char> out) override {
    if (compressor_ == nullptr || out.size() < bound(in.size())) {
      Error error;
      error.code = ErrorCode::limit;
      error.message = "bgzf: cannot compress: output or memory too small";
      return error;
    }
    if (in.empty()) return bgzf_end.copy(out.data(), out.size());
    std::size_t size = 0;
    for (; !in.empty(); in.remove_prefix(std::min(in.size(), bgzf_content_bytes))) {
      size += encode_block(in.substr(0, bgzf_content_bytes), out.subspan(size));
    }
    return size;
  }

 private:
  std::size_t encode_block(std::string_view in, std::span<char> out) {
    char* const data = out.data() + header_bytes;
    const std::size_t room = stored_header_bytes + in.size();
    std::size_t size =
        libdeflate_deflate_compress(compressor_.get(), in.data(), in.size(), data, room);
    if (size == 0) size = store(in, data);
    header.copy(out.data(), header.size());
    write_little_endian(size + frame_bytes - 1, out.subspan(size_at, 2));
    write_gzip_trailer(out.subspan(header_bytes + size).first<gzip_trailer_size_bytes>(),
                       libdeflate_crc32(0, in.data(), in.size()),
                       static_cast<std::uint32_t>(in.size()));
    return size + frame_bytes;
  }

  /// A stored block (RFC 1951, 3.2.4), for what does not get smaller.
  static std::size_t store(std::string_view in, char* to) {
    *to = 1;  // The last block, stored.
    write_little_endian(in.size(), {to + 1, 2});
    write_little_endian(~in.size(), {to + 3, 2});
    in.copy(to + stored_header_bytes, in.size());
    return stored_header_bytes + in.size();
  }

  struct Free {
    void operator()(libdeflate_compressor* compressor) const noexcept {
      libdeflate_free_compressor(compressor);
    }
  };
  std::unique_ptr<libdeflate_compressor, Free> compressor_;
};

static_assert(bgzf_content_bytes + stored_header_bytes + frame_bytes <= block_limit);

}  // namespace

Result<std::unique_ptr<FrameEncoder>> make_bgzf_encoder(int level) {
  const LevelRange range = levels_of(Compression::gzip);
  if (level < range.lowest || level > range.highest) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = "bgzf: level " + std::to_string(level) + " is not in " +
                    std::to_string(range.lowest) + ".." + std::to_string(range.highest);
    return error;
  }
  return std::unique_ptr<FrameEncoder>(std::make_unique<BgzfEncoder>(level));
}

void BgzfIndex::add(std::string_view blocks) {
  while (blocks.size() >= frame_bytes) {
    const std::string_view block = blocks.substr(0, gzip_member_size(blocks).value_or(frame_bytes));
    const std::uint32_t content = read_u32_le(block.data() + block.size() - 4);
    if (content > 0 && stored_ > 0) blocks_.emplace_back(stored_, content_);
    stored_ += block.size();
    content_ += content;
    blocks.remove_prefix(block.size());
  }
}

std::string BgzfIndex::encoded() const {
  std::string index;
  const auto append = [&](std::uint64_t number) {
    std::array<char, 8> bytes{};
    write_little_endian(number, bytes);
    index.append(bytes.data(), bytes.size());
  };
  append(blocks_.size());
  for (const auto& [stored, content] : blocks_) {
    append(stored);
    append(content);
  }
  return index;
}

}  // namespace sluice
