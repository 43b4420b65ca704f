#include "stages/support/json_members.h"

#include <algorithm>
#include <cstddef>

#include "engine/stage/field_path.h"
#include "stages/support/json_cursor.h"

namespace sluice {
namespace {

unsigned hex_value(std::string_view digits) noexcept {
  unsigned value = 0;
  for (const char c : digits) {
    const unsigned digit =
        c <= '9' ? static_cast<unsigned>(c - '0') : static_cast<unsigned>((c | 0x20) - 'a') + 10;
    value = value * 16 + (digit & 15U);
  }
  return value;
}

void append_code_point(unsigned code, std::string& out) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6);
    put(0x80U | (code & 63U));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12);
    put(0x80U | (code >> 6 & 63U));
    put(0x80U | (code & 63U));
  } else {
    put(0xF0U | code >> 18);
    put(0x80U | (code >> 12 & 63U));
    put(0x80U | (code >> 6 & 63U));
    put(0x80U | (code & 63U));
  }
}

/// What a key with escapes stands for. REQUIRES: the escapes are valid.
std::string unescaped(std::string_view written) {
  std::string text;
  for (std::size_t i = 0; i < written.size(); ++i) {
    if (written[i] != '\\' || i + 1 == written.size()) {
      text += written[i];
      continue;
    }
    constexpr std::string_view names = "bfnrt";
    constexpr std::string_view bytes = "\b\f\n\r\t";
    const char name = written[++i];
    const std::size_t known = names.find(name);
    if (name != 'u') {
      text += known == std::string_view::npos ? name : bytes[known];
      continue;
    }
    unsigned code = hex_value(written.substr(i + 1, 4));
    i += 4;
    if (code >= 0xD800 && code < 0xDC00 && i + 6 < written.size()) {
      code = 0x10000 + ((code - 0xD800) << 10) + (hex_value(written.substr(i + 3, 4)) - 0xDC00);
      i += 6;
    }
    append_code_point(code, text);
  }
  return text;
}

/// True when the text between a key's quotes stands for `key`.
bool is_key(std::string_view written, std::string_view key) {
  if (written.find('\\') == std::string_view::npos) return written == key;
  return unescaped(written) == key;
}

}  // namespace

JsonMembers::JsonMembers(const std::vector<std::string>& removed) {
  for (const std::string& name : removed) add(keys_, split_field(name), 0);
}

void JsonMembers::add(std::vector<Key>& keys, const std::vector<std::string>& path,
                      std::size_t depth) {
  auto key = std::find_if(keys.begin(), keys.end(),
                          [&](const Key& other) { return other.text == path[depth]; });
  if (key == keys.end()) key = keys.insert(keys.end(), Key{path[depth], false, {}});
  if (depth + 1 == path.size()) {
    key->is_removed = true;
  } else {
    add(key->children, path, depth + 1);
  }
}

void JsonMembers::append(std::string_view object, std::string& out) const {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (object.starts_with(byte_order_mark)) object.remove_prefix(byte_order_mark.size());
  copy(object, keys_, out);
}

void JsonMembers::copy(std::string_view object, const std::vector<Key>& keys, std::string& out) {
  JsonCursor cursor(object);
  if (!cursor.take('{')) return;
  bool is_first = true;
  while (cursor.peek() == '"') {
    const std::size_t begin = cursor.at();
    cursor.skip_string();
    const std::string_view key = cursor.from(begin);
    if (key.size() < 2 || !cursor.take(':')) return;
    const char kind = cursor.peek();
    const std::size_t value = cursor.at();
    cursor.skip_value();
    const auto known = std::find_if(keys.begin(), keys.end(), [&](const Key& other) {
      return is_key(key.substr(1, key.size() - 2), other.text);
    });
    if (known == keys.end() || !known->is_removed) {
      if (!is_first) out += ',';
      is_first = false;
      if (known == keys.end() || kind != '{') {
        out += cursor.from(begin);
      } else {
        out.append(key).append(":{");
        copy(cursor.from(value), known->children, out);
        out += '}';
      }
    }
    if (!cursor.take(',')) return;
  }
}

}  // namespace sluice
