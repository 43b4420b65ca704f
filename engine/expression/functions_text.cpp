// Functions of texts: the standard ones and those of the strings extension. Positions count code
// points; a byte that belongs to none counts as one.
#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "engine/base/utf8.h"
#include "engine/expression/functions.h"

namespace sluice {
namespace {

using Context = FunctionContext;
using Arguments = const CelValue*;

constexpr CelValue out_of_range = CelValue::error("index out of range");
constexpr CelValue too_long = CelValue::error(no_memory_left);
constexpr std::size_t none = std::string_view::npos;

std::size_t step(std::string_view text) noexcept {
  return std::max<std::size_t>(1, utf8_length(text));
}

/// Where code point number `position` begins; `none` when there are less than that.
std::size_t byte_offset(std::string_view text, std::int64_t position) noexcept {
  if (position < 0) return none;
  std::size_t offset = 0;
  for (; position > 0; --position) {
    if (offset >= text.size()) return none;
    offset += step(text.substr(offset));
  }
  return offset;
}

CelValue count_of(std::size_t count) noexcept {
  return CelValue::integer(static_cast<std::int64_t>(count));
}
/// The same as utf8_count, but what is ASCII eight bytes at a time.
std::size_t count_code_points(std::string_view text) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  std::size_t ascii = 0;
  for (std::uint64_t word = 0; text.size() - ascii >= sizeof(word); ascii += sizeof(word)) {
    std::memcpy(&word, text.data() + ascii, sizeof(word));
    if ((word & high_bits) != 0) break;
  }
  return ascii + utf8_count(text.substr(ascii));
}

CelValue position_of(std::string_view text, std::size_t offset) noexcept {
  return offset == none ? CelValue::integer(-1)
                        : count_of(count_code_points(text.substr(0, offset)));
}

CelValue size_of_text(Context&, Arguments a) { return count_of(count_code_points(a[0].text())); }
CelValue size_of_bytes(Context&, Arguments a) { return count_of(a[0].text().size()); }
CelValue size_of_list(Context&, Arguments a) { return count_of(a[0].items().size()); }
CelValue size_of_map(Context&, Arguments a) { return count_of(a[0].items().size() / 2); }

CelValue contains(Context&, Arguments a) {
  return CelValue::boolean(a[0].text().find(a[1].text()) != none);
}
CelValue starts_with(Context&, Arguments a) {
  return CelValue::boolean(a[0].text().starts_with(a[1].text()));
}
CelValue ends_with(Context&, Arguments a) {
  return CelValue::boolean(a[0].text().ends_with(a[1].text()));
}

CelValue matches(Context& context, Arguments a) {
  const re2::RE2* regex = context.regex(a[1].text());
  if (regex == nullptr) return CelValue::error("no regular expression");
  const std::string_view text = a[0].text();
  return CelValue::boolean(
      re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex));
}

CelValue char_at(Context&, Arguments a) {
  const std::string_view text = a[0].text();
  const std::size_t offset = byte_offset(text, a[1].integer());
  if (offset == none) return out_of_range;
  if (offset == text.size()) return CelValue::text(text.substr(offset));
  return CelValue::text(text.substr(offset, step(text.substr(offset))));
}

CelValue index_of(Context&, Arguments a) {
  return position_of(a[0].text(), a[0].text().find(a[1].text()));
}
CelValue index_of_from(Context&, Arguments a) {
  const std::size_t from = byte_offset(a[0].text(), a[2].integer());
  if (from == none) return out_of_range;
  return position_of(a[0].text(), a[0].text().find(a[1].text(), from));
}
CelValue last_index_of(Context&, Arguments a) {
  return position_of(a[0].text(), a[0].text().rfind(a[1].text()));
}
CelValue last_index_of_from(Context&, Arguments a) {
  const std::size_t from = byte_offset(a[0].text(), a[2].integer());
  if (from == none) return out_of_range;
  return position_of(a[0].text(), a[0].text().rfind(a[1].text(), from));
}

CelValue join_with(Context& context, std::span<const CelValue> items, std::string_view separator) {
  std::string& out = context.buffer();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (items[i].type() != CelValue::Type::text) {
      return CelValue::error("'join' is for lists of texts");
    }
    if (i > 0) out += separator;
    out += items[i].text();
    if (out.size() > Context::most_text_bytes) return too_long;
  }
  return context.text(out);
}
CelValue join(Context& context, Arguments a) { return join_with(context, a[0].items(), {}); }
CelValue join_separated(Context& context, Arguments a) {
  return join_with(context, a[0].items(), a[1].text());
}

/// `text` itself when nothing changes.
template <class Changes, class Change>
CelValue each_byte(Context& context, const CelValue& value, Changes changes, Change change) {
  const std::string_view text = value.text();
  if (std::none_of(text.begin(), text.end(), changes)) return value;
  std::string& out = context.buffer();
  out.assign(text);
  for (char& c : out) {
    if (changes(c)) c = change(c);
  }
  return context.text(out);
}
CelValue lower_ascii(Context& context, Arguments a) {
  return each_byte(
      context, a[0], [](char c) { return c >= 'A' && c <= 'Z'; },
      [](char c) { return static_cast<char>(c - 'A' + 'a'); });
}
CelValue upper_ascii(Context& context, Arguments a) {
  return each_byte(
      context, a[0], [](char c) { return c >= 'a' && c <= 'z'; },
      [](char c) { return static_cast<char>(c - 'a' + 'A'); });
}

CelValue quote(Context& context, Arguments a) {
  constexpr std::string_view named = "\a\b\f\n\r\t\v\\\"";
  constexpr std::string_view letters = "abfnrtv\\\"";
  std::string& out = context.buffer();
  out += '"';
  std::string_view text = a[0].text();
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::size_t escape = named.find(text.front());
    if (escape != none) {
      out += '\\';
      out += letters[escape];
    } else if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(1, length));
  }
  out += '"';
  return context.text(out);
}

/// Between all code points, and around them.
CelValue replace_nothing(Context& context, std::string_view text, std::string_view with,
                         std::uint64_t limit) {
  std::string& out = context.buffer();
  for (;;) {
    if (limit > 0) {
      out += with;
      --limit;
    }
    if (out.size() > Context::most_text_bytes) return too_long;
    if (text.empty()) return context.text(out);
    const std::size_t length = step(text);
    out += text.substr(0, length);
    text.remove_prefix(length);
  }
}

CelValue replace_some(Context& context, const CelValue& value, std::string_view what,
                      std::string_view with, std::int64_t most) {
  std::uint64_t limit =
      most < 0 ? std::numeric_limits<std::uint64_t>::max() : static_cast<std::uint64_t>(most);
  std::string_view text = value.text();
  if (limit == 0) return value;
  if (what.empty()) return replace_nothing(context, text, with, limit);
  std::size_t found = text.find(what);
  if (found == none) return value;
  std::string& out = context.buffer();
  for (; found != none && limit > 0; found = text.find(what), --limit) {
    out += text.substr(0, found);
    out += with;
    if (out.size() > Context::most_text_bytes) return too_long;
    text.remove_prefix(found + what.size());
  }
  out += text;
  return context.text(out);
}
CelValue replace(Context& context, Arguments a) {
  return replace_some(context, a[0], a[1].text(), a[2].text(), -1);
}
CelValue replace_limited(Context& context, Arguments a) {
  return replace_some(context, a[0], a[1].text(), a[2].text(), a[3].integer());
}

CelValue reverse(Context& context, Arguments a) {
  const std::string_view text = a[0].text();
  std::string& out = context.buffer();
  out.resize(text.size());
  std::size_t end = text.size();
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = step(text.substr(at));
    end -= length;
    text.copy(out.data() + end, length, at);
    at += length;
  }
  return context.text(out);
}

CelValue split_some(Context& context, std::string_view text, std::string_view separator,
                    std::int64_t most) {
  std::vector<CelValue>& parts = context.items();
  if (most == 0) return context.list(parts);
  const auto limit =
      most < 0 ? std::numeric_limits<std::size_t>::max() : static_cast<std::size_t>(most);
  while (parts.size() + 1 < limit) {
    std::size_t end = separator.empty() ? step(text) : text.find(separator);
    if (separator.empty() && end >= text.size()) break;
    if (end == none) break;
    parts.push_back(CelValue::text(text.substr(0, end)));
    text.remove_prefix(end + separator.size());
    if (parts.size() > Context::most_text_bytes / sizeof(CelValue)) return too_long;
  }
  if (!separator.empty() || !text.empty()) parts.push_back(CelValue::text(text));
  return context.list(parts);
}
CelValue split(Context& context, Arguments a) {
  return split_some(context, a[0].text(), a[1].text(), -1);
}
CelValue split_limited(Context& context, Arguments a) {
  return split_some(context, a[0].text(), a[1].text(), a[2].integer());
}

CelValue substring_from(Context&, Arguments a) {
  const std::size_t begin = byte_offset(a[0].text(), a[1].integer());
  return begin == none ? out_of_range : CelValue::text(a[0].text().substr(begin));
}
CelValue substring(Context&, Arguments a) {
  const std::string_view text = a[0].text();
  if (a[1].integer() > a[2].integer()) return CelValue::error("a substring ends before it begins");
  const std::size_t begin = byte_offset(text, a[1].integer());
  if (begin == none) return out_of_range;
  const std::size_t length = byte_offset(text.substr(begin), a[2].integer() - a[1].integer());
  return length == none ? out_of_range : CelValue::text(text.substr(begin, length));
}

/// The length of the white space (Unicode's property) that `text` begins with; 0 for other things.
std::size_t blank_at(std::string_view text) noexcept {
  const char c = text.front();
  if (c == ' ' || (c >= '\t' && c <= '\r')) return 1;
  constexpr std::array<std::string_view, 19> blanks{
      "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
      "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86",
      "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8",
      "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};
  for (const std::string_view blank : blanks) {
    if (text.starts_with(blank)) return blank.size();
  }
  return 0;
}

CelValue trim(Context&, Arguments a) {
  std::string_view text = a[0].text();
  while (!text.empty()) {
    const std::size_t length = blank_at(text);
    if (length == 0) break;
    text.remove_prefix(length);
  }
  std::size_t end = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t blank = blank_at(text.substr(at));
    at += blank > 0 ? blank : step(text.substr(at));
    if (blank == 0) end = at;
  }
  return CelValue::text(text.substr(0, end));
}

constexpr std::array table{
    overload("size", "s:i", size_of_text),
    overload("size", "y:i", size_of_bytes),
    overload("size", "l:i", size_of_list),
    overload("size", "m:i", size_of_map),
    overload("size", "s.:i", size_of_text),
    overload("size", "y.:i", size_of_bytes),
    overload("size", "l.:i", size_of_list),
    overload("size", "m.:i", size_of_map),
    overload("contains", "s.s:b", contains),
    overload("startsWith", "s.s:b", starts_with),
    overload("endsWith", "s.s:b", ends_with),
    overload("matches", "s.s:b", matches),
    overload("matches", "ss:b", matches),
    overload("charAt", "s.i:s", char_at),
    overload("indexOf", "s.s:i", index_of),
    overload("indexOf", "s.si:i", index_of_from),
    overload("lastIndexOf", "s.s:i", last_index_of),
    overload("lastIndexOf", "s.si:i", last_index_of_from),
    overload("join", "l.:s", join),
    overload("join", "l.s:s", join_separated),
    overload("lowerAscii", "s.:s", lower_ascii),
    overload("lowerAscii", "s:s", lower_ascii),
    overload("upperAscii", "s.:s", upper_ascii),
    overload("upperAscii", "s:s", upper_ascii),
    overload("strings.quote", "s:s", quote),
    overload("replace", "s.ss:s", replace),
    overload("replace", "s.ssi:s", replace_limited),
    overload("reverse", "s.:s", reverse),
    overload("split", "s.s:l", split),
    overload("split", "s.si:l", split_limited),
    overload("substring", "s.i:s", substring_from),
    overload("substring", "s.ii:s", substring),
    overload("trim", "s.:s", trim),
};

}  // namespace

std::span<const Overload> text_functions() noexcept { return table; }

std::array<std::span<const Overload>, 7> all_functions() noexcept {
  return {text_functions(), format_functions(),  conversion_functions(), math_functions(),
          time_functions(), network_functions(), encoding_functions()};
}

}  // namespace sluice
