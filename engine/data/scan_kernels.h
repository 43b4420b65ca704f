// The inside of scan.h: the compiled forms of what is searched for, and one table of kernels per
// SIMD level. Only the scan sources include this.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/scan.h"

namespace sluice::scan_detail {

/// A position of a sequence that the kernels compare first: its byte lies in [low, low + span].
struct Anchor {
  std::uint32_t offset = 0;
  std::uint8_t low = 0;
  std::uint8_t span = 255;
};

/// As memcmp, but without a call, which would cost the kernels all their vector registers.
inline bool same_bytes(const char* a, const char* b, std::size_t count) noexcept {
  for (; count >= 8; a += 8, b += 8, count -= 8) {
    std::uint64_t word_a;
    std::uint64_t word_b;
    std::memcpy(&word_a, a, 8);
    std::memcpy(&word_b, b, 8);
    if (word_a != word_b) return false;
  }
  for (; count > 0; ++a, ++b, --count) {
    if (*a != *b) return false;
  }
  return true;
}

struct Sequence;
struct LiteralSet;

/// Searches the starting points from, from + 1, ... last; every match that starts there lies inside
/// the text. REQUIRES: from <= last.
using FindSequence = std::size_t (*)(const Sequence& sequence, const char* text, std::size_t from,
                                     std::size_t last);
/// As above for the shortest literal; longer ones are checked against the end of the text.
using FindSet = std::size_t (*)(const LiteralSet& set, std::string_view text, std::size_t from,
                                std::size_t last);

struct Sequence {
  std::array<Anchor, 4> anchors{};  ///< Rarest first; the unused ones accept every byte.
  std::size_t length = 0;
  std::string literal;          ///< Empty if some position accepts more than one byte.
  std::vector<ByteSet> bytes;   ///< One set per position.
  bool anchors_decide = false;  ///< The anchors cover every position: nothing is left to verify.
  double expected_rate = 1;
  FindSequence find = nullptr;

  /// Compares every position.
  bool equals(const char* at) const noexcept {
    if (!literal.empty()) return same_bytes(at, literal.data(), length);
    for (std::size_t i = 0; i < length; ++i) {
      if (!bytes[i].contains(at[i])) return false;
    }
    return true;
  }
  /// What is left to do where all anchors agree.
  bool verify(const char* at) const noexcept { return anchors_decide || equals(at); }
};

struct LiteralSet {
  static constexpr std::size_t bucket_count = 8;
  static constexpr std::size_t max_width = 3;
  static constexpr unsigned filter_bits = 16;

  /// The literals of bucket b are those from bucket_begin[b] to bucket_begin[b + 1].
  std::vector<std::string> literals;
  std::array<std::size_t, bucket_count + 1> bucket_begin{};
  std::size_t min_length = 0;
  std::size_t max_length = 0;

  // Every literal is told apart by `width` bytes at its offset `window`.
  std::size_t window = 0;
  std::size_t width = 0;

  /// Bit b of low[k][n]: some literal of bucket b has the low nibble n in its window byte k.
  std::array<std::array<std::uint8_t, 16>, max_width> low{};
  std::array<std::array<std::uint8_t, 16>, max_width> high{};

  /// For hashing: one bit per hashed window, and the literals sorted by their window bytes.
  std::vector<std::uint64_t> filter;
  std::vector<std::pair<std::uint32_t, std::size_t>> by_window;

  double expected_rate = 1;
  FindSet find = nullptr;

  std::uint32_t window_of(const char* literal_begin) const noexcept {
    std::uint32_t bytes = 0;
    for (std::size_t k = 0; k < width; ++k) {
      bytes = bytes << 8 | static_cast<unsigned char>(literal_begin[window + k]);
    }
    return bytes;
  }
  static std::uint32_t hash(std::uint32_t window_bytes) noexcept {
    return (window_bytes * 0x9E3779B1U) >> (32 - filter_bits);
  }
  bool literal_at(std::size_t index, std::string_view text, std::size_t at) const noexcept {
    const std::string& literal = literals[index];
    return literal.size() <= text.size() - at &&
           same_bytes(text.data() + at, literal.data(), literal.size());
  }
  /// Whether a literal of one of the buckets in the bit set `buckets` begins at `at`.
  bool any_at(unsigned buckets, std::string_view text, std::size_t at) const noexcept {
    for (; buckets != 0; buckets &= buckets - 1) {
      const auto b = static_cast<std::size_t>(__builtin_ctz(buckets));
      for (std::size_t i = bucket_begin[b]; i < bucket_begin[b + 1]; ++i) {
        if (literal_at(i, text, at)) return true;
      }
    }
    return false;
  }
};

/// Cuts lines into a caller's array: at most `capacity` of them, only those that end in '\n'.
struct LineCutter {
  Slice* out;
  std::size_t capacity;
  std::uint32_t base;
  std::size_t count = 0;
  std::size_t line_begin = 0;

  /// Bit i of `newlines` stands for a '\n' at `block` + i. False once the array is full.
  bool add_block(std::uint64_t newlines, std::size_t block) noexcept {
    for (; newlines != 0; newlines &= newlines - 1) {
      if (count == capacity) return false;
      const std::size_t end = block + static_cast<std::size_t>(__builtin_ctzll(newlines)) + 1;
      out[count++] = {base + static_cast<std::uint32_t>(line_begin),
                      static_cast<std::uint32_t>(end - line_begin)};
      line_begin = end;
    }
    return true;
  }
};

/// The kernels of one level. FindSequence by the number of anchors in use (1 to 4), FindSet by the
/// width of the window (1 to 3).
struct Kernels {
  std::uint64_t (*count_newlines)(std::string_view text);
  void (*cut_lines)(std::string_view text, LineCutter& cutter);
  std::size_t (*find_either)(std::string_view text, char a, char b,
                             std::span<std::uint32_t> positions);
  std::array<FindSequence, 4> find_sequence;
  std::array<FindSet, 3> find_set;
};

extern const Kernels scalar_kernels;
#if defined(__x86_64__)
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;
#endif

/// The kernels of `level`, or of the best level of this machine if that is lower.
const Kernels& kernels_of(SimdLevel level) noexcept;

}  // namespace sluice::scan_detail
