#include "stages/support/logfmt_parser.h"

#include <charconv>

#include "engine/stage/field_path.h"
#include "stages/support/escaped_text.h"

namespace sluice {
namespace {

constexpr std::size_t nobody = ~std::size_t{0};

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }

/// A number whose text is the only one it has; missing for anything else.
Cell number_cell(std::string_view text) noexcept {
  constexpr std::size_t exact_digits = 15;
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  if (digits.empty() || digits.size() > exact_digits + 1) return {};
  std::size_t point = std::string_view::npos;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] == '.' && point == std::string_view::npos) {
      point = i;
    } else if (digits[i] < '0' || digits[i] > '9') {
      return {};
    }
  }
  const bool is_whole = point == std::string_view::npos;
  const std::size_t whole = is_whole ? digits.size() : point;
  if (whole == 0 || (digits.front() == '0' && whole > 1)) return {};
  const char* end = text.data() + text.size();
  if (is_whole) {
    std::int64_t integer = 0;
    if (digits.size() > exact_digits || text == "-0") return {};
    std::from_chars(text.data(), end, integer);
    return Cell::integer(integer);
  }
  if (point + 1 == digits.size() || digits.back() == '0') return {};
  double real = 0;
  std::from_chars(text.data(), end, real);
  return Cell::real(real);
}

}  // namespace

Cell bare_logfmt_cell(std::string_view text) noexcept {
  if (text == "true" || text == "false") return Cell::boolean(text == "true");
  const Cell number = number_cell(text);
  return number.is_missing() ? Cell::text(text) : number;
}

LogfmtParser::LogfmtParser(const std::vector<std::string>& wanted) {
  for (const std::string& name : wanted) keys_.push_back(plain_field(name));
}

std::size_t LogfmtParser::find(std::string_view key) const noexcept {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i] == key) return i;
  }
  return nobody;
}

ParseProblem LogfmtParser::parse(std::string_view text, std::size_t row, TextArena& arena) {
  std::size_t at = 0;
  while (true) {
    while (at < text.size() && is_blank(text[at])) ++at;
    if (at == text.size()) return {};
    const std::size_t begin = at;
    while (at < text.size() && text[at] != '=' && text[at] != '"' && !is_blank(text[at])) ++at;
    if (at < text.size() && text[at] == '"') return {"a quote in a key", at};
    if (at == begin) return {"a value without a key", at};
    const std::size_t field = find(text.substr(begin, at - begin));
    if (at == text.size() || text[at] != '=') {
      if (field != nobody) set(field, row, Cell::boolean(true));
      continue;
    }
    ++at;
    if (at < text.size() && text[at] == '"') {
      if (const ParseProblem problem = take_quoted(text, at, field, row, arena)) return problem;
      continue;
    }
    const std::size_t value = at;
    while (at < text.size() && text[at] != '"' && !is_blank(text[at])) ++at;
    if (at < text.size() && text[at] == '"') return {"a quote in a value without quotes", at};
    if (field != nobody) set(field, row, bare_logfmt_cell(text.substr(value, at - value)));
  }
}

ParseProblem LogfmtParser::take_quoted(std::string_view text, std::size_t& at, std::size_t field,
                                       std::size_t row, TextArena& arena) const {
  const std::size_t open = at++;
  bool has_escapes = false;
  while (at < text.size() && text[at] != '"') {
    if (text[at] == '\\') {
      has_escapes = true;
      ++at;
    }
    ++at;
  }
  if (at >= text.size()) return {"an unclosed quote", open};
  const std::string_view inner = text.substr(open + 1, at - open - 1);
  ++at;
  if (at < text.size() && !is_blank(text[at])) return {"no blank behind a quoted value", at};
  std::string_view value = inner;
  if (has_escapes && !unescape_json(inner, arena, value)) return {"an unknown escape", open};
  if (field != nobody) set(field, row, Cell::text(value));
  return {};
}

std::optional<RecordFormat> bind_logfmt(const FormatOptions& /*options*/,
                                        FormatMistake& /*mistake*/) {
  RecordFormat format;
  format.schema.open = true;
  format.text_of = [](std::string_view /*field*/) { return FieldText::escaped; };
  format.make_parser = [](const std::vector<std::string>& wanted) {
    return std::make_unique<LogfmtParser>(wanted);
  };
  return format;
}

}  // namespace sluice
