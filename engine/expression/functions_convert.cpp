// Conversions between types (google/cel-spec, doc/langdef.md, "Type conversions").
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/base/utf8.h"
#include "engine/expression/functions.h"

namespace sluice {
namespace {

using Context = FunctionContext;
using Arguments = const CelValue*;

constexpr CelValue out_of_range = CelValue::error("a number out of range");
constexpr double two_to_63 = 9223372036854775808.0;
constexpr double two_to_64 = 18446744073709551616.0;

CelValue same(Context&, Arguments a) { return a[0]; }

/// Nothing but a number; a sign `+` is none.
template <class Number>
bool read(std::string_view text, Number& to) noexcept {
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, to);
  return result.ec == std::errc() && result.ptr == end;
}

CelValue integer_of_natural(Context&, Arguments a) {
  if (!std::in_range<std::int64_t>(a[0].natural())) return out_of_range;
  return CelValue::integer(static_cast<std::int64_t>(a[0].natural()));
}
CelValue integer_of_real(Context&, Arguments a) {
  // The borders themselves may be the rounded value of something beyond them.
  if (!(a[0].real() > -two_to_63 && a[0].real() < two_to_63)) return out_of_range;
  return CelValue::integer(static_cast<std::int64_t>(a[0].real()));
}
CelValue integer_of_text(Context&, Arguments a) {
  std::int64_t number = 0;
  return read(a[0].text(), number) ? CelValue::integer(number)
                                   : CelValue::error("a text that is no int");
}
CelValue integer_of_time(Context&, Arguments a) {
  return CelValue::integer(a[0].timestamp().seconds);
}

CelValue natural_of_integer(Context&, Arguments a) {
  if (a[0].integer() < 0) return out_of_range;
  return CelValue::natural(static_cast<std::uint64_t>(a[0].integer()));
}
CelValue natural_of_real(Context&, Arguments a) {
  if (!(a[0].real() >= 0 && a[0].real() < two_to_64)) return out_of_range;
  return CelValue::natural(static_cast<std::uint64_t>(a[0].real()));
}
CelValue natural_of_text(Context&, Arguments a) {
  std::uint64_t number = 0;
  return read(a[0].text(), number) ? CelValue::natural(number)
                                   : CelValue::error("a text that is no uint");
}

CelValue real_of_integer(Context&, Arguments a) {
  return CelValue::real(static_cast<double>(a[0].integer()));
}
CelValue real_of_natural(Context&, Arguments a) {
  return CelValue::real(static_cast<double>(a[0].natural()));
}
CelValue real_of_text(Context&, Arguments a) {
  double number = 0;
  return read(a[0].text(), number) ? CelValue::real(number)
                                   : CelValue::error("a text that is no double");
}

CelValue text_of(Context& context, Arguments a) {
  std::string& out = context.buffer();
  append_text(out, a[0]);
  return context.text(out);
}
CelValue text_of_bytes(Context&, Arguments a) {
  for (std::string_view rest = a[0].text(); !rest.empty();) {
    const std::size_t length = utf8_length(rest);
    if (length == 0) return CelValue::error("bytes that are no UTF-8");
    rest.remove_prefix(length);
  }
  return CelValue::text(a[0].text());
}
CelValue bytes_of_text(Context&, Arguments a) { return CelValue::bytes(a[0].text()); }

CelValue boolean_of_text(Context&, Arguments a) {
  for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (a[0].text() == yes) return CelValue::boolean(true);
  }
  for (const std::string_view no : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (a[0].text() == no) return CelValue::boolean(false);
  }
  return CelValue::error("a text that is no bool");
}

CelValue type_of(Context&, Arguments a) { return CelValue::type_named(name_of(a[0].type())); }

CelValue timestamp_of_text(Context&, Arguments a) {
  const auto time = parse_rfc3339(a[0].text());
  return time ? CelValue::timestamp(*time) : CelValue::error("a text that is no timestamp");
}
CelValue timestamp_of_integer(Context&, Arguments a) {
  const Timestamp time{a[0].integer(), 0};
  return time.is_valid() ? CelValue::timestamp(time) : CelValue::error("a timestamp out of range");
}
CelValue duration_of_text(Context&, Arguments a) {
  const auto span = parse_time_span(a[0].text());
  return span ? CelValue::duration(*span) : CelValue::error("a text that is no duration");
}
CelValue duration_of_integer(Context&, Arguments a) {
  const TimeSpan span{a[0].integer(), 0};
  return span.is_valid() ? CelValue::duration(span) : CelValue::error("a duration out of range");
}

constexpr std::array table{
    overload("int", "i:i", same),
    overload("int", "u:i", integer_of_natural),
    overload("int", "d:i", integer_of_real),
    overload("int", "s:i", integer_of_text),
    overload("int", "t:i", integer_of_time),
    overload("uint", "u:u", same),
    overload("uint", "i:u", natural_of_integer),
    overload("uint", "d:u", natural_of_real),
    overload("uint", "s:u", natural_of_text),
    overload("double", "d:d", same),
    overload("double", "i:d", real_of_integer),
    overload("double", "u:d", real_of_natural),
    overload("double", "s:d", real_of_text),
    overload("string", "s:s", same),
    overload("string", "i:s", text_of),
    overload("string", "u:s", text_of),
    overload("string", "d:s", text_of),
    overload("string", "b:s", text_of),
    overload("string", "t:s", text_of),
    overload("string", "r:s", text_of),
    overload("string", "p:s", text_of),
    overload("string", "c:s", text_of),
    overload("string", "y:s", text_of_bytes),
    overload("bytes", "y:y", same),
    overload("bytes", "s:y", bytes_of_text),
    overload("bool", "b:b", same),
    overload("bool", "s:b", boolean_of_text),
    overload("timestamp", "t:t", same),
    overload("timestamp", "s:t", timestamp_of_text),
    overload("timestamp", "i:t", timestamp_of_integer),
    overload("duration", "r:r", same),
    overload("duration", "s:r", duration_of_text),
    overload("duration", "i:r", duration_of_integer),
    overload("dyn", "a:a", same),
    overload("type", "a:T", type_of),
};

}  // namespace

std::span<const Overload> conversion_functions() noexcept { return table; }

}  // namespace sluice
