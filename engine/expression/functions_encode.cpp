// The encoders extension (base64 by RFC 4648, section 4), and `hash`.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/expression/functions.h"

namespace sluice {
namespace {

using Context = FunctionContext;
using Arguments = const CelValue*;

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

CelValue encode(Context& context, Arguments a) {
  std::string& out = context.buffer();
  append_base64(out, a[0].text());
  return context.text(out);
}

/// With its padding or without any.
CelValue decode(Context& context, Arguments a) {
  constexpr CelValue wrong = CelValue::error("a text that is no base64");
  std::string_view text = a[0].text();
  if (text.size() % 4 == 0 && text.ends_with('=')) {
    text.remove_suffix(text.ends_with("==") ? 2 : 1);
  }
  if (text.size() % 4 == 1) return wrong;
  std::string& out = context.buffer();
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return wrong;
    bits = (bits << 6U) | static_cast<std::uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>((bits >> count) & 0xFFU);
  }
  return context.bytes(out);
}

/// Not negative, so that `hash(x) % 10` is from 0 to 9.
CelValue hash(Context& context, Arguments a) {
  std::string_view text;
  if (a[0].type() == CelValue::Type::text || a[0].type() == CelValue::Type::bytes) {
    text = a[0].text();
  } else {
    std::string& out = context.buffer();
    append_text(out, a[0]);
    text = out;
  }
  return CelValue::integer(static_cast<std::int64_t>(XXH3_64bits(text.data(), text.size()) >> 1U));
}

constexpr std::array table{
    overload("base64.encode", "y:s", encode),
    overload("base64.decode", "s:y", decode),
    overload("hash", "a:i", hash),
};

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
    };
    const std::uint32_t bits = (byte(i) << 16U) | (byte(i + 1) << 8U) | byte(i + 2);
    out += alphabet[(bits >> 18U) & 63U];
    out += alphabet[(bits >> 12U) & 63U];
    out += i + 1 < bytes.size() ? alphabet[(bits >> 6U) & 63U] : '=';
    out += i + 2 < bytes.size() ? alphabet[bits & 63U] : '=';
  }
}

std::span<const Overload> encoding_functions() noexcept { return table; }

}  // namespace sluice
