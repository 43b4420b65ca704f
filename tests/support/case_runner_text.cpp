#include "tests/support/case_runner_text.h"

#include <algorithm>
#include <charconv>

#include "engine/base/escape.h"

namespace sluice::cases {
namespace {

constexpr std::size_t longest_shown_line = 200;
constexpr std::size_t most_shown_lines = 12;

/// The byte of "\xHH", or nothing: -1.
int hex_byte(std::string_view digits) {
  int byte = 0;
  if (digits.size() < 2) return -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + 2, byte, 16);
  return error == std::errc{} && end == digits.data() + 2 ? byte : -1;
}

/// Reads "{TEXT*N}" at the front of `rest`; false if it is not that.
bool take_repetition(std::string_view& rest, std::string& out) {
  const std::size_t end = rest.find('}');
  if (rest.empty() || rest.front() != '{' || end == std::string_view::npos) return false;
  const std::string_view inner = rest.substr(1, end - 1);
  const std::size_t star = inner.rfind('*');
  if (star == std::string_view::npos) return false;
  std::size_t times = 0;
  std::from_chars(inner.data() + star + 1, inner.data() + inner.size(), times);
  while (times-- > 0) out += inner.substr(0, star);
  rest.remove_prefix(end + 1);
  return true;
}

char simple_escape(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '\\':
      return '\\';
    default:
      return '\0';
  }
}

/// Reads what follows a backslash; false if it means nothing.
bool take_escape(std::string_view& rest, std::string& out) {
  if (rest.empty()) return false;
  if (const char simple = simple_escape(rest.front()); simple != '\0') {
    out += simple;
    rest.remove_prefix(1);
    return true;
  }
  if (rest.front() == 'x' && hex_byte(rest.substr(1)) >= 0) {
    out += static_cast<char>(hex_byte(rest.substr(1)));
    rest.remove_prefix(3);
    return true;
  }
  return take_repetition(rest, out);
}

void append_lines(std::string& out, char sign, const std::vector<std::string>& lines,
                  std::size_t from, std::size_t to) {
  for (std::size_t i = from; i < to; ++i) {
    if (i - from == most_shown_lines) {
      out += "    " + std::string(1, sign) + " ... and " + std::to_string(to - i) + " more lines\n";
      return;
    }
    out += "    " + std::string(1, sign) + ' ' + escape(lines[i], longest_shown_line) + '\n';
  }
}

}  // namespace

std::string unescaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t backslash = std::min(text.find('\\'), text.size());
    out += text.substr(0, backslash);
    text.remove_prefix(backslash);
    if (text.empty()) break;
    text.remove_prefix(1);
    if (!take_escape(text, out)) out += '\\';
  }
  return out;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const std::string& line : lines_of(text)) {
    out += escape(line, line.size());
    out += '\n';
  }
  if (!out.empty() && text.back() != '\n') out.pop_back();
  return out;
}

bool needs_escapes(std::string_view text) {
  for (const std::string& line : lines_of(text)) {
    const std::string safe = escape(line, line.size());
    if (std::count(safe.begin(), safe.end(), '\\') !=
        2 * std::count(line.begin(), line.end(), '\\')) {
      return true;
    }
  }
  return false;
}

/// With the number of each repetition for `%d`, which is plain text where nothing is repeated.
std::string repeated(std::string_view text, std::size_t times) {
  if (times == 1) return std::string(text);
  std::string out;
  for (std::size_t i = 1; i <= times; ++i) {
    std::string_view rest = text;
    while (!rest.empty()) {
      const std::size_t number = std::min(rest.find("%d"), rest.size());
      out += rest.substr(0, number);
      rest.remove_prefix(number);
      if (rest.empty()) break;
      out += std::to_string(i);
      rest.remove_prefix(2);
    }
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string sorted_lines(std::string_view text) {
  std::vector<std::string> lines = lines_of(text);
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line + '\n';
  return out;
}

std::string difference(const std::string& expected, const std::string& actual) {
  if (expected == actual) return {};
  const std::vector<std::string> before = lines_of(expected);
  const std::vector<std::string> after = lines_of(actual);
  std::size_t first = 0;
  while (first < before.size() && first < after.size() && before[first] == after[first]) ++first;
  std::size_t before_end = before.size();
  std::size_t after_end = after.size();
  while (before_end > first && after_end > first &&
         before[before_end - 1] == after[after_end - 1]) {
    --before_end;
    --after_end;
  }
  if (first == before_end && first == after_end) return "    the line ends at the end differ\n";
  std::string out = "    from line " + std::to_string(first + 1) + ":\n";
  append_lines(out, '-', before, first, before_end);
  append_lines(out, '+', after, first, after_end);
  return out;
}

}  // namespace sluice::cases
