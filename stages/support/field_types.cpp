#include "stages/support/field_types.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "engine/expression/field_reference.h"
#include "engine/stage/field_path.h"
#include "engine/stage/meta_field.h"
#include "stages/support/cell_text.h"

namespace sluice {
namespace {

using ClockName = std::pair<std::string_view, CellType::Clock>;
constexpr std::array<ClockName, 5> clocks{{{"rfc3339", CellType::Clock::rfc3339},
                                           {"unix", CellType::Clock::unix_s},
                                           {"unix_ms", CellType::Clock::unix_ms},
                                           {"unix_us", CellType::Clock::unix_us},
                                           {"unix_ns", CellType::Clock::unix_ns}}};

constexpr std::array<std::pair<std::string_view, FieldType>, 6> plain_types{
    {{"string", FieldType::text},
     {"int", FieldType::integer},
     {"double", FieldType::real},
     {"bool", FieldType::boolean},
     {"duration", FieldType::duration},
     {"timestamp", FieldType::timestamp}}};

constexpr std::int64_t second_nanoseconds = 1'000'000'000;

std::int64_t units_per_second(CellType::Clock clock) noexcept {
  switch (clock) {
    case CellType::Clock::unix_ms:
      return 1'000;
    case CellType::Clock::unix_us:
      return 1'000'000;
    case CellType::Clock::unix_ns:
      return second_nanoseconds;
    default:
      return 1;
  }
}

bool is_text(const Cell& cell) noexcept {
  return cell.type() == Cell::Type::text || cell.type() == Cell::Type::decimal;
}

template <class Number>
bool read_number(std::string_view text, Number& number) noexcept {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end && !text.empty();
}

bool to_text(Cell& cell, TextArena& arena) {
  if (is_text(cell) || cell.type() == Cell::Type::json) {
    cell = Cell::text(cell.text());
    return true;
  }
  std::string words;  // Short: a number or a time fits what a string has room for by itself.
  append_plain(words, cell);
  char* copy = arena.allocate(words.size());
  std::memcpy(copy, words.data(), words.size());
  cell = Cell::text({copy, words.size()});
  return true;
}

bool to_integer(Cell& cell) noexcept {
  std::int64_t integer = 0;
  if (cell.type() == Cell::Type::integer) return true;
  if (cell.type() == Cell::Type::real) {
    constexpr double beyond = 9223372036854775808.0;
    const double real = cell.real();
    if (std::trunc(real) != real || real < -beyond || real >= beyond) return false;
    integer = static_cast<std::int64_t>(real);
  } else if (!is_text(cell) || !read_number(cell.text(), integer)) {
    return false;
  }
  cell = Cell::integer(integer);
  return true;
}

bool to_real(Cell& cell) noexcept {
  double real = 0;
  if (cell.type() == Cell::Type::real) return true;
  if (cell.type() == Cell::Type::integer) {
    real = static_cast<double>(cell.integer());
  } else if (!is_text(cell) || !read_number(cell.text(), real) || !std::isfinite(real)) {
    return false;
  }
  cell = Cell::real(real);
  return true;
}

bool to_boolean(Cell& cell) noexcept {
  if (cell.type() == Cell::Type::boolean) return true;
  if (cell.type() != Cell::Type::text) return false;
  const bool is_true = cell.text() == "true";
  if (!is_true && cell.text() != "false") return false;
  cell = Cell::boolean(is_true);
  return true;
}

bool to_duration(Cell& cell) noexcept {
  if (cell.type() == Cell::Type::duration) return true;
  if (cell.type() != Cell::Type::text) return false;
  const std::optional<TimeSpan> span = parse_time_span(cell.text());
  if (span) cell = Cell::duration(*span);
  return span.has_value();
}

std::optional<Timestamp> from_units(std::int64_t units, std::int64_t nanoseconds_behind,
                                    std::int64_t per_second) noexcept {
  std::int64_t seconds = units / per_second;
  std::int64_t left = units % per_second;
  if (left < 0) {
    left += per_second;
    --seconds;
  }
  const Timestamp time{seconds, static_cast<std::uint32_t>(
                                    left * (second_nanoseconds / per_second) + nanoseconds_behind)};
  return time.is_valid() ? std::optional(time) : std::nullopt;
}

/// `1767225600.25`, a number of units, exactly to the nanosecond; what is smaller is cut off.
std::optional<Timestamp> from_units(std::string_view text, std::int64_t per_second) noexcept {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::int64_t units = 0;
  if (!read_number(text.substr(0, point), units)) return std::nullopt;
  std::int64_t behind = 0;
  if (point < text.size()) {
    const std::string_view digits = text.substr(point + 1);
    if (digits.empty()) return std::nullopt;
    std::int64_t unit = second_nanoseconds / per_second;
    for (const char c : digits) {
      if (c < '0' || c > '9') return std::nullopt;
      unit /= 10;
      behind += unit * (c - '0');
    }
  }
  if (!text.starts_with('-') || behind == 0) return from_units(units, behind, per_second);
  return from_units(units - 1, second_nanoseconds / per_second - behind, per_second);
}

/// A double has fewer digits than nanoseconds need, so its shortest text counts.
std::optional<Timestamp> from_real(double real, std::int64_t per_second) noexcept {
  std::array<char, 64> text{};
  if (!(std::fabs(real) < 1e18)) return std::nullopt;
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), real, std::chars_format::fixed).ptr;
  return from_units(std::string_view(text.data(), static_cast<std::size_t>(end - text.data())),
                    per_second);
}

}  // namespace

std::optional<CellType> CellType::parse(std::string_view text, std::string& why) {
  CellType result;
  result.text_ = text;
  for (const auto& [name, type] : plain_types) {
    result.type_ = type;
    if (text == name) return result;
  }
  constexpr std::string_view front = "timestamp(";
  if (!text.starts_with(front) || !text.ends_with(')')) {
    why = "unknown type '" + std::string(text) +
          "': string, int, double, bool, duration, timestamp, timestamp(unix_ms) or "
          "timestamp('%Y-%m-%d %H:%M:%S')";
    return std::nullopt;
  }
  std::string_view inside = text.substr(front.size(), text.size() - front.size() - 1);
  for (const auto& [name, clock] : clocks) {
    result.clock_ = clock;
    if (inside == name) return result;
  }
  const bool is_quoted = inside.size() >= 2 && inside.front() == inside.back() &&
                         (inside.front() == '\'' || inside.front() == '"');
  if (!is_quoted) {
    why = "unknown kind of timestamp '" + std::string(inside) +
          "': rfc3339, unix, unix_ms, unix_us, unix_ns or a layout in quotes";
    return std::nullopt;
  }
  result.clock_ = Clock::layout;
  result.layout_ = TimeLayout::compile(inside.substr(1, inside.size() - 2), why);
  if (!result.layout_) return std::nullopt;
  return result;
}

bool CellType::convert(Cell& cell, TextArena& arena, LocalZone& zone) const {
  if (cell.is_missing() || cell.type() == Cell::Type::null) return true;
  switch (type_) {
    case FieldType::text:
      return to_text(cell, arena);
    case FieldType::integer:
      return to_integer(cell);
    case FieldType::real:
      return to_real(cell);
    case FieldType::boolean:
      return to_boolean(cell);
    case FieldType::duration:
      return to_duration(cell);
    case FieldType::timestamp:
      return to_timestamp(cell, zone);
    case FieldType::any:
      break;
  }
  return true;
}

bool CellType::to_timestamp(Cell& cell, LocalZone& zone) const {
  if (cell.type() == Cell::Type::timestamp) return true;
  std::optional<Timestamp> time;
  const bool is_written = clock_ == Clock::rfc3339 || clock_ == Clock::layout;
  if (is_written) {
    if (cell.type() != Cell::Type::text) return false;
    time = clock_ == Clock::layout ? layout_->parse(cell.text(), zone) : parse_rfc3339(cell.text());
  } else if (cell.type() == Cell::Type::integer) {
    time = from_units(cell.integer(), 0, units_per_second(clock_));
  } else if (cell.type() == Cell::Type::real) {
    time = from_real(cell.real(), units_per_second(clock_));
  } else if (is_text(cell)) {
    time = from_units(cell.text(), units_per_second(clock_));
  }
  if (time) cell = Cell::timestamp(*time);
  return time.has_value();
}

std::vector<FieldTypes::Resolved> FieldTypes::resolve(const Schema& schema,
                                                      Diagnostics* diagnostics) const {
  std::vector<Resolved> all;
  for (const Entry& entry : entries) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(entry.field.text, mistake);
    std::optional<FieldReference> field;
    if (syntax && is_field_path(*syntax)) {
      field = resolve_field(*syntax, schema, mistake);
    } else if (syntax) {
      mistake = {"a field is named here, such as status or http.status", {}, syntax->range};
    }
    if (field && field->name.empty()) {
      field.reset();
      mistake = {"'raw' is text", {}, syntax->range};
    }
    if (field && find_meta_field(field->name)) {
      field.reset();
      mistake = {"what is called meta is no field of the text",
                 "a data field of that name is record[\"meta\"]", syntax->range};
    }
    if (field) {
      const bool is_new = std::none_of(all.begin(), all.end(), [&](const Resolved& other) {
        return other.field == field->name;
      });
      if (is_new) {
        all.push_back({field->name, entry.type});
        continue;
      }
      mistake = {"this field has a type already", {}, syntax->range};
    }
    if (diagnostics != nullptr) entry.field.report(mistake, "expression.invalid", *diagnostics);
  }
  return all;
}

bool OptionType<FieldTypes>::parse(const Value& value, FieldTypes& to, std::string& why) {
  if (value.kind() != Value::Kind::map) {
    why = "expected a map of fields and types, such as {status: int}";
    return false;
  }
  to.entries.clear();
  for (const auto& entry : value.entries()) {
    if (entry.value.kind() != Value::Kind::scalar) {
      why = "expected a type for '" + entry.key + "', such as int";
      return false;
    }
    std::optional<CellType> type = CellType::parse(entry.value.text(), why);
    if (!type) return false;
    to.entries.push_back(
        {ExpressionText(Value::scalar(entry.key, entry.key_mark)), std::move(*type)});
  }
  return true;
}

std::string OptionType<FieldTypes>::print(const FieldTypes& value) {
  std::string all;
  for (const FieldTypes::Entry& entry : value.entries) {
    all += (all.empty() ? "" : ", ") + entry.field.text + ": " + entry.type.text();
  }
  return all.empty() ? all : "{" + all + "}";
}

}  // namespace sluice
