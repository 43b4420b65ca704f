// The kernels that touch every byte of a batch: counting and cutting lines, finding literals.
//
// Each has a scalar, an AVX2 and an AVX-512BW variant with identical results. `level` chooses one;
// a level above what this machine offers is lowered to the best it has. No kernel reads a byte
// outside the text it is given, whatever the level. Everything is stateless or immutable after
// construction, and so may be used by any number of threads. Any byte may occur in a text, NUL
// included.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/cpu.h"
#include "engine/data/slice.h"

namespace sluice {

/// What the finders return when there is nothing to find.
inline constexpr std::size_t npos = std::string_view::npos;

/// The number of '\n' bytes.
std::uint64_t count_newlines(std::string_view text, SimdLevel level = best_simd_level()) noexcept;

/// The position of the first such byte at or behind `from`, or npos. REQUIRES: from <= text.size().
std::size_t find_byte(std::string_view text, char byte, std::size_t from = 0) noexcept;

/// The position of the last such byte, or npos.
std::size_t find_last_byte(std::string_view text, char byte) noexcept;

/// The position of the first '\n' at or behind `from`, or npos. REQUIRES: from <= text.size().
std::size_t find_newline(std::string_view text, std::size_t from = 0) noexcept;

/// The position of the last '\n', or npos.
std::size_t find_last_newline(std::string_view text) noexcept;

/// Writes the positions of the bytes that are `a` or `b` to `positions`, ascending, until there are
/// no more or it is full; returns how many.
std::size_t find_either(std::string_view text, char a, char b, std::span<std::uint32_t> positions,
                        SimdLevel level = best_simd_level()) noexcept;

/// Appends one slice per line, its '\n' included, until the text or `max_lines` is used up; the
/// last line of the text may lack its '\n'. Offsets count from `base`. Returns how many bytes of
/// `text` the appended lines cover. REQUIRES: base + text.size() < 2^32.
std::size_t append_lines(std::string_view text, std::uint32_t base, std::vector<Slice>& out,
                         std::size_t max_lines = npos, SimdLevel level = best_simd_level());

/// A set of byte values.
class ByteSet {
 public:
  constexpr ByteSet() = default;
  static constexpr ByteSet of(char byte) noexcept { return range(byte, byte); }
  /// Both ends belong to it. REQUIRES: first <= last, as unsigned values.
  static constexpr ByteSet range(char first, char last) noexcept {
    ByteSet set;
    for (unsigned b = to_index(first); b <= to_index(last); ++b) set.add(static_cast<char>(b));
    return set;
  }

  constexpr void add(char byte) noexcept { words_[to_index(byte) / 64] |= bit(byte); }
  constexpr void remove(char byte) noexcept { words_[to_index(byte) / 64] &= ~bit(byte); }
  constexpr void add(const ByteSet& other) noexcept {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  constexpr void complement() noexcept {
    for (auto& word : words_) word = ~word;
  }
  constexpr bool contains(char byte) const noexcept {
    return (words_[to_index(byte) / 64] & bit(byte)) != 0;
  }
  unsigned size() const noexcept;
  friend constexpr bool operator==(const ByteSet&, const ByteSet&) = default;

 private:
  static constexpr unsigned to_index(char byte) noexcept {
    return static_cast<unsigned char>(byte);
  }
  static constexpr std::uint64_t bit(char byte) noexcept {
    return std::uint64_t{1} << (to_index(byte) % 64);
  }

  std::array<std::uint64_t, 4> words_{};
};

namespace scan_detail {
struct Sequence;
struct LiteralSet;
}  // namespace scan_detail

/// Finds a literal, or more generally a sequence of a fixed number of byte sets: `50[0-9]` has
/// three. Compares up to four of the positions that are rarest in log text, a whole vector of
/// starting points at a time, and verifies what is left. Copies share the compiled form. The time
/// is bounded by text length times sequence length; in practice it is that of reading the text.
class LiteralFinder {
 public:
  /// REQUIRES: not empty.
  explicit LiteralFinder(std::string_view literal, SimdLevel level = best_simd_level());
  explicit LiteralFinder(std::vector<ByteSet> sequence, SimdLevel level = best_simd_level());

  /// The first position at or behind `from` where a match begins, or npos.
  std::size_t find(std::string_view text, std::size_t from = 0) const noexcept;

  /// The length of every match in bytes.
  std::size_t length() const noexcept;

  /// The share of positions in typical log text where a match begins, estimated from how frequent
  /// each byte is: in (0, 1]. Good enough to choose what to search for first, and no more.
  double expected_rate() const noexcept;

 private:
  std::shared_ptr<const scan_detail::Sequence> sequence_;
};

/// Finds where any of many literals begins. The literals are told apart by the nibbles of (at most)
/// three bytes, in eight buckets, a vector of starting points at a time. Sets too large or too
/// varied for that, and the scalar level, hash those bytes at every starting point, which is some
/// twenty times slower. Copies share the compiled form.
class LiteralSetFinder {
 public:
  /// REQUIRES: at least one literal, and none of them empty.
  explicit LiteralSetFinder(std::vector<std::string_view> literals,
                            SimdLevel level = best_simd_level());

  /// The first position at or behind `from` where one of the literals begins, or npos.
  std::size_t find(std::string_view text, std::size_t from = 0) const noexcept;

  /// The length of the longest literal in bytes.
  std::size_t max_length() const noexcept;

  /// As LiteralFinder::expected_rate, the sum over all literals: in (0, 1].
  double expected_rate() const noexcept;

 private:
  std::shared_ptr<const scan_detail::LiteralSet> set_;
};

}  // namespace sluice
