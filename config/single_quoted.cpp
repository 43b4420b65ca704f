#include "config/single_quoted.h"

#include <algorithm>
#include <cstddef>

namespace sluice {
namespace {

constexpr std::string_view blanks = " \t";

/// Takes the line ends at the beginning of `rest`, with the blanks around them, and counts them.
std::size_t take_line_ends(std::string_view& rest) {
  std::size_t count = 0;
  while (!rest.empty() && (rest.front() == '\n' || rest.front() == '\r')) {
    rest.remove_prefix(rest.substr(0, 2) == "\r\n" ? 2 : 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(blanks), rest.size()));
    ++count;
  }
  return count;
}

}  // namespace

std::string single_quoted_content(std::string_view written, std::vector<WrittenPart>& parts) {
  const std::size_t size = written.size();
  std::string content;
  while (!written.empty()) {
    const std::size_t length = std::min(written.find_first_of("'\n\r"), written.size());
    parts.push_back({content.size(), size - written.size()});
    content += written.substr(0, length);
    written.remove_prefix(length);
    if (written.substr(0, 1) == "'") {
      content += '\'';
      written.remove_prefix(written.substr(0, 2) == "''" ? 2 : 1);
      continue;
    }
    const std::size_t line_ends = take_line_ends(written);
    if (line_ends == 0) continue;
    content.erase(content.find_last_not_of(blanks) + 1);
    if (line_ends == 1) content += ' ';
    content.append(line_ends - 1, '\n');
  }
  return content;
}

}  // namespace sluice
