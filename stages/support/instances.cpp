#include "stages/support/instances.h"

#include <string_view>

namespace sluice {
namespace {

constexpr std::string_view per_slot = "per_slot";

}  // namespace

bool OptionType<Instances>::parse(const Value& value, Instances& to, std::string& why) {
  constexpr std::string_view expected = "a number from 1 to 256, or `per_slot`";
  if (!option_detail::expect_scalar(value, expected, why)) return false;
  if (value.text() == per_slot) {
    to.count = 0;
    return true;
  }
  unsigned count = 0;
  if (!option_detail::parse_number(value, count, expected, why)) return false;
  if (count == 0 || count > Instances::most) {
    why = "expected " + std::string(expected) + ", got '" + value.text() + "'";
    return false;
  }
  to.count = count;
  return true;
}

std::string OptionType<Instances>::print(const Instances& value) {
  return value.count > 0 ? std::to_string(value.count) : std::string(per_slot);
}

}  // namespace sluice
