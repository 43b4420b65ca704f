// UTF-8 that is held to be UTF-8.
#include <cstring>

#include "stages/support/from_utf8.h"

namespace sluice::byte_coders {
namespace {

struct Utf8Target {
  static constexpr char32_t replacement = 0xFFFD;
  static constexpr std::size_t plain_growth = 1;
  static constexpr std::size_t ascii_bytes = 1;

  static std::size_t put(char32_t code, char* to) { return write_utf8(code, to); }

  /// Copies by blocks, which are the longer the more of them were right before, so that a byte that
  /// is wrong costs no more than its neighbourhood.
  Converted convert_run(std::span<const char> in, std::span<char> out) {
    const std::string_view text(in.data(), std::min(in.size(), out.size()));
    std::size_t copied = 0;
    while (true) {
      std::string_view block = text.substr(copied, block_size_);
      block.remove_suffix(cut_length(block));
      if (block.empty()) break;
      const bool is_valid = is_utf8(block);
      if (!is_valid) block = block.substr(0, valid_length(block));
      std::memcpy(out.data() + copied, block.data(), block.size());
      copied += block.size();
      block_size_ = is_valid ? std::min(2 * block_size_, most_block) : least_block;
      if (!is_valid) break;
    }
    return {copied, copied};
  }
  void reset() { block_size_ = least_block; }

 private:
  static constexpr std::size_t least_block = 64;
  static constexpr std::size_t most_block = 16 * 1024;

  /// The bytes at the end that are the beginning of a character.
  static std::size_t cut_length(std::string_view text) {
    for (std::size_t length = 1; length <= std::min<std::size_t>(3, text.size()); ++length) {
      if (is_cut_utf8(text.substr(text.size() - length))) return length;
    }
    return 0;
  }

  static std::size_t valid_length(std::string_view text) {
    std::size_t valid = 0;
    while (const std::size_t length = utf8_length(text.substr(valid))) valid += length;
    return valid;
  }

  std::size_t block_size_ = least_block;
};

OrderMark order_mark(bool is_encoder, bool has_mark) {
  if (is_encoder) return has_mark ? OrderMark::write : OrderMark::keep;
  return has_mark ? OrderMark::keep : OrderMark::remove;
}

}  // namespace

std::unique_ptr<ByteCoder> make_utf8_encoder(const ByteCoding& coding) {
  return std::make_unique<FromUtf8<Utf8Target>>(
      coding, order_mark(true, coding.has_byte_order_mark), Utf8Target());
}

std::unique_ptr<ByteCoder> make_utf8_decoder(const ByteCoding& coding) {
  return std::make_unique<FromUtf8<Utf8Target>>(
      coding, order_mark(false, coding.has_byte_order_mark), Utf8Target());
}

}  // namespace sluice::byte_coders
