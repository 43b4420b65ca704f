#include "stages/support/json_elements.h"

#include <cstddef>

#include "stages/support/json_cursor.h"

namespace sluice {

bool split_json_array(std::string_view array, std::vector<std::string_view>& elements) {
  elements.clear();
  JsonCursor cursor(array);
  if (!cursor.take('[')) return false;
  if (cursor.take(']')) return true;
  do {
    cursor.peek();  // Blanks are no part of it.
    const std::size_t begin = cursor.at();
    cursor.skip_value();
    const std::string_view element = cursor.from(begin);
    if (element.empty()) return false;
    elements.push_back(element);
  } while (cursor.take(','));
  return cursor.take(']');
}

}  // namespace sluice
