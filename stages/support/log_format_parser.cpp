#include "stages/support/log_format_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/data/scan.h"

namespace sluice {
namespace {

constexpr std::size_t not_wanted = ~std::size_t{0};

constexpr std::array<std::string_view, 10> whole_numbers{
    "status",     "body_bytes_sent",     "bytes_sent",  "request_length", "content_length",
    "connection", "connection_requests", "remote_port", "server_port",    "pid"};
constexpr std::array<std::string_view, 3> seconds{"request_time", "msec", "connection_time"};
/// Seconds as well, but one number for each server that was asked.
constexpr std::array<std::string_view, 3> lists_of_seconds{
    "upstream_response_time", "upstream_connect_time", "upstream_header_time"};

template <std::size_t count>
bool is_one_of(const std::array<std::string_view, count>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

FieldType type_of(std::string_view name) {
  if (is_one_of(whole_numbers, name)) return FieldType::integer;
  if (is_one_of(seconds, name)) return FieldType::real;
  if (is_one_of(lists_of_seconds, name)) return FieldType::any;
  return FieldType::text;
}

bool is_name_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// The number that `text` is; missing when it is none.
Cell number_cell(std::string_view text, FieldType type) noexcept {
  const char* const end = text.data() + text.size();
  if (text.empty() || (text.front() != '-' && (text.front() < '0' || text.front() > '9'))) {
    return {};
  }
  if (type == FieldType::integer) {
    std::int64_t integer = 0;
    const auto [at, error] = std::from_chars(text.data(), end, integer);
    return error == std::errc() && at == end ? Cell::integer(integer) : Cell();
  }
  double real = 0;
  const auto [at, error] = std::from_chars(text.data(), end, real, std::chars_format::fixed);
  return error == std::errc() && at == end && std::isfinite(real) ? Cell::real(real) : Cell();
}

Cell cell_of(std::string_view text, FieldType type) noexcept {
  if (text == "-") return Cell::null();
  if (type == FieldType::text) return Cell::text(text);
  const Cell number = number_cell(text, type);
  // Several numbers, or one: only a list may be text.
  return number.is_missing() && type == FieldType::any ? Cell::text(text) : number;
}

/// Where the quoted text that begins at `at` ends; npos: it does not.
std::size_t closing_quote(std::string_view text, std::size_t at) noexcept {
  for (; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at;
    }
  }
  return npos;
}

/// Where `field`, which begins at `at`, ends; npos: nowhere.
std::size_t end_of(const LogFormatField& field, std::string_view text, std::size_t at) noexcept {
  if (field.is_quoted) {
    const std::size_t end = closing_quote(text, at);
    return end != npos && text.substr(end).starts_with(field.behind) ? end : npos;
  }
  if (field.behind.empty()) return text.size();
  if (field.is_address) {
    const std::size_t word = std::min(text.find(' ', at), text.size());
    const std::size_t colon = text.substr(0, word).rfind(':');
    return colon == npos || colon < at ? npos : colon;
  }
  std::size_t end = text.find(field.behind, at);
  while (field.is_list && end != npos && end > at) {
    const bool in_list =
        text[end - 1] == ',' || text[end - 1] == ':' || text.substr(end).starts_with(" : ");
    if (!in_list) break;
    end = text.find(field.behind, end + 1);
  }
  return end;
}

/// Takes the name of a variable off the front of `rest`, which begins behind the `$`.
bool take_name(std::string_view& rest, std::string& name) {
  const bool in_braces = rest.starts_with('{');
  if (in_braces) rest.remove_prefix(1);
  std::size_t size = 0;
  while (size < rest.size() && is_name_character(rest[size])) ++size;
  name = rest.substr(0, size);
  rest.remove_prefix(size);
  if (in_braces) {
    if (!rest.starts_with('}')) return false;
    rest.remove_prefix(1);
  }
  return !name.empty();
}

struct Compiled {
  std::string front;
  std::vector<LogFormatField> fields;
};

std::optional<Compiled> compile(std::string_view format, FormatMistake& mistake) {
  Compiled compiled;
  const auto fail = [&](std::string message) {
    mistake = {"format", std::move(message),
               "fields are written as in nginx, $status or ${status}"};
    return std::nullopt;
  };
  std::size_t dollar = std::min(format.find('$'), format.size());
  compiled.front = format.substr(0, dollar);
  std::string_view rest = format.substr(dollar);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    LogFormatField field;
    if (!take_name(rest, field.name)) return fail("a '$' without a name behind it");
    for (const LogFormatField& other : compiled.fields) {
      if (other.name == field.name) return fail("'$" + field.name + "' is there twice");
    }
    const std::string& before =
        compiled.fields.empty() ? compiled.front : compiled.fields.back().behind;
    if (!compiled.fields.empty() && before.empty()) {
      return fail("nothing stands between '$" + compiled.fields.back().name + "' and '$" +
                  field.name + "'");
    }
    dollar = std::min(rest.find('$'), rest.size());
    field.behind = rest.substr(0, dollar);
    field.type = type_of(field.name);
    field.is_list = field.name.starts_with("upstream_");
    field.is_quoted = before.ends_with('"') && field.behind.starts_with('"');
    field.is_address = field.name.ends_with("_addr") && !field.is_list && field.behind == ":";
    compiled.fields.push_back(std::move(field));
    rest.remove_prefix(dollar);
  }
  return compiled;
}

}  // namespace

LogFormatParser::LogFormatParser(std::string front, std::vector<LogFormatField> fields,
                                 const std::vector<std::string>& wanted)
    : front_(std::move(front)), fields_(std::move(fields)) {
  for (const LogFormatField& field : fields_) {
    const auto found = std::find(wanted.begin(), wanted.end(), field.name);
    wanted_of_.push_back(found == wanted.end() ? not_wanted
                                               : static_cast<std::size_t>(found - wanted.begin()));
  }
}

ParseProblem LogFormatParser::parse(std::string_view text, std::size_t row, TextArena& /*arena*/) {
  if (!text.starts_with(front_)) return {"not the text in front of the first field", 0};
  std::size_t at = front_.size();
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    const LogFormatField& field = fields_[i];
    const std::size_t end = end_of(field, text, at);
    if (end == npos) {
      if (field.is_quoted && closing_quote(text, at) == npos) return {"an unclosed quote", at};
      return {"not the text behind a field", at};
    }
    if (wanted_of_[i] != not_wanted) {
      const Cell cell = cell_of(text.substr(at, end - at), field.type);
      if (cell.is_missing()) return {"a field that is no number", at};
      set(wanted_of_[i], row, cell);
    }
    at = end + field.behind.size();
  }
  if (at < text.size()) return {"something behind the last field", at};
  return {};
}

std::optional<RecordFormat> bind_log_format(const FormatOptions& options, FormatMistake& mistake) {
  const std::optional<Compiled> compiled = compile(options.format, mistake);
  if (!compiled) return std::nullopt;
  RecordFormat format;
  for (const LogFormatField& field : compiled->fields) {
    format.schema.fields.push_back({field.name, field.type});
  }
  format.text_of = [](std::string_view field) {
    // A double is written in more ways than one.
    const FieldType type = type_of(field);
    return type == FieldType::real || type == FieldType::any ? FieldText::derived
                                                             : FieldText::plain;
  };
  format.make_parser = [compiled = *compiled](const std::vector<std::string>& wanted) {
    return std::make_unique<LogFormatParser>(compiled.front, compiled.fields, wanted);
  };
  return format;
}

}  // namespace sluice
