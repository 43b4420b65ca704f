// The encoders extension (base64 by RFC 4648, section 4), and `hash`.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <span>

#include "engine/data/base64.h"
#include "engine/expression/functions.h"

namespace sluice {
namespace {

using Context = FunctionContext;
using Arguments = const CelValue*;

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
  out.resize(text.size() / 4 * 3);
  const Converted groups = decode_base64(text, out, Base64Alphabet::standard);
  text.remove_prefix(groups.consumed);
  if (text.size() >= 4) return wrong;
  std::uint32_t bits = 0;
  for (const char c : text) {
    const std::uint8_t digit =
        base64_digits(Base64Alphabet::standard)[static_cast<unsigned char>(c)];
    if (digit == not_base64) return wrong;
    bits = (bits << 6U) | digit;
  }
  if (text.size() == 2) out += static_cast<char>(bits >> 4U);
  if (text.size() == 3) out.append({static_cast<char>(bits >> 10U), static_cast<char>(bits >> 2U)});
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
  const std::size_t begin = out.size();
  out.resize(begin + (bytes.size() + 2) / 3 * 4, '=');
  const std::span<char> digits = std::span(out).subspan(begin);
  const Converted groups = encode_base64(bytes, digits, Base64Alphabet::standard);
  bytes.remove_prefix(groups.consumed);
  if (!bytes.empty()) {
    encode_base64_end(bytes, digits.subspan(groups.produced), Base64Alphabet::standard);
  }
}

std::span<const Overload> encoding_functions() noexcept { return table; }

}  // namespace sluice
