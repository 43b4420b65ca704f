#include "stages/support/access_log_parser.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/data/scan.h"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 11> names{"client", "ident",    "user",     "time",
                                                 "method", "path",     "protocol", "status",
                                                 "bytes",  "referrer", "agent"};
constexpr std::size_t common_count = 9;

/// The first quotes of a line and the backslashes between them. A line with more than fit is read
/// bit by bit.
class Quotes {
 public:
  explicit Quotes(std::string_view text) : text_(text) { refill(0); }

  /// The position of the next quote that no backslash stands in front of, or npos.
  std::size_t next() {
    while (true) {
      if (at_ == count_) {
        if (count_ < positions_.size()) return npos;
        refill(positions_[count_ - 1] + 1);
        if (count_ == 0) return npos;
      }
      const std::size_t position = base_ + positions_[at_++];
      if (text_[position] == '"') {
        if (position != escaped_) return position;
      } else if (position != escaped_) {
        escaped_ = position + 1;
      }
    }
  }

 private:
  void refill(std::size_t offset) {
    base_ += offset;
    count_ = find_either(text_.substr(base_), '"', '\\', positions_);
    at_ = 0;
  }

  std::string_view text_;
  std::size_t base_ = 0;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  std::size_t escaped_ = npos;  ///< The byte that the last backslash takes its meaning from.
  std::array<std::uint32_t, 16> positions_;
};

constexpr std::string_view unclosed = "an unclosed quote";

}  // namespace

std::vector<Field> access_log_fields(AccessLogFormat format) {
  const std::size_t count = format == AccessLogFormat::common ? common_count : names.size();
  std::vector<Field> fields;
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_number = names[i] == "status" || names[i] == "bytes";
    const FieldType type = is_number            ? FieldType::integer
                           : names[i] == "time" ? FieldType::timestamp
                                                : FieldType::text;
    fields.push_back({std::string(names[i]), type});
  }
  return fields;
}

AccessLogParser::AccessLogParser(AccessLogFormat format, const std::vector<std::string>& wanted)
    : format_(format), columns_of_(name_count, not_wanted) {
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const auto found = std::find(names.begin(), names.end(), wanted[i]);
    columns_of_[static_cast<std::size_t>(found - names.begin())] = i;
  }
  wants_front_ = wants(client) || wants(ident) || wants(user) || wants(time);
  wants_request_ = wants(method) || wants(path) || wants(protocol);
}

void AccessLogParser::put(Name name, std::size_t row, std::string_view value) const noexcept {
  if (!wants(name)) return;
  set(columns_of_[name], row, value == "-" ? Cell::null() : Cell::text(value));
}

bool AccessLogParser::put_number(Name name, std::size_t row,
                                 std::string_view value) const noexcept {
  if (value == "-") {
    if (wants(name)) set(columns_of_[name], row, Cell::null());
    return true;
  }
  std::uint64_t number = 0;
  constexpr std::size_t safe_digits = 18;
  if (value.empty() || value.size() > safe_digits) return false;
  for (const char c : value) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return false;
    number = number * 10 + digit;
  }
  if (wants(name)) set(columns_of_[name], row, Cell::integer(static_cast<std::int64_t>(number)));
  return true;
}

ParseProblem AccessLogParser::parse(std::string_view text, std::size_t row, TextArena& /*arena*/) {
  Quotes quotes(text);
  const std::size_t open = quotes.next();
  if (open == npos) return {"no quoted request", text.size()};
  const std::size_t close = quotes.next();
  if (close == npos) return {unclosed, open};
  if (const ParseProblem problem = parse_front(text, open, row)) return problem;
  if (wants_request_) parse_request(text.substr(open + 1, close - open - 1), row);
  if (const ParseProblem problem = parse_numbers(text, close + 1, row)) return problem;

  Name name = referrer;
  std::size_t quoted = 0;
  for (std::size_t begin = quotes.next(); begin != npos; begin = quotes.next()) {
    const std::size_t end = quotes.next();
    if (end == npos) return {unclosed, begin};
    ++quoted;
    if (format_ == AccessLogFormat::common || name > agent) continue;
    put(name, row, text.substr(begin + 1, end - begin - 1));
    name = static_cast<Name>(name + 1);
  }
  if (format_ == AccessLogFormat::combined && quoted < 2) {
    return {quoted == 0 ? "no quoted referrer" : "no quoted agent", text.size()};
  }
  return {};
}

/// `CLIENT IDENT USER [TIME] ` in front of the quote. A user's name may hold blanks.
ParseProblem AccessLogParser::parse_front(std::string_view text, std::size_t quote,
                                          std::size_t row) {
  if (quote < 2 || text[quote - 1] != ' ' || text[quote - 2] != ']') {
    return {"no [time] in front of the request", quote};
  }
  if (!wants_front_) return {};
  const std::string_view front = text.substr(0, quote - 2);
  const std::size_t bracket = front.rfind('[');
  if (bracket == npos || bracket < 2 || front[bracket - 1] != ' ') {
    return {"no [time] in front of the request", quote};
  }
  if (wants(time)) {
    const std::optional<Timestamp> read = time_.read(front.substr(bracket + 1));
    if (!read) return {"the time is none, as in 10/Oct/2000:13:55:36 -0700", bracket + 1};
    set(columns_of_[time], row, Cell::timestamp(*read));
  }
  const std::string_view who = front.substr(0, bracket - 1);
  const std::size_t first = who.find(' ');
  const std::size_t second = first == npos ? npos : who.find(' ', first + 1);
  if (second == npos) return {"no client, ident and user in front of the time", bracket};
  put(client, row, who.substr(0, first));
  put(ident, row, who.substr(first + 1, second - first - 1));
  put(user, row, who.substr(second + 1));
  return {};
}

/// `METHOD PATH PROTOCOL`. What is no such thing (a scanner's garbage) is all path.
void AccessLogParser::parse_request(std::string_view request, std::size_t row) const {
  const std::size_t first = request.find(' ');
  const std::size_t last = request.rfind(' ');
  if (first == npos) {
    put(path, row, request);
    return;
  }
  put(method, row, request.substr(0, first));
  if (first == last) {
    put(path, row, request.substr(first + 1));
    return;
  }
  put(path, row, request.substr(first + 1, last - first - 1));
  put(protocol, row, request.substr(last + 1));
}

/// ` STATUS BYTES` behind the request.
ParseProblem AccessLogParser::parse_numbers(std::string_view text, std::size_t from,
                                            std::size_t row) const {
  if (from >= text.size() || text[from] != ' ') return {"no status behind the request", from};
  const std::size_t begin = from + 1;
  std::size_t middle = begin;
  while (middle < text.size() && text[middle] != ' ') ++middle;
  if (!put_number(status, row, text.substr(begin, middle - begin))) {
    return {"the status is no number", begin};
  }
  if (middle == text.size()) return {"no size behind the status", middle};
  std::size_t end = middle + 1;
  while (end < text.size() && text[end] != ' ') ++end;
  if (!put_number(bytes, row, text.substr(middle + 1, end - middle - 1))) {
    return {"the size is no number", middle + 1};
  }
  return {};
}

std::optional<RecordFormat> bind_access_log(const FormatOptions& options,
                                            FormatMistake& /*mistake*/) {
  const AccessLogFormat kind =
      options.format == "common" ? AccessLogFormat::common : AccessLogFormat::combined;
  RecordFormat format;
  format.schema.fields = access_log_fields(kind);
  format.text_of = [](std::string_view field) {
    return field == "time" ? FieldText::derived : FieldText::plain;
  };
  format.make_parser = [kind](const std::vector<std::string>& wanted) {
    return std::make_unique<AccessLogParser>(kind, wanted);
  };
  return format;
}

}  // namespace sluice
