// Decimal numbers in texts as doubles.
#pragma once

#include <optional>
#include <string_view>

namespace sluice {

/// The double nearest to the number that all of `text` is, as std::from_chars reads it; infinite
/// where it is too large for one, zero where it is too small. Nothing when it is no number.
std::optional<double> read_decimal(std::string_view text) noexcept;

}  // namespace sluice
