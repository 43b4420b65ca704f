#include "tools/benchmark/floor_converters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <vector>

#include "engine/data/scan.h"
#include "tools/benchmark/floor_text.h"

namespace sluice::bench {
namespace {

void keep_server_errors(std::string_view lines, std::string& out) {
  for_each_line(lines, [&](std::string_view line) {
    const std::size_t open = line.find('"');
    const std::size_t close = open == npos ? npos : line.find('"', open + 1);
    if (close == npos || close + 2 >= line.size() || line[close + 2] < '5') return;
    out.append(line.data(), line.size() + 1);
  });
}

void project(std::string_view line, std::string& out) {
  const std::string_view time = take_value(line, R"("time":")", '"');
  const std::string_view service = take_value(line, R"("service":")", '"');
  const std::string_view message = take_text(line, R"("message":")");
  const std::string_view duration = take_value(line, R"("duration_ms":)", ',');
  out.append(R"({"time":")").append(time).append(R"(","service":")").append(service);
  out.append(R"(","duration_ms":)").append(duration).append(R"(,"message":")").append(message);
  out.append("\"}\n");
}

void project_all(std::string_view lines, std::string& out) {
  for_each_line(lines, [&](std::string_view line) { project(line, out); });
}

void project_errors(std::string_view lines, std::string& out) {
  constexpr std::string_view wanted = R"("level":"ERROR")";
  while (true) {
    const void* const found = memmem(lines.data(), lines.size(), wanted.data(), wanted.size());
    if (found == nullptr) return;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - lines.data());
    const std::size_t before = lines.substr(0, at).rfind('\n');
    lines.remove_prefix(before == npos ? 0 : before + 1);
    project(take_until(lines, '\n'), out);
  }
}

bool is_word(char byte) {
  return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
         byte == '_';
}

/// The length of the address that `text` begins with; 0: none.
std::size_t ipv4_length(std::string_view text) {
  std::size_t at = 0;
  for (unsigned part = 0; part < 4; ++part) {
    unsigned value = 0;
    const std::size_t first = at;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9' && at - first < 4; ++at) {
      value = value * 10 + static_cast<unsigned>(text[at] - '0');
    }
    if (at == first || value > 255 || (at - first > 1 && text[first] == '0')) return 0;
    if (part < 3 && (at == text.size() || text[at++] != '.')) return 0;
  }
  if (at < text.size() && is_word(text[at])) return 0;
  if (at + 1 < text.size() && text[at] == '.' && text[at + 1] >= '0' && text[at + 1] <= '9')
    return 0;
  return at;
}

bool is_email(char byte) { return is_word(byte) || std::strchr(".%+-", byte) != nullptr; }

/// From dot to dot and at to at: an address has one or the other.
void redact(std::string_view lines, std::string& out) {
  std::size_t done = 0;
  std::vector<std::uint32_t> positions(lines.size());
  positions.resize(find_either(lines, '.', '@', positions));
  for (const std::size_t at : positions) {
    if (at < done) continue;
    const bool is_at = lines[at] == '@';
    std::size_t from = at;
    while (from > done &&
           (is_at ? is_email(lines[from - 1]) : lines[from - 1] >= '0' && lines[from - 1] <= '9')) {
      --from;
    }
    std::size_t length = 0;
    if (is_at) {
      std::size_t end = at + 1;
      while (end < lines.size() &&
             (is_word(lines[end]) || lines[end] == '.' || lines[end] == '-')) {
        ++end;
      }
      length = end > at + 3 && from < at ? end - from : 0;
    } else if (from < at && (from == 0 || (!is_word(lines[from - 1]) && lines[from - 1] != '.'))) {
      length = ipv4_length(lines.substr(from));
    }
    if (length == 0) continue;
    out.append(lines.substr(done, from - done)).append(is_at ? "[email]" : "[ipv4]");
    done = from + length;
  }
  out.append(lines.substr(done));
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char byte : text) {
    if (byte == '"' || byte == '\\') out += '\\';
    out += byte;
  }
  out += '"';
}

void append_nullable(std::string& out, std::string_view key, std::string_view text) {
  out.append(key);
  if (text == "-") {
    out += "null";
  } else {
    append_quoted(out, text);
  }
}

/// [ID NAME="VALUE" ...]...: escapes are those of JSON, but for `\]`.
void append_data(std::string& out, std::string_view& rest) {
  if (rest.front() == '-') {
    rest.remove_prefix(2);
    out += "null";
    return;
  }
  out += '{';
  for (bool is_first = true; rest.front() == '['; is_first = false) {
    rest.remove_prefix(1);
    if (!is_first) out += ',';
    append_quoted(out, take_until(rest, ' '));
    out += ":{";
    while (rest.front() != ']') {
      append_quoted(out, take_until(rest, '='));
      out += ":\"";
      for (rest.remove_prefix(1); rest.front() != '"'; rest.remove_prefix(1)) {
        const bool is_bracket = rest.front() == '\\' && rest[1] == ']';
        if (!is_bracket) out += rest.front();
        if (rest.front() == '\\' && !is_bracket) {
          rest.remove_prefix(1);
          out += rest.front();
        }
      }
      out += '"';
      rest.remove_prefix(1);
      if (rest.front() != ' ') continue;
      rest.remove_prefix(1);
      out += ',';
    }
    rest.remove_prefix(1);
    out += '}';
  }
  rest.remove_prefix(1);
  out += '}';
}

void write_system_record(std::string_view line, std::string& out) {
  constexpr std::array<std::string_view, 24> facilities{
      "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",     "news",
      "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "security", "console", "solaris-cron",
      "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",  "local7"};
  constexpr std::array<std::string_view, 8> severities{"emerg",   "alert",  "crit", "err",
                                                       "warning", "notice", "info", "debug"};
  line.remove_prefix(1);
  const std::string_view digits = take_until(line, '>');
  unsigned priority = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), priority);
  line.remove_prefix(2);
  out.append(R"({"priority":)").append(digits);
  out.append(R"(,"facility":")").append(facilities[priority / 8 % 24]);
  out.append(R"(","severity":")").append(severities[priority % 8]);
  out.append(R"(","severity_number":)").append(std::to_string(priority % 8));
  std::string_view time = take_until(line, ' ');
  out.append(R"(,"timestamp":")");
  if (time.ends_with(".000Z")) {
    out.append(time.substr(0, time.size() - 5)).append("Z\"");
  } else {
    out.append(time).append("\"");
  }
  append_nullable(out, R"(,"host":)", take_until(line, ' '));
  append_nullable(out, R"(,"app":)", take_until(line, ' '));
  append_nullable(out, R"(,"pid":)", take_until(line, ' '));
  append_nullable(out, R"(,"msgid":)", take_until(line, ' '));
  std::string data;
  append_data(data, line);
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  out.append(R"(,"message":)");
  append_quoted(out, line);
  out.append(R"(,"data":)").append(data).append("}\n");
}

void write_system_records(std::string_view lines, std::string& out) {
  for_each_line(lines, [&](std::string_view line) { write_system_record(line, out); });
}

}  // namespace

Converter converter_for(Question question) {
  switch (question) {
    case Question::server_errors:
      return keep_server_errors;
    case Question::error_fields:
      return project_errors;
    case Question::fields:
      return project_all;
    case Question::redact:
      return redact;
    case Question::system_json:
      return write_system_records;
    default:
      return nullptr;
  }
}

}  // namespace sluice::bench
