#include "config/source_text.h"

#include <algorithm>

#include "engine/base/utf8.h"

namespace sluice {

std::string_view rest_of_line(std::string_view text, std::size_t from) {
  text.remove_prefix(std::min(from, text.size()));
  return text.substr(0, text.find_first_of("\r\n"));
}

bool is_behind(Mark mark, std::string_view text) {
  for (; mark.line > 1; --mark.line) {
    const std::size_t end = text.find_first_of("\n\r");
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
  while (mark.column-- > 1 && !text.empty()) {
    text.remove_prefix(std::max<std::size_t>(1, utf8_length(text)));
  }
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

char end_sign(std::string_view text, std::size_t end) {
  const std::string_view rest = rest_of_line(text, end);
  const std::size_t next = rest.find_first_not_of(" \t");
  if (next == std::string_view::npos) return '\0';
  const char sign = rest[next];
  return sign == '#' || sign == ',' || sign == '}' ? sign : '\0';
}

std::vector<TextPart> places_of(const std::vector<WrittenPart>& parts, std::string_view text,
                                std::size_t from, Mark place) {
  std::vector<TextPart> places;
  for (const WrittenPart& part : parts) {
    if (part.source < from) return {};
    for (std::size_t length = 0; from < part.source; from += length) {
      const std::string_view rest = text.substr(from);
      length = std::max<std::size_t>(1, utf8_length(rest));
      const bool is_end =
          rest.front() == '\n' || (rest.front() == '\r' && rest.substr(0, 2) != "\r\n");
      place.line += is_end ? 1 : 0;
      place.column = is_end ? 1 : place.column + 1;
    }
    places.push_back({static_cast<std::uint32_t>(part.content), place.line, place.column});
  }
  return places;
}

}  // namespace sluice
