#include "engine/expression/json_values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "engine/base/json_text.h"
#include "engine/expression/functions.h"

namespace sluice {
namespace {

using Type = CelValue::Type;

constexpr CelValue bad_json = CelValue::error("JSON that cannot be read");
constexpr int deepest = 128;

class JsonReader {
 public:
  JsonReader(std::string_view text, FunctionContext& context)
      : text_(text), context_(context), stack_(context.items()) {}

  CelValue run() {
    const CelValue read = value(0);
    skip_blanks();
    return read.is_error() || text_.empty() ? read : bad_json;
  }

 private:
  void skip_blanks() {
    const std::size_t end = text_.find_first_not_of(" \t\r\n");
    text_.remove_prefix(end == std::string_view::npos ? text_.size() : end);
  }
  bool take(char c) {
    skip_blanks();
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    if (!text_.starts_with(word)) return false;
    text_.remove_prefix(word.size());
    return true;
  }

  CelValue value(int depth) {
    skip_blanks();
    if (text_.empty() || depth > deepest) return bad_json;
    if (!context_.spend(1)) return CelValue::error(no_steps_left);
    switch (text_.front()) {
      case '[':
        return list(depth);
      case '{':
        return map(depth);
      case '"':
        return string();
      case 't':
        return take_word("true") ? CelValue::boolean(true) : bad_json;
      case 'f':
        return take_word("false") ? CelValue::boolean(false) : bad_json;
      case 'n':
        return take_word("null") ? CelValue::null() : bad_json;
      default:
        return number();
    }
  }

  CelValue list(int depth) {
    const std::size_t mark = stack_.size();
    take('[');
    if (!take(']')) {
      do {
        const CelValue item = value(depth + 1);
        if (item.is_error()) return item;
        stack_.push_back(item);
      } while (take(','));
      if (!take(']')) return bad_json;
    }
    const CelValue made = context_.list(std::span(stack_).subspan(mark));
    stack_.resize(mark);
    return made;
  }

  CelValue map(int depth) {
    const std::size_t mark = stack_.size();
    take('{');
    if (!take('}')) {
      do {
        skip_blanks();
        if (!text_.starts_with('"')) return bad_json;
        const CelValue key = string();
        if (key.is_error()) return key;
        if (!take(':')) return bad_json;
        const CelValue item = value(depth + 1);
        if (item.is_error()) return item;
        if (!add(mark, key, item)) return CelValue::error(no_steps_left);
      } while (take(','));
      if (!take('}')) return bad_json;
    }
    const CelValue made = context_.map(std::span(stack_).subspan(mark));
    stack_.resize(mark);
    return made;
  }

  bool add(std::size_t mark, const CelValue& key, const CelValue& item) {
    if (!context_.spend((stack_.size() - mark) / 16)) return false;
    for (std::size_t i = mark; i < stack_.size(); i += 2) {
      if (stack_[i].text() == key.text()) {
        stack_[i + 1] = item;
        return true;
      }
    }
    stack_.push_back(key);
    stack_.push_back(item);
    return true;
  }

  CelValue number() {
    const std::size_t length = std::min(text_.find_first_not_of("+-0123456789.eE"), text_.size());
    const std::string_view digits = text_.substr(0, length);
    text_.remove_prefix(length);
    const char* begin = digits.data();
    const char* end = begin + digits.size();
    if (digits.empty() || digits.front() == '+') return bad_json;
    if (digits.find_first_of(".eE") == std::string_view::npos) {
      std::int64_t integer = 0;
      if (const auto read = std::from_chars(begin, end, integer);
          read.ec == std::errc() && read.ptr == end) {
        return CelValue::integer(integer);
      }
      std::uint64_t natural = 0;
      if (const auto read = std::from_chars(begin, end, natural);
          read.ec == std::errc() && read.ptr == end) {
        return CelValue::natural(natural);
      }
    }
    double real = 0;
    const auto read = std::from_chars(begin, end, real);
    if (read.ptr != end) return bad_json;
    if (read.ec == std::errc::result_out_of_range) return CelValue::error("a number out of range");
    return read.ec == std::errc() ? CelValue::real(real) : bad_json;
  }

  /// REQUIRES: the text begins with a quote.
  CelValue string() {
    const std::size_t end = text_.find_first_of("\"\\", 1);
    if (end == std::string_view::npos) return bad_json;
    if (text_[end] == '"') {
      const CelValue made = CelValue::text(text_.substr(1, end - 1));
      text_.remove_prefix(end + 1);
      return made;
    }
    return escaped_string();
  }

  CelValue escaped_string() {
    std::string& out = context_.buffer();
    text_.remove_prefix(1);
    while (!text_.empty()) {
      const std::size_t end = text_.find_first_of("\"\\");
      if (end == std::string_view::npos) return bad_json;
      out += text_.substr(0, end);
      const bool is_end = text_[end] == '"';
      text_.remove_prefix(end + 1);
      if (is_end) return context_.text(out);
      if (!escape(out)) return bad_json;
    }
    return bad_json;
  }

  bool escape(std::string& out) {
    if (text_.empty()) return false;
    constexpr std::string_view letters = "\"\\/bfnrt";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const char letter = text_.front();
    text_.remove_prefix(1);
    if (const std::size_t known = letters.find(letter); known != std::string_view::npos) {
      out += meanings[known];
      return true;
    }
    std::uint32_t code = 0;
    if (letter != 'u' || !unit(code)) return false;
    if (code >= 0xD800 && code < 0xDC00 && text_.starts_with("\\u")) {
      const std::string_view before = text_;
      std::uint32_t low = 0;
      text_.remove_prefix(2);
      if (unit(low) && low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
      } else {
        text_ = before;
      }
    }
    // Half of a pair stands for no character.
    if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
    append_code_point(out, code);
    return true;
  }

  bool unit(std::uint32_t& to) {
    if (text_.size() < 4) return false;
    const auto [end, problem] = std::from_chars(text_.data(), text_.data() + 4, to, 16);
    if (problem != std::errc() || end != text_.data() + 4) return false;
    text_.remove_prefix(4);
    return true;
  }

  static void append_code_point(std::string& out, std::uint32_t code) {
    const auto tail = [&](unsigned shift) {
      out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
    };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0U | (code >> 6U));
      tail(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0U | (code >> 12U));
      tail(6);
      tail(0);
    } else {
      out += static_cast<char>(0xF0U | (code >> 18U));
      tail(12);
      tail(6);
      tail(0);
    }
  }

  std::string_view text_;
  FunctionContext& context_;
  std::vector<CelValue>& stack_;
};

bool append_items(std::string& out, std::span<const CelValue> items) {
  out += '[';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    if (!append_json_value(out, items[i])) return false;
  }
  out += ']';
  return true;
}

bool append_entries(std::string& out, std::span<const CelValue> entries) {
  out += '{';
  for (std::size_t i = 0; i < entries.size(); i += 2) {
    if (i > 0) out += ',';
    std::string key;
    append_text(key, entries[i]);
    append_json_quoted(out, key);
    out += ':';
    if (!append_json_value(out, entries[i + 1])) return false;
  }
  out += '}';
  return true;
}

}  // namespace

CelValue open_json(std::string_view text, FunctionContext& context) {
  return JsonReader(text, context).run();
}

bool append_json_value(std::string& out, const CelValue& value) {
  switch (value.type()) {
    case Type::list:
      if (!append_items(out, value.items())) return false;
      break;
    case Type::map:
      if (!append_entries(out, value.items())) return false;
      break;
    case Type::real:
      if (std::isfinite(value.real())) {
        append_text(out, value);
      } else {
        out += "null";
      }
      break;
    case Type::null:
    case Type::boolean:
    case Type::integer:
    case Type::natural:
    case Type::json:
      append_text(out, value);
      break;
    case Type::text:
      append_json_quoted(out, value.text());
      break;
    case Type::bytes:
      out += '"';
      append_base64(out, value.text());
      out += '"';
      break;
    default: {
      std::string text;
      append_text(text, value);
      append_json_quoted(out, text);
      break;
    }
  }
  return out.size() <= FunctionContext::most_text_bytes;
}

}  // namespace sluice
