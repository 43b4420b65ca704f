#include "stages/support/sort_key.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "engine/data/compare.h"

namespace sluice {
namespace {

/// First bytes of a part. Those of values are inverted with the value; the two for none of them lie
/// outside of what comes of that.
enum class Tag : unsigned char {
  none_first = 0x01,
  boolean = 0x20,
  number = 0x28,
  text = 0x30,
  json = 0x38,
  timestamp = 0x40,
  duration = 0x48,
  none_last = 0xFE,
};

void append(std::string& key, Tag tag) { key += static_cast<char>(tag); }

/// The lowest `bytes` bytes of `value`, the highest first.
void append_big_endian(std::string& key, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i-- > 0;) key += static_cast<char>(value >> (8 * i) & 0xFFU);
}

/// Bits that order as the doubles do. The zeros are one, and all NaNs are, behind infinity.
std::uint64_t ordered_bits(double value) noexcept {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63U;
  if (std::isnan(value)) return sign | 0x7FF8000000000000U;
  if (value == 0) return sign;
  const auto bits = std::bit_cast<std::uint64_t>(value);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}

/// The double that is nearest below or equal, and how far it is from there: 0 to 1023.
void append_integer(std::string& key, std::int64_t value) {
  auto below = static_cast<double>(value);
  // 2^63 is no int64, and only rounding up can lead there.
  const bool is_above = below >= 9223372036854775808.0 || static_cast<std::int64_t>(below) > value;
  if (is_above) below = std::nextafter(below, -HUGE_VAL);
  append_big_endian(key, ordered_bits(below), 8);
  append_big_endian(key, static_cast<std::uint64_t>(value - static_cast<std::int64_t>(below)), 2);
}

void append_real(std::string& key, double value) {
  append_big_endian(key, ordered_bits(value), 8);
  append_big_endian(key, 0, 2);
}

/// One byte for no nanoseconds, four for some.
void append_nanoseconds(std::string& key, std::uint32_t nanoseconds) {
  if (nanoseconds == 0) {
    key += '\0';
  } else {
    append_big_endian(key, nanoseconds + (std::uint32_t{1} << 24U), 4);
  }
}

/// Seconds fit 40 bits by far: years 1 to 9999.
void append_time(std::string& key, std::int64_t seconds, std::uint32_t nanoseconds) {
  constexpr std::int64_t middle = std::int64_t{1} << 39U;
  append_big_endian(key, static_cast<std::uint64_t>(seconds + middle), 5);
  append_nanoseconds(key, nanoseconds);
}

/// Zero bytes get a byte behind them, so that two of them can be the end.
void append_text(std::string& key, std::string_view text) {
  while (true) {
    const std::size_t zero = text.find('\0');
    key += text.substr(0, zero);
    if (zero == std::string_view::npos) break;
    key.append("\0\xFF", 2);
    text.remove_prefix(zero + 1);
  }
  key.append(2, '\0');
}

void append_value(std::string& key, const Cell& cell) {
  switch (cell.type()) {
    case Cell::Type::missing:
    case Cell::Type::null:
      break;
    case Cell::Type::boolean:
      append(key, Tag::boolean);
      key += cell.boolean() ? '\1' : '\0';
      break;
    case Cell::Type::integer:
      append(key, Tag::number);
      append_integer(key, cell.integer());
      break;
    case Cell::Type::real:
      append(key, Tag::number);
      append_real(key, cell.real());
      break;
    case Cell::Type::decimal:
      append(key, Tag::number);
      append_real(key, to_double(cell));
      break;
    case Cell::Type::text:
      append(key, Tag::text);
      append_text(key, cell.text());
      break;
    case Cell::Type::json:
      append(key, Tag::json);
      append_text(key, cell.text());
      break;
    case Cell::Type::timestamp:
      append(key, Tag::timestamp);
      append_time(key, cell.timestamp().seconds, cell.timestamp().nanoseconds);
      break;
    case Cell::Type::duration:
      append(key, Tag::duration);
      append_time(key, cell.duration().seconds, cell.duration().nanoseconds);
      break;
  }
}

}  // namespace

void append_sort_key(const Cell& cell, SortDirection direction, NoValue no_value,
                     std::string& key) {
  if (cell.is_missing() || cell.type() == Cell::Type::null) {
    append(key, no_value == NoValue::first ? Tag::none_first : Tag::none_last);
    return;
  }
  const std::size_t begin = key.size();
  append_value(key, cell);
  if (direction == SortDirection::ascending) return;
  for (std::size_t i = begin; i < key.size(); ++i) key[i] = static_cast<char>(~key[i]);
}

SortKeyView SortKeyOrder::cut(std::string_view key) const noexcept {
  constexpr std::size_t prefix_bytes = sizeof(std::uint64_t);
  while (!key.empty() && static_cast<unsigned char>(key.back()) == pad_) key.remove_suffix(1);
  std::uint64_t prefix = pad_ == 0 ? 0 : ~std::uint64_t{0};
  std::memcpy(&prefix, key.data(), std::min(key.size(), prefix_bytes));
  key.remove_prefix(std::min(key.size(), prefix_bytes));
  static_assert(std::endian::native == std::endian::little);
  return {__builtin_bswap64(prefix), key};
}

int SortKeyOrder::compare_rests(std::string_view a, std::string_view b) const noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  const int bytes = common == 0 ? 0 : std::memcmp(a.data(), b.data(), common);
  if (bytes != 0 || a.size() == b.size()) return bytes;
  const bool shorter_is_less = pad_ == 0;
  return (a.size() < b.size()) == shorter_is_less ? -1 : 1;
}

}  // namespace sluice
