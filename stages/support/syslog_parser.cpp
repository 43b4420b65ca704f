#include "stages/support/syslog_parser.h"

#include <algorithm>
#include <cstring>

#include "engine/base/json_text.h"
#include "engine/stage/field_path.h"
#include "stages/support/escaped_text.h"
#include "stages/support/time_layout.h"

namespace sluice {
namespace {

constexpr std::size_t not_wanted = ~std::size_t{0};
/// Structured data of more parameters is refused: finding those that occur twice takes the square.
constexpr std::size_t most_parameters = 512;

constexpr std::array<std::string_view, SyslogParser::name_count> names{
    "priority", "facility", "severity", "severity_number", "timestamp", "host",
    "app",      "pid",      "msgid",    "message",         "data"};

constexpr std::array<FieldType, SyslogParser::name_count> types{
    FieldType::integer,   FieldType::text, FieldType::text, FieldType::integer,
    FieldType::timestamp, FieldType::text, FieldType::text, FieldType::text,
    FieldType::text,      FieldType::text, FieldType::any};

/// RFC 5424, section 6.2.1; the names are those of syslog.h and of RFC 5427.
constexpr std::array<std::string_view, 24> facilities{
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
    "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> severities{"emerg",   "alert",  "crit", "err",
                                                     "warning", "notice", "info", "debug"};

/// `Mmm dd hh:mm:ss`, with a fraction perhaps. `has_year`: `Mmm dd yyyy hh:mm:ss`.
bool take_old_time(TextCursor& cursor, CivilTime& time, bool& has_year) noexcept {
  time.month = month_of(cursor.rest());
  if (time.month == 0) return false;
  cursor.move_to(cursor.position() + 3);
  if (!cursor.take(' ')) return false;
  cursor.take(' ');
  if (!cursor.take_digits(1, 2, time.day) || !cursor.take(' ')) return false;
  const std::size_t behind_day = cursor.position();
  has_year = cursor.take_digits(4, 4, time.year) && cursor.take(' ');
  if (!has_year) cursor.move_to(behind_day);
  if (!cursor.take_digits(2, 2, time.hour) || !cursor.take(':') ||
      !cursor.take_digits(2, 2, time.minute) || !cursor.take(':') ||
      !cursor.take_digits(2, 2, time.second)) {
    return false;
  }
  if (cursor.next() != '.') return true;
  const std::size_t point = cursor.position();
  cursor.move_to(point + 1);
  int digits = 0;
  if (!cursor.take_digits(1, 9, digits)) return false;
  time.nanoseconds = static_cast<std::uint32_t>(digits);
  for (std::size_t i = cursor.position() - point - 1; i < 9; ++i) time.nanoseconds *= 10;
  return true;
}

/// Letters, digits and marks that name a program; a blank, a colon or a bracket ends it.
std::string_view take_tag(TextCursor& cursor) noexcept {
  const std::size_t begin = cursor.position();
  const std::string_view rest = cursor.rest();
  const std::size_t size = std::min(rest.find_first_of(" :["), rest.size());
  cursor.move_to(begin + size);
  return rest.substr(0, size);
}

/// SD-NAME of RFC 5424, section 6.3.2: printable ASCII without `=`, blank, `]` and `"`.
std::string_view take_data_name(TextCursor& cursor) noexcept {
  const std::size_t begin = cursor.position();
  const std::string_view rest = cursor.rest();
  std::size_t size = 0;
  while (size < rest.size()) {
    const char c = rest[size];
    if (c <= ' ' || c > '~' || c == '=' || c == ']' || c == '"') break;
    ++size;
  }
  cursor.move_to(begin + size);
  return rest.substr(0, size);
}

}  // namespace

std::optional<Timestamp> SyslogTime::at(CivilTime civil, bool has_year) {
  // A leap second is the last one of its minute once more.
  if (civil.second == 60) civil.second = 59;
  if (has_year) return zone.at(civil);
  if (year) {
    civil.year = *year;
    return zone.at(civil);
  }
  constexpr std::int64_t day_seconds = 86'400;
  constexpr int years_back = 8;  // Between two leap days there may be as many.
  const int latest = zone.year_at({now + day_seconds, 0});
  for (civil.year = latest; civil.year >= latest - years_back; --civil.year) {
    const std::optional<Timestamp> time = zone.at(civil);
    if (time && time->seconds <= now + day_seconds) return time;
  }
  return std::nullopt;
}

SyslogParser::SyslogParser(SyslogTime time, const std::vector<std::string>& wanted)
    : time_(std::move(time)) {
  field_of_.fill(not_wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), wanted[i]);
    if (found != names.end()) {
      field_of_[static_cast<std::size_t>(found - names.begin())] = i;
      continue;
    }
    const std::vector<std::string> keys = split_field(wanted[i]);
    if (keys.size() > 3) continue;  // Parameters have no fields of their own.
    wanted_data_.push_back({i, keys[1], keys.size() == 3 ? keys[2] : std::string()});
  }
  wants_data_ = field_of_[data] != not_wanted || !wanted_data_.empty();
}

void SyslogParser::put(Name name, std::size_t row, Cell cell) const noexcept {
  if (field_of_[name] != not_wanted) set(field_of_[name], row, cell);
}

void SyslogParser::put_text(Name name, std::size_t row, std::string_view text) const noexcept {
  put(name, row, text == "-" ? Cell::null() : Cell::text(text));
}

void SyslogParser::put_priority(std::size_t row, unsigned value) const noexcept {
  put(priority, row, Cell::integer(value));
  put(facility, row, Cell::text(facilities[value / 8]));
  put(severity, row, Cell::text(severities[value % 8]));
  put(severity_number, row, Cell::integer(value % 8));
}

std::string_view SyslogParser::without_trailer(std::string_view text) noexcept {
  const std::size_t last = text.find_last_not_of(std::string_view("\r\n\0", 3));
  return text.substr(0, last + 1);  // npos + 1 is 0.
}

ParseProblem SyslogParser::parse(std::string_view text, std::size_t row, TextArena& arena) {
  for (const std::size_t field : field_of_) {
    if (field != not_wanted) set(field, row, Cell::null());
  }
  TextCursor cursor(without_trailer(text));
  if (!cursor.take('<')) return parse_old(cursor, row);
  int value = 0;
  constexpr int largest = 191;
  if (!cursor.take_digits(1, 3, value) || value > largest || !cursor.take('>')) {
    return {"a priority that is none", 0};
  }
  put_priority(row, static_cast<unsigned>(value));
  int version = 0;
  TextCursor ahead = cursor;
  if (ahead.take_digits(1, 3, version) && ahead.take(' ')) {
    if (version != 1) return {"an unknown version of syslog", cursor.position()};
    return parse_modern(ahead, row, arena);
  }
  return parse_old(cursor, row);
}

ParseProblem SyslogParser::parse_modern(TextCursor cursor, std::size_t row, TextArena& arena) {
  const std::size_t begin = cursor.position();
  const std::string_view time = cursor.take_until(' ');
  if (time != "-") {
    const std::optional<Timestamp> parsed = parse_rfc3339(time);
    if (!parsed || time.find(' ') != std::string_view::npos) {
      return {"a timestamp that is none", begin};
    }
    put(timestamp, row, Cell::timestamp(*parsed));
  }
  for (const Name name : {host, app, pid, msgid}) {
    const std::size_t blank = cursor.position();
    if (!cursor.take(' ')) return {"fewer fields than a syslog header has", blank};
    const std::string_view value = cursor.take_until(' ');
    if (value.empty()) return {"an empty field in a syslog header", blank + 1};
    put_text(name, row, value);
  }
  if (!cursor.take(' ')) return {"no structured data", cursor.position()};
  if (const ParseProblem problem = parse_data(cursor, row, arena)) return problem;
  if (cursor.at_end()) return {};
  if (!cursor.take(' ')) return {"no blank behind the structured data", cursor.position()};
  cursor.take("\xEF\xBB\xBF");
  put(message, row, Cell::text(cursor.rest()));
  return {};
}

ParseProblem SyslogParser::parse_data(TextCursor& cursor, std::size_t row, TextArena& arena) {
  if (cursor.take('-')) return {};
  if (cursor.next() != '[') return {"no structured data", cursor.position()};
  parameters_.clear();
  while (cursor.take('[')) {
    if (const ParseProblem problem = parse_element(cursor, arena)) return problem;
  }
  if (wants_data_) put_data(row, arena);
  return {};
}

/// `ID NAME="VALUE" ...]`.
ParseProblem SyslogParser::parse_element(TextCursor& cursor, TextArena& arena) {
  const std::string_view element = take_data_name(cursor);
  if (element.empty()) return {"structured data without a name", cursor.position()};
  parameters_.push_back({element, {}, {}});
  while (cursor.take(' ')) {
    const std::string_view name = take_data_name(cursor);
    if (name.empty() || !cursor.take("=\"")) {
      return {"a parameter of structured data without a value", cursor.position()};
    }
    const std::size_t open = cursor.position();
    const std::string_view rest = cursor.rest();
    std::size_t size = 0;
    bool has_escapes = false;
    while (size < rest.size() && rest[size] != '"') {
      const bool is_escape = rest[size] == '\\';
      has_escapes = has_escapes || is_escape;
      size += is_escape ? 2 : 1;
    }
    if (size >= rest.size()) return {"an unclosed quote", open - 1};
    cursor.move_to(open + size + 1);
    if (parameters_.size() >= most_parameters) return {"too much structured data", open};
    if (!wants_data_) continue;
    std::string_view value = rest.substr(0, size);
    if (has_escapes) value = unescape_only(value, "\"\\]", arena);
    parameters_.push_back({element, name, value});
  }
  if (!cursor.take(']')) return {"structured data without an end", cursor.position()};
  if (parameters_.size() >= most_parameters) return {"too much structured data", cursor.position()};
  return {};
}

void SyslogParser::put_data(std::size_t row, TextArena& arena) {
  for (const WantedData& wanted : wanted_data_) {
    for (const Parameter& parameter : parameters_) {
      if (parameter.element != wanted.element) continue;
      if (!wanted.name.empty() && parameter.name == wanted.name) {
        set(wanted.field, row, Cell::text(parameter.value));
      } else if (wanted.name.empty() && parameter.name.empty()) {
        set(wanted.field, row, data_cell(wanted.element, arena));
      }
    }
  }
  put(data, row, data_cell({}, arena));
}

/// What `element` holds, or all elements, as a JSON object.
Cell SyslogParser::data_cell(std::string_view element, TextArena& arena) {
  json_ = "{";
  const auto last_of = [this](std::size_t number) {
    const Parameter& one = parameters_[number];
    return std::none_of(
        parameters_.begin() + static_cast<std::ptrdiff_t>(number) + 1, parameters_.end(),
        [&](const Parameter& p) { return p.element == one.element && p.name == one.name; });
  };
  const auto append_parameters = [&](std::string_view of) {
    bool is_first = true;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      const Parameter& one = parameters_[i];
      if (one.element != of || one.name.empty() || !last_of(i)) continue;
      if (!is_first) json_ += ',';
      is_first = false;
      append_json_quoted(json_, one.name);
      json_ += ':';
      append_json_quoted(json_, one.value);
    }
  };
  if (!element.empty()) {
    append_parameters(element);
  } else {
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      if (!parameters_[i].name.empty() || !last_of(i)) continue;
      if (json_.size() > 1) json_ += ',';
      append_json_quoted(json_, parameters_[i].element);
      json_ += ":{";
      append_parameters(parameters_[i].element);
      json_ += '}';
    }
  }
  json_ += '}';
  char* copy = arena.allocate(json_.size());
  std::memcpy(copy, json_.data(), json_.size());
  return Cell::json({copy, json_.size()});
}

ParseProblem SyslogParser::parse_old(TextCursor cursor, std::size_t row) {
  const std::size_t begin = cursor.position();
  std::optional<Timestamp> time;
  if (cursor.next() >= '0' && cursor.next() <= '9') {
    time = parse_rfc3339(cursor.take_until(' '));
  } else {
    CivilTime civil;
    bool has_year = false;
    if (!take_old_time(cursor, civil, has_year)) return {"no timestamp", begin};
    time = time_.at(civil, has_year);
  }
  if (!time || !time->is_valid()) return {"a timestamp that is none", begin};
  put(timestamp, row, Cell::timestamp(*time));
  if (!cursor.take(' ')) return {"no host behind the timestamp", cursor.position()};
  const std::string_view host_name = cursor.take_until(' ');
  if (host_name.empty()) return {"no host behind the timestamp", cursor.position()};
  put_text(host, row, host_name);
  cursor.take(' ');

  TextCursor ahead = cursor;
  const std::string_view tag = take_tag(ahead);
  std::string_view process;
  bool has_tag = !tag.empty();
  if (has_tag && ahead.take('[')) {
    process = ahead.take_until(']');
    has_tag = ahead.take(']');
  }
  if (has_tag && ahead.take(':')) {
    put(app, row, Cell::text(tag));
    if (!process.empty()) put(pid, row, Cell::text(process));
    ahead.take(' ');
    cursor = ahead;
  }
  put(message, row, Cell::text(cursor.rest()));
  return {};
}

std::optional<RecordFormat> bind_syslog(const FormatOptions& options, FormatMistake& mistake) {
  SyslogTime time;
  time.now = options.now;
  if (options.year) {
    if (*options.year < 1 || *options.year > 9999) {
      mistake = {"year", "option 'year': must be from 1 to 9999", {}};
      return std::nullopt;
    }
    time.year = static_cast<int>(*options.year);
  }
  const std::optional<LocalZone> zone = find_zone(options, mistake);
  if (!zone) return std::nullopt;
  time.zone = *zone;
  RecordFormat format;
  for (std::size_t i = 0; i < names.size(); ++i) {
    format.schema.fields.push_back({std::string(names[i]), types[i], i == SyslogParser::data});
  }
  format.text_of = [](std::string_view field) {
    constexpr std::array<std::string_view, 5> written{"host", "app", "pid", "msgid", "message"};
    if (std::find(written.begin(), written.end(), field) != written.end()) return FieldText::plain;
    return field.starts_with("data.") && split_field(field).size() == 3 ? FieldText::quoted
                                                                        : FieldText::derived;
  };
  format.make_parser = [time](const std::vector<std::string>& wanted) {
    return std::make_unique<SyslogParser>(time, wanted);
  };
  return format;
}

}  // namespace sluice
