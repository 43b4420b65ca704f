#include "engine/base/units.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>

namespace sluice {
namespace {

/// A unit and how many of the smallest unit (bytes, nanoseconds) it is.
struct Unit {
  std::string_view name;
  std::uint64_t size = 1;
};

constexpr std::array<Unit, 9> byte_units{{{"B", 1},
                                          {"kB", 1'000},
                                          {"KiB", 1ULL << 10U},
                                          {"MB", 1'000'000},
                                          {"MiB", 1ULL << 20U},
                                          {"GB", 1'000'000'000},
                                          {"GiB", 1ULL << 30U},
                                          {"TB", 1'000'000'000'000},
                                          {"TiB", 1ULL << 40U}}};

constexpr std::array<Unit, 7> time_units{{{"ns", 1},
                                          {"us", 1'000},
                                          {"ms", 1'000'000},
                                          {"s", 1'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"d", 86'400'000'000'000}}};

/// Splits the leading decimal digits off `text`.
std::string_view take_digits(std::string_view& text) {
  std::size_t count = text.find_first_not_of("0123456789");
  if (count == std::string_view::npos) count = text.size();
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

/// floor(0.`digits` * unit). Going from the last digit to the first keeps every step exact: a floor
/// of floors is the floor of the whole.
std::uint64_t fraction_of(std::string_view digits, std::uint64_t unit) {
  std::uint64_t sum = 0;
  for (std::size_t i = digits.size(); i-- > 0;) {
    sum = (static_cast<std::uint64_t>(digits[i] - '0') * unit + sum) / 10;
  }
  return sum;
}

/// "NUMBER UNIT" in the smallest unit, rounded down; nothing if it is not that or exceeds
/// `largest`.
template <std::size_t N>
std::optional<std::uint64_t> parse_quantity(std::string_view text, const std::array<Unit, N>& units,
                                            std::uint64_t largest) {
  const std::string_view whole_digits = take_digits(text);
  std::uint64_t whole = 0;
  const auto parsed =
      std::from_chars(whole_digits.data(), whole_digits.data() + whole_digits.size(), whole);
  if (parsed.ec != std::errc()) return std::nullopt;
  std::string_view fraction_digits;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    fraction_digits = take_digits(text);
    if (fraction_digits.empty()) return std::nullopt;
  }
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  for (const Unit& unit : units) {
    if (unit.name != text) continue;
    const std::uint64_t fraction = fraction_of(fraction_digits, unit.size);
    if (whole > (largest - fraction) / unit.size) return std::nullopt;
    return whole * unit.size + fraction;
  }
  return std::nullopt;
}

/// The largest unit that divides `amount`; units are in growing order.
template <class Amount, std::size_t N>
std::string print_quantity(Amount amount, const std::array<Unit, N>& units) {
  for (std::size_t i = N; i-- > 0;) {
    const auto size = static_cast<Amount>(units[i].size);
    if (amount % size == 0) return std::to_string(amount / size) + std::string(units[i].name);
  }
  return {};
}

/// `value` with `decimals` digits after the point, without trailing zeros.
std::string print_decimal(double value, int decimals) {
  std::array<char, 400> buffer{};  // The largest double has 309 digits.
  const auto printed = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                     std::chars_format::fixed, decimals);
  std::string text(buffer.data(), printed.ptr);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

}  // namespace

std::optional<ByteSize> parse_byte_size(std::string_view text) {
  const auto bytes = parse_quantity(text, byte_units, std::numeric_limits<std::uint64_t>::max());
  if (!bytes) return std::nullopt;
  return ByteSize{*bytes};
}

std::optional<Duration> parse_duration(std::string_view text) {
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  const auto count = parse_quantity(text, time_units, static_cast<std::uint64_t>(largest));
  if (!count) return std::nullopt;
  return Duration{std::chrono::nanoseconds(static_cast<std::int64_t>(*count))};
}

std::string print(ByteSize size) {
  return size.bytes == 0 ? "0B" : print_quantity(size.bytes, byte_units);
}

std::string print(Duration duration) {
  const std::int64_t count = duration.value.count();
  return count == 0 ? "0s" : print_quantity(count, time_units);
}

std::string short_count(double value) {
  if (!std::isfinite(value)) return "?";
  if (value < 0) return "-" + short_count(-value);
  constexpr std::array<std::string_view, 7> suffixes{"", "k", "M", "G", "T", "P", "E"};
  std::size_t suffix = 0;
  // 999.5 would be printed as 1000: the rounded number decides on the suffix.
  while (value >= 999.5 && suffix + 1 < suffixes.size()) {
    value /= 1000;
    ++suffix;
  }
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return print_decimal(value, decimals) + std::string(suffixes[suffix]);
}

std::string short_bytes(double value) { return short_count(value) + "B"; }

}  // namespace sluice
