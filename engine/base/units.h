// Sizes and durations as configs write them: `64KiB`, `10s`. A bare number is refused, so that
// nobody has to guess whether 10 meant seconds.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// A number of bytes. Written with B KiB MiB GiB TiB (powers of 1024) or kB MB GB TB (of 1000).
struct ByteSize {
  std::uint64_t bytes = 0;
  friend constexpr auto operator<=>(const ByteSize&, const ByteSize&) = default;
};

constexpr ByteSize operator""_B(unsigned long long n) { return {n}; }
constexpr ByteSize operator""_KiB(unsigned long long n) { return {n << 10}; }
constexpr ByteSize operator""_MiB(unsigned long long n) { return {n << 20}; }
constexpr ByteSize operator""_GiB(unsigned long long n) { return {n << 30}; }

/// A length of time. Written with ns us ms s m h d.
struct Duration {
  std::chrono::nanoseconds value{0};
  friend constexpr auto operator<=>(const Duration&, const Duration&) = default;
};

/// Parses "64KiB", "1.5 MiB". Nothing if the unit is missing or unknown, the number is not one,
/// negative, or the result does not fit 64 bits.
std::optional<ByteSize> parse_byte_size(std::string_view text);
std::optional<Duration> parse_duration(std::string_view text);

/// The shortest exact form: 64KiB, 10s. parse(print(x)) == x.
std::string print(ByteSize size);
std::string print(Duration duration);

/// For people: three significant digits, "1.2M", "310M". Not for parsing.
std::string short_count(double value);
/// "310MB", "1.4GB" (powers of 1000).
std::string short_bytes(double value);

}  // namespace sluice
