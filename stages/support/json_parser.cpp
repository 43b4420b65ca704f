#include "stages/support/json_parser.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "engine/stage/field_path.h"

namespace sluice {
namespace {

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

bool is_gap(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// From `begin` to `end` without the white space in front of `end`.
std::string_view token_of(const char* begin, const char* end) noexcept {
  while (is_gap(end[-1])) --end;
  return {begin, static_cast<std::size_t>(end - begin)};
}

constexpr std::string_view too_deep = "JSON nested more than 64 deep";
constexpr std::string_view no_end = "a JSON object or array without an end";
constexpr std::string_view no_value = "a JSON value that is none";
constexpr std::string_view bad_escape = "a JSON string with an invalid escape";
constexpr std::string_view broken = "broken JSON";

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
    default:
      return broken;
  }
}

/// Where the parts of a record begin: its brackets, colons and commas, and the first bytes of its
/// strings, numbers and words. This is the first stage of simdjson, which also finds invalid UTF-8,
/// unclosed strings and control characters in them.
class Structure {
 public:
  Structure() {
    const auto made = simdjson::get_active_implementation()->create_dom_parser_implementation(
        first_capacity, deepest, implementation_);
    if (made != simdjson::SUCCESS) throw std::bad_alloc();
  }

  simdjson::error_code find(std::string_view text) noexcept {
    if (text.empty()) return simdjson::EMPTY;
    if (text.size() > implementation_->capacity()) {
      const auto grown = implementation_->set_capacity(std::bit_ceil(text.size()));
      if (grown != simdjson::SUCCESS) return grown;
    }
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    return implementation_->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  }

  /// Offsets in ascending order; behind the last one is the size of the text.
  const std::uint32_t* begin() const noexcept { return implementation_->structural_indexes.get(); }
  const std::uint32_t* end() const noexcept {
    return begin() + implementation_->n_structural_indexes;
  }

  /// Replaces the escapes of a string, given with its quotes; null: one of them is none. The answer
  /// lives until the next call.
  std::optional<std::string_view> unescape(std::string_view quoted) {
    if (unescaped_.size() < quoted.size() + simdjson::SIMDJSON_PADDING) {
      unescaped_.resize(2 * quoted.size() + simdjson::SIMDJSON_PADDING);
    }
    const auto* from = reinterpret_cast<const std::uint8_t*>(quoted.data() + 1);
    const auto* end = implementation_->parse_string(from, unescaped_.data());
    if (end == nullptr) return std::nullopt;
    return std::string_view(reinterpret_cast<const char*>(unescaped_.data()),
                            static_cast<std::size_t>(end - unescaped_.data()));
  }

 private:
  static constexpr std::size_t first_capacity = 64 << 10;
  std::unique_ptr<simdjson::internal::dom_parser_implementation> implementation_;
  std::vector<std::uint8_t> unescaped_;
};

}  // namespace

/// One walk over the structure of one record. A step answers where the next part is, or null after
/// noting what is wrong.
struct JsonParser::Walk {
  using Place = const std::uint32_t*;

  explicit Walk(JsonParser& owner) : parser(owner) {}

  JsonParser& parser;
  Structure structure;
  Wanted root;
  std::size_t row = 0;
  TextArena* arena = nullptr;
  bool has_escapes = false;
  const char* text = nullptr;
  Place end = nullptr;  ///< Behind the last part.
  std::string_view problem;

  /// Empty: all is well.
  std::string_view run(std::string_view record) {
    if (const auto error = structure.find(record)) return reason_of(error);
    text = record.data();
    end = structure.end();
    problem = {};
    const Place first = structure.begin();
    if (byte_at(first) != '{') return "not a JSON object";
    const Place behind = walk_object(first + 1, &root, 1);
    if (behind == nullptr) return problem;
    return behind == end ? std::string_view() : "something behind the JSON object";
  }

  /// What lies behind the record is not looked at.
  char byte_at(Place at) const noexcept { return at < end ? text[*at] : '\0'; }

  /// A string, number or word with all its bytes.
  std::string_view token_at(Place at) const noexcept { return token_of(text + *at, text + at[1]); }

  Place fail(std::string_view reason) noexcept {
    problem = reason;
    return nullptr;
  }
  Place fail_at(Place at) noexcept { return fail(at < end ? broken : no_end); }

  /// `at` is behind the bracket.
  Place walk_object(Place at, const Wanted* wanted, int depth) {
    if (depth > deepest) return fail(too_deep);
    if (byte_at(at) == '}') return at + 1;
    while (true) {
      if (byte_at(at) != '"') return fail_at(at);
      if (byte_at(at + 1) != ':') return fail_at(at + 1);
      const Wanted* child = nullptr;
      if (!find_child(token_at(at), wanted, child)) return fail(bad_escape);
      at = walk_value(at + 2, child, depth);
      if (at == nullptr) return at;
      const char next = byte_at(at);
      if (next != ',') return next == '}' ? at + 1 : fail_at(at);
      ++at;
    }
  }

  Place walk_array(Place at, int depth) {
    if (depth > deepest) return fail(too_deep);
    if (byte_at(at) == ']') return at + 1;
    while (true) {
      at = walk_value(at, nullptr, depth);
      if (at == nullptr) return at;
      const char next = byte_at(at);
      if (next != ',') return next == ']' ? at + 1 : fail_at(at);
      ++at;
    }
  }

  /// False: the key has an escape that is none.
  bool find_child(std::string_view quoted, const Wanted* wanted, const Wanted*& child) {
    std::string_view key = quoted.substr(1, quoted.size() - 2);
    if (has_escapes && key.find('\\') != std::string_view::npos) {
      const std::optional<std::string_view> unescaped = structure.unescape(quoted);
      if (!unescaped) return false;
      key = *unescaped;
    }
    if (wanted == nullptr) return true;
    for (const Wanted& one : wanted->children) {
      if (one.key.size() == key.size() &&
          std::memcmp(one.key.data(), key.data(), key.size()) == 0) {
        child = &one;
        return true;
      }
    }
    return true;
  }

  /// `wanted`: what is wanted of the value and of what is in it; null: nothing, so that it is only
  /// checked.
  Place walk_value(Place at, const Wanted* wanted, int depth) {
    switch (byte_at(at)) {
      case '"':
        return take_string(at, wanted);
      case '{':
      case '[':
        return walk_container(at, wanted, depth);
      case ',':
      case ':':
      case '}':
      case ']':
        return fail(broken);
      default:
        return at < end ? take_scalar(at, wanted) : fail(no_end);
    }
  }

  Place walk_container(Place at, const Wanted* wanted, int depth) {
    if (wanted != nullptr) reset(*wanted);  // What an earlier value of the same key had.
    const char* begin = text + *at;
    const Place behind =
        *begin == '{' ? walk_object(at + 1, wanted, depth + 1) : walk_array(at + 1, depth + 1);
    if (behind == nullptr || wanted == nullptr || wanted->field == no_field) return behind;
    const char* last = text + behind[-1];
    put(*wanted, Cell::json({begin, static_cast<std::size_t>(last + 1 - begin)}));
    return behind;
  }

  Place take_string(Place at, const Wanted* wanted) {
    const bool is_wanted = wanted != nullptr && wanted->field != no_field;
    if (wanted != nullptr) reset(*wanted);
    if (!has_escapes && !is_wanted) return at + 1;
    const std::string_view token = token_at(at);
    if (!has_escapes || token.find('\\') == std::string_view::npos) {
      if (is_wanted) put(*wanted, Cell::text(token.substr(1, token.size() - 2)));
      return at + 1;
    }
    const std::optional<std::string_view> unescaped = structure.unescape(token);
    if (!unescaped) return fail(bad_escape);
    if (!is_wanted) return at + 1;
    char* copy = arena->allocate(unescaped->size());
    std::memcpy(copy, unescaped->data(), unescaped->size());
    put(*wanted, Cell::text({copy, unescaped->size()}));
    return at + 1;
  }

  Place take_scalar(Place at, const Wanted* wanted) {
    const std::string_view token = token_at(at);
    Cell cell;
    if (token == "true" || token == "false") {
      cell = Cell::boolean(token == "true");
    } else if (token == "null") {
      cell = Cell::null();
    } else if (wanted == nullptr) {
      return NumberText(token).valid ? at + 1 : fail(no_value);
    } else {
      cell = number_cell(token);
      if (cell.is_missing()) return fail(no_value);
    }
    if (wanted == nullptr) return at + 1;
    reset(*wanted);
    if (wanted->field != no_field) put(*wanted, cell);
    return at + 1;
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
  return {walk_->run(text), 0};
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
