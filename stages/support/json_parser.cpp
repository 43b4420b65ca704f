#include "stages/support/json_parser.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "engine/stage/field_path.h"

namespace sluice {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t no_field = ~std::size_t{0};
constexpr int deepest = 64;

/// The wanted fields as a tree of keys.
struct Wanted {
  std::string key;
  std::size_t field = no_field;  ///< The value itself is wanted.
  std::vector<Wanted> children;

  void add(const std::vector<std::string>& keys, std::size_t depth, std::size_t number) {
    if (depth == keys.size()) {
      field = number;
      return;
    }
    auto child = std::find_if(children.begin(), children.end(),
                              [&](const Wanted& other) { return other.key == keys[depth]; });
    if (child == children.end()) {
      child = children.insert(children.end(), Wanted{keys[depth], no_field, {}});
    }
    child->add(keys, depth + 1, number);
  }
};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// A number by the grammar of RFC 8259, section 6.
struct NumberText {
  bool valid = false;
  bool is_integer = true;

  explicit NumberText(std::string_view text) noexcept {
    std::size_t at = 0;
    const auto digits = [&] {
      const std::size_t begin = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      return at > begin;
    };
    if (at < text.size() && text[at] == '-') ++at;
    const bool leading_zero = at < text.size() && text[at] == '0';
    const std::size_t first = at;
    if (!digits() || (leading_zero && at - first > 1)) return;
    if (at < text.size() && text[at] == '.') {
      is_integer = false;
      ++at;
      if (!digits()) return;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
      is_integer = false;
      ++at;
      if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
      if (!digits()) return;
    }
    valid = at == text.size();
  }
};

/// The cell of a number; missing when it is none.
Cell number_cell(std::string_view text) noexcept {
  const NumberText number(text);
  if (!number.valid) return {};
  const char* end = text.data() + text.size();
  if (number.is_integer) {
    std::int64_t integer = 0;
    // JSON's -0 is a number whose sign an integer would lose.
    if (text != "-0" && std::from_chars(text.data(), end, integer).ec == std::errc{}) {
      return Cell::integer(integer);
    }
    if (text != "-0") return Cell::decimal(text);
  }
  double real = 0;
  if (std::from_chars(text.data(), end, real).ec != std::errc{}) return Cell::decimal(text);
  return Cell::real(real);
}

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

constexpr std::string_view too_deep = "JSON nested more than 64 deep";

std::string_view reason_of(simdjson::error_code error) noexcept {
  switch (error) {
    case simdjson::EMPTY:
      return "an empty line, not a JSON object";
    case simdjson::UTF8_ERROR:
      return "invalid UTF-8";
    case simdjson::UNESCAPED_CHARS:
      return "a control character in a JSON string";
    case simdjson::UNCLOSED_STRING:
      return "an unclosed JSON string";
    case simdjson::STRING_ERROR:
      return "a JSON string with an invalid escape";
    case simdjson::INCORRECT_TYPE:
      return "not a JSON object";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "a JSON object or array without an end";
    case simdjson::NUMBER_ERROR:
    case simdjson::N_ATOM_ERROR:
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
      return "a JSON value that is none";
    case simdjson::DEPTH_ERROR:
      return too_deep;
    default:
      return "broken JSON";
  }
}

}  // namespace

/// One walk over one record. Errors come back as reasons; empty: all is well.
struct JsonParser::Walk {
  explicit Walk(JsonParser& owner) : parser(owner) {}

  JsonParser& parser;
  ondemand::parser simd;
  Wanted root;
  std::size_t row = 0;
  TextArena* arena = nullptr;
  bool has_escapes = false;
  const char* end = nullptr;  ///< Of the record.

  std::string_view run(std::string_view text, std::size_t capacity) {
    end = text.data() + text.size();
    ondemand::document document;
    if (const auto error = simd.iterate(text.data(), text.size(), capacity).get(document)) {
      return reason_of(error);
    }
    ondemand::object object;
    if (const auto error = document.get_object().get(object)) return reason_of(error);
    if (const std::string_view problem = walk_object(object, &root, 1); !problem.empty()) {
      return problem;
    }
    // At the end there is no location left.
    const bool at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return at_end ? std::string_view() : "something behind the JSON object";
  }

  std::string_view walk_object(ondemand::object& object, const Wanted* wanted, int depth) {
    if (depth > deepest) return too_deep;
    for (auto result : object) {
      ondemand::field field;
      if (const auto error = std::move(result).get(field)) return reason_of(error);
      const Wanted* child = nullptr;
      if (const std::string_view problem = find_child(field, wanted, child); !problem.empty()) {
        return problem;
      }
      if (const std::string_view problem = walk_value(field.value(), child, depth);
          !problem.empty()) {
        return problem;
      }
    }
    return {};
  }

  std::string_view find_child(ondemand::field& field, const Wanted* wanted, const Wanted*& child) {
    // What has no escapes in it is compared as it is written.
    if (has_escapes) {
      std::string_view key;
      if (const auto error = field.unescaped_key().get(key)) return reason_of(error);
      if (wanted == nullptr) return {};
      for (const Wanted& one : wanted->children) {
        if (one.key == key) child = &one;
      }
      return {};
    }
    if (wanted == nullptr) return {};
    const char* key = field.key().raw();
    const auto left = static_cast<std::size_t>(end - key);
    for (const Wanted& one : wanted->children) {
      const std::size_t size = one.key.size();
      if (size < left && key[size] == '"' && std::memcmp(key, one.key.data(), size) == 0) {
        child = &one;
        return {};
      }
    }
    return {};
  }

  std::string_view walk_array(ondemand::array& array, int depth) {
    if (depth > deepest) return too_deep;
    for (auto result : array) {
      ondemand::value value;
      if (const auto error = std::move(result).get(value)) return reason_of(error);
      if (const std::string_view problem = walk_value(value, nullptr, depth); !problem.empty()) {
        return problem;
      }
    }
    return {};
  }

  /// `wanted`: what is wanted of the value and of what is in it; null: nothing, so that it is only
  /// checked.
  std::string_view walk_value(ondemand::value value, const Wanted* wanted, int depth) {
    const std::string_view token = value.raw_json_token();
    switch (token.front()) {
      case '"':
        return take_string(value, token, wanted);
      case '{':
      case '[':
        return walk_container(value, token, wanted, depth);
      default:
        return take_scalar(trimmed(token), wanted);
    }
  }

  std::string_view walk_container(ondemand::value& value, std::string_view token,
                                  const Wanted* wanted, int depth) {
    if (wanted != nullptr) reset(*wanted);  // What an earlier value of the same key had.
    std::string_view problem;
    const bool is_object = token.front() == '{';
    if (is_object) {
      ondemand::object object;
      if (const auto error = value.get_object().get(object)) return reason_of(error);
      problem = walk_object(object, wanted, depth + 1);
    } else {
      ondemand::array array;
      if (const auto error = value.get_array().get(array)) return reason_of(error);
      problem = walk_array(array, depth + 1);
    }
    if (!problem.empty() || wanted == nullptr || wanted->field == no_field) return problem;
    const char* behind = container_end(token.data());
    put(*wanted, Cell::json({token.data(), static_cast<std::size_t>(behind - token.data())}));
    return {};
  }

  /// Behind the container that begins at `at`, which the walk has found to be whole.
  const char* container_end(const char* at) const {
    int open = 0;
    bool in_string = false;
    for (; at < end; ++at) {
      if (in_string) {
        if (*at == '\\') {
          ++at;
        } else if (*at == '"') {
          in_string = false;
        }
        continue;
      }
      if (*at == '"') in_string = true;
      if (*at == '{' || *at == '[') ++open;
      if ((*at == '}' || *at == ']') && --open == 0) return at + 1;
    }
    return end;
  }

  std::string_view take_string(ondemand::value& value, std::string_view token,
                               const Wanted* wanted) {
    const bool is_wanted = wanted != nullptr && wanted->field != no_field;
    if (wanted != nullptr) reset(*wanted);
    if (!has_escapes || token.find('\\') == std::string_view::npos) {
      // Taken, or simdjson would skip it as a key where a colon follows.
      if (const auto error = value.get_raw_json_string().error()) return reason_of(error);
      if (!is_wanted) return {};
      token = trimmed(token);
      put(*wanted, Cell::text(token.substr(1, token.size() - 2)));
      return {};
    }
    std::string_view text;
    if (const auto error = value.get_string().get(text)) return reason_of(error);
    if (!is_wanted) return {};
    char* copy = arena->allocate(text.size());
    std::memcpy(copy, text.data(), text.size());
    put(*wanted, Cell::text({copy, text.size()}));
    return {};
  }

  std::string_view take_scalar(std::string_view token, const Wanted* wanted) {
    Cell cell;
    if (token == "true" || token == "false") {
      cell = Cell::boolean(token == "true");
    } else if (token == "null") {
      cell = Cell::null();
    } else {
      if (wanted == nullptr) {
        return NumberText(token).valid ? std::string_view() : reason_of(simdjson::NUMBER_ERROR);
      }
      cell = number_cell(token);
      if (cell.is_missing()) return reason_of(simdjson::NUMBER_ERROR);
    }
    if (wanted == nullptr) return {};
    reset(*wanted);
    if (wanted->field != no_field) put(*wanted, cell);
    return {};
  }

  void put(const Wanted& wanted, Cell cell) const { parser.set(wanted.field, row, cell); }

  /// Nothing below this key has been seen.
  void reset(const Wanted& wanted) const {
    for (const Wanted& child : wanted.children) {
      if (child.field != no_field) put(child, Cell());
      reset(child);
    }
  }
};

JsonParser::JsonParser(const std::vector<std::string>& wanted)
    : walk_(std::make_unique<Walk>(*this)) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    walk_->root.add(split_field(wanted[i]), 0, i);
  }
}

JsonParser::~JsonParser() = default;

ParseProblem JsonParser::parse(std::string_view text, std::size_t row, TextArena& arena) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  walk_->row = row;
  walk_->arena = &arena;
  walk_->has_escapes = !text.empty() && std::memchr(text.data(), '\\', text.size()) != nullptr;
  return {walk_->run(text, text.size() + simdjson::SIMDJSON_PADDING), 0};
}

std::optional<RecordFormat> bind_json(const FormatOptions& /*options*/,
                                      FormatMistake& /*mistake*/) {
  RecordFormat format;
  format.schema.open = true;
  format.schema.text_is_json = true;
  format.text_of = [](std::string_view /*field*/) { return FieldText::json; };
  format.make_parser = [](const std::vector<std::string>& wanted) {
    return std::make_unique<JsonParser>(wanted);
  };
  return format;
}

}  // namespace sluice
