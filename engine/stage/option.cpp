#include "engine/stage/option.h"

namespace sluice {

bool option_detail::expect_scalar(const Value& value, std::string_view expected, std::string& why) {
  if (value.kind() == Value::Kind::scalar) return true;
  why = "expected " + std::string(expected) + ", got " + std::string(name_of(value.kind()));
  return false;
}

bool OptionType<std::string>::parse(const Value& value, std::string& to, std::string& why) {
  if (!option_detail::expect_scalar(value, "text", why)) return false;
  to = value.text();
  return true;
}

bool OptionType<bool>::parse(const Value& value, bool& to, std::string& why) {
  if (!option_detail::expect_scalar(value, "true or false", why)) return false;
  to = value.text() == "true";
  if (to || value.text() == "false") return true;
  why = "expected true or false, got '" + value.text() + "'";
  return false;
}

bool OptionType<ByteSize>::parse(const Value& value, ByteSize& to, std::string& why) {
  if (!option_detail::expect_scalar(value, "a size such as 64KiB", why)) return false;
  const std::optional<ByteSize> size = parse_byte_size(value.text());
  if (size) {
    to = *size;
    return true;
  }
  why = "expected a size with its unit, such as 64KiB or 10MB, got '" + value.text() + "'";
  return false;
}

bool OptionType<Duration>::parse(const Value& value, Duration& to, std::string& why) {
  if (!option_detail::expect_scalar(value, "a duration such as 10s", why)) return false;
  const std::optional<Duration> duration = parse_duration(value.text());
  if (duration) {
    to = *duration;
    return true;
  }
  why = "expected a duration with its unit, such as 10s or 5m, got '" + value.text() + "'";
  return false;
}

}  // namespace sluice
