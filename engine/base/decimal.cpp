#include "engine/base/decimal.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>

namespace sluice {
namespace {

/// Of a number that no double can hold, without its sign: it is too small for one.
bool is_tiny(std::string_view digits) noexcept {
  const std::string_view mantissa = digits.substr(0, digits.find_first_of("eE"));
  std::int64_t exponent = 0;
  if (mantissa.size() < digits.size()) {
    std::string_view written = digits.substr(mantissa.size() + 1);
    if (written.starts_with('+')) written.remove_prefix(1);
    const auto read = std::from_chars(written.data(), written.data() + written.size(), exponent);
    if (read.ec != std::errc()) return written.starts_with('-');
  }
  // How far in front of the point the first digit stands that counts.
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  const std::size_t first = std::min(mantissa.find_first_not_of("0."), mantissa.size());
  const auto before = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);
  // Beyond it no text is long enough to outweigh the exponent.
  constexpr std::int64_t far = std::int64_t{1} << 62U;
  return before + std::clamp(exponent, -far, far) < 0;
}

}  // namespace

std::optional<double> read_decimal(std::string_view text) noexcept {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ptr != end || text.empty()) return std::nullopt;
  if (read.ec == std::errc()) return value;
  if (read.ec != std::errc::result_out_of_range) return std::nullopt;
  const bool is_negative = text.front() == '-';
  const bool is_zero = is_tiny(text.substr(is_negative ? 1 : 0));
  value = is_zero ? 0 : std::numeric_limits<double>::infinity();
  return is_negative ? -value : value;
}

}  // namespace sluice
