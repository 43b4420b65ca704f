// Sixteen bytes of text at a time: what encodings look for in texts before they copy them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#else
#include <array>
#endif

namespace sluice {

/// Results are masks with one bit for each byte, the lowest for the first one.
class TextBlock {
 public:
  static constexpr std::size_t size = 16;

  /// REQUIRES: 16 bytes lie at `from`.
  static TextBlock load(const char* from) noexcept {
    TextBlock block;
    std::memcpy(&block.bytes_, from, size);
    return block;
  }

  /// `count` bytes, and zeros behind them, without reading beyond them. REQUIRES: 0 < count < 16.
  static TextBlock load_short(const char* from, std::size_t count) noexcept {
    std::uint64_t words[2] = {0, 0};  // NOLINT(*-avoid-c-arrays)
    if (count >= 8) {
      words[0] = word<std::uint64_t>(from);
      // The last eight bytes, without those that are in the first word already.
      const std::size_t twice = 8 * (16 - count);
      if (count > 8) words[1] = word<std::uint64_t>(from + count - 8) >> twice;
    } else if (count >= 4) {
      const std::uint64_t low = word<std::uint32_t>(from);
      const std::uint64_t high = word<std::uint32_t>(from + count - 4);
      words[0] = low | high << (8 * (count - 4));
    } else {
      const auto byte = [from](std::size_t at) {
        return std::uint64_t{static_cast<unsigned char>(from[at])} << (8 * at);
      };
      words[0] = byte(0) | byte(count / 2) | byte(count - 1);
    }
    TextBlock block;
    std::memcpy(&block.bytes_, words, size);
    return block;
  }

  void store(char* to) const noexcept { std::memcpy(to, &bytes_, size); }

#if defined(__SSE2__)
  std::uint32_t equal(char c) const noexcept { return mask(_mm_cmpeq_epi8(bytes_, splat(c))); }
  /// Bytes of at most `limit`, as unsigned numbers.
  std::uint32_t at_most(char limit) const noexcept {
    return mask(_mm_cmpeq_epi8(_mm_min_epu8(bytes_, splat(limit)), bytes_));
  }
  /// Bytes that are not ASCII.
  std::uint32_t high() const noexcept { return mask(bytes_); }

 private:
  static __m128i splat(char c) noexcept { return _mm_set1_epi8(c); }
  static std::uint32_t mask(__m128i bytes) noexcept {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes));
  }
  __m128i bytes_;
#else
  std::uint32_t equal(char c) const noexcept {
    return mask([c](char byte) { return byte == c; });
  }
  std::uint32_t at_most(char limit) const noexcept {
    const auto most = static_cast<unsigned char>(limit);
    return mask([most](char byte) { return static_cast<unsigned char>(byte) <= most; });
  }
  std::uint32_t high() const noexcept {
    return mask([](char byte) { return (static_cast<unsigned char>(byte) & 0x80U) != 0; });
  }

 private:
  template <class Test>
  std::uint32_t mask(Test test) const noexcept {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < size; ++i) bits |= (test(bytes_[i]) ? 1U : 0U) << i;
    return bits;
  }
  std::array<char, size> bytes_;
#endif
  template <class Word>
  static Word word(const char* from) noexcept {
    static_assert(std::endian::native == std::endian::little);
    Word value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }
};

/// A walk over a text that copies it, up to bytes that are to be written otherwise.
struct TextCopy {
  const char* from;
  const char* end;
  char* to;
  std::uint32_t high = 0;  ///< Not 0: something was not ASCII.

  TextCopy(const char* text, std::size_t size, char* where) noexcept
      : from(text), end(text + size), to(where) {}

  /// Copies until `specials(TextBlock)` finds a byte, which `from` then points to, or to the end.
  /// Answers whether it found one. REQUIRES: at `to` there is room for what is left and 16 bytes.
  template <class Specials>
  bool run(Specials specials) noexcept {
    while (static_cast<std::size_t>(end - from) >= TextBlock::size) {
      const TextBlock block = TextBlock::load(from);
      const std::uint32_t found = specials(block);
      high |= block.high();
      block.store(to);
      const auto plain = static_cast<std::size_t>(std::countr_zero(found | 0x10000U));
      from += plain;
      to += plain;
      if (found != 0) return true;
    }
    const auto left = static_cast<std::size_t>(end - from);
    if (left == 0) return false;
    const TextBlock block = TextBlock::load_short(from, left);
    const std::uint32_t found = specials(block) | 1U << left;
    high |= block.high();
    block.store(to);
    const auto plain = static_cast<std::size_t>(std::countr_zero(found));
    from += plain;
    to += plain;
    return from != end;
  }
};

}  // namespace sluice
