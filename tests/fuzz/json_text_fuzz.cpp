// What walks over JSON without parsing it, on any bytes: that it stays within them and comes to an
// end; and that of valid JSON what is left is valid and has the fields that it had.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/buffer_pool.h"
#include "engine/data/compare.h"
#include "stages/support/json_elements.h"
#include "stages/support/json_members.h"
#include "stages/support/json_parser.h"

namespace {

using namespace sluice;

const std::vector<std::string> fields{"a", "b", "b.c", "d\\.e", "level"};

struct Parsed {
  std::string text;  ///< What its cells refer to.
  TextArena arena;
  std::vector<Cell> cells;
  bool is_valid = false;

  explicit Parsed(std::string_view record) : text(record), cells(fields.size()) {
    const std::size_t length = text.size();
    text.append(Buffer::slack, '\0');
    JsonParser parser(fields);
    std::vector<Cell*> places;
    for (Cell& cell : cells) places.push_back(&cell);
    parser.set_columns(std::move(places));
    is_valid = !parser.parse({text.data(), length}, 0, arena);
  }
};

void require(bool holds) {
  if (!holds) std::abort();
}

/// Bytes of their own, so that AddressSanitizer sees a read beyond them.
std::vector<char> exact(std::string_view text) { return {text.begin(), text.end()}; }

void check_members(std::string_view text, const Parsed& whole) {
  for (std::size_t removed = 0; removed <= fields.size(); ++removed) {
    std::vector<std::string> names;
    if (removed < fields.size()) names.push_back(fields[removed]);
    std::string left = "{";
    JsonMembers(names).append(text, left);
    left += '}';
    if (!whole.is_valid) continue;
    const Parsed rest(left);
    require(rest.is_valid);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const bool is_gone =
          removed < fields.size() && (i == removed || fields[i].starts_with(fields[removed] + "."));
      // A field that lost a part of its own is written otherwise.
      const bool is_less = removed < fields.size() && fields[removed].starts_with(fields[i] + ".");
      if (is_gone) {
        require(rest.cells[i].is_missing());
      } else if (!is_less) {
        require(order(rest.cells[i], whole.cells[i]) == std::strong_ordering::equal);
      }
    }
  }
}

void check_elements(std::string_view text, const Parsed& whole) {
  std::vector<std::string_view> elements;
  split_json_array(text, elements);
  for (const std::string_view element : elements) {
    require(!element.empty() && element.data() >= text.data() &&
            element.data() + element.size() <= text.data() + text.size());
  }
  const Cell& list = whole.cells.front();
  if (!whole.is_valid || list.type() != Cell::Type::json || list.text().front() != '[') return;
  require(split_json_array(list.text(), elements));
  for (const std::string_view element : elements) {
    require(Parsed("{\"a\":" + std::string(element) + "}").is_valid);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<char> bytes = exact({reinterpret_cast<const char*>(data), size});
  const std::string_view text(bytes.data(), bytes.size());
  const Parsed whole(text);
  check_members(text, whole);
  check_elements(text, whole);
  return 0;
}
