#include "config/stage_reader.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/key_check.h"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 4> reserved_keys{"id", "from", "order", "when_full"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

using MapOptions = std::map<std::string, std::string, std::less<>>;

class StageReader {
 public:
  StageReader(const MapOptions& map_options, Diagnostics& diagnostics)
      : map_options_(map_options), diagnostics_(diagnostics) {}

  std::optional<StageSpec> read(const Value& item);

 private:
  bool read_map(const Value& map);
  /// The entry that names the type: the role key or the first free key. Null if there is none.
  const Entry* find_type(const Value& map);
  bool take_type(const Entry& entry);
  /// Whether the map of a short form is the main option and does not hold the options.
  bool is_main(const Entry& entry) const;
  /// Takes the keys of a short form's map as keys of the stage.
  void take_short_map(const Value& map);
  void take_key(const Entry& entry);
  void read_reserved(const Entry& entry);
  void read_from(const Value& value);
  void read_order(const MarkedText& order);
  std::optional<MarkedText> read_text(const Value& value, std::string_view key);
  void missing_type(Mark mark);

  const MapOptions& map_options_;
  Diagnostics& diagnostics_;
  StageSpec stage_;
  const Value* short_map_ = nullptr;  ///< The map that is the short form's value.
};

std::optional<StageSpec> StageReader::read(const Value& item) {
  stage_.mark = item.mark();
  stage_.options.set_mark(item.mark());
  switch (item.kind()) {
    case Value::Kind::scalar:
      if (item.text().empty()) break;
      stage_.type = {item.text(), item.mark()};
      stage_.role_from_registry = true;
      return std::move(stage_);
    case Value::Kind::map:
      if (!read_map(item)) return std::nullopt;
      return std::move(stage_);
    case Value::Kind::list:
      diagnostics_.add("config.type", item.mark(), "a stage must be a map or a type, not a list");
      return std::nullopt;
    case Value::Kind::null:
      break;
  }
  missing_type(item.mark());
  return std::nullopt;
}

bool StageReader::read_map(const Value& map) {
  const Entry* type = find_type(map);
  if (type == nullptr) {
    missing_type(map.mark());
    return false;
  }
  const bool has_type = take_type(*type);
  for (const Entry& entry : map.entries()) {
    if (&entry == type || parse_role(entry.key)) continue;
    if (short_map_ == nullptr || short_map_->find(entry.key) == nullptr) {
      take_key(entry);
      continue;
    }
    diagnostics_.add(
        "option.duplicate", entry.key_mark,
        "option '" + entry.key + "' is given twice: in the map of the short form and beside it");
  }
  return has_type;
}

bool StageReader::is_main(const Entry& entry) const {
  const auto option = map_options_.find(entry.key);
  return option != map_options_.end() && entry.value.find(option->second) == nullptr;
}

void StageReader::take_short_map(const Value& map) {
  short_map_ = &map;
  for (const Entry& entry : map.entries()) take_key(entry);
}

void StageReader::take_key(const Entry& entry) {
  if (contains(reserved_keys, entry.key)) {
    read_reserved(entry);
  } else {
    stage_.options.entries().push_back(entry);
  }
}

const Entry* StageReader::find_type(const Value& map) {
  const Entry* role = nullptr;
  const Entry* first_free = nullptr;
  for (const Entry& entry : map.entries()) {
    if (parse_role(entry.key)) {
      if (role != nullptr) {
        diagnostics_.add("config.role", entry.key_mark,
                         "a stage has one role, and this one is a '" + role->key + "' already",
                         "a new stage begins with '- '");
      } else {
        role = &entry;
      }
    } else if (first_free == nullptr && !contains(reserved_keys, entry.key)) {
      first_free = &entry;
    }
  }
  return role != nullptr ? role : first_free;
}

bool StageReader::take_type(const Entry& entry) {
  const std::optional<Role> role = parse_role(entry.key);
  if (!role) {
    stage_.type = {entry.key, entry.key_mark};
    stage_.role_from_registry = true;
    if (entry.value.kind() == Value::Kind::map && !is_main(entry)) {
      take_short_map(entry.value);
    } else if (entry.value.kind() != Value::Kind::null) {
      stage_.main = entry.value;
    }
    return true;
  }
  stage_.role = *role;
  const Value& value = entry.value;
  if (value.kind() == Value::Kind::scalar && !value.text().empty()) {
    stage_.type = {value.text(), value.mark()};
    return true;
  }
  const bool null = value.kind() == Value::Kind::null;
  diagnostics_.add("config.type", value.mark(),
                   "'" + entry.key + "' must be a stage type, not " + describe(value),
                   null ? "the type 'null' needs quotes" : "options go below it, as keys");
  return false;
}

void StageReader::read_reserved(const Entry& entry) {
  if (entry.key == "from") return read_from(entry.value);
  std::optional<MarkedText> text = read_text(entry.value, entry.key);
  if (!text) return;
  if (entry.key == "id") {
    stage_.id = std::move(text);
  } else if (entry.key == "when_full") {
    stage_.when_full = std::move(text);
  } else {
    read_order(*text);
  }
}

void StageReader::read_from(const Value& value) {
  if (value.kind() != Value::Kind::list) {
    if (auto text = read_text(value, "from")) stage_.from.push_back(std::move(*text));
    return;
  }
  if (value.items().empty()) {
    diagnostics_.add("config.value", value.mark(), "'from' names no stage",
                     "leave it out to read from the stage above");
  }
  for (const Value& item : value.items()) {
    if (auto text = read_text(item, "from")) stage_.from.push_back(std::move(*text));
  }
}

void StageReader::read_order(const MarkedText& order) {
  const std::vector<std::string> orders{"arrival", "input", "time"};
  if (std::find(orders.begin(), orders.end(), order.text) == orders.end()) {
    diagnostics_.add("config.value", order.mark,
                     "'order' must be arrival, input or time, not '" + order.text + "'",
                     did_you_mean(order.text, orders));
  }
  stage_.order = order;
}

std::optional<MarkedText> StageReader::read_text(const Value& value, std::string_view key) {
  if (value.kind() == Value::Kind::scalar && !value.text().empty()) {
    return MarkedText{value.text(), value.mark()};
  }
  diagnostics_.add("config.type", value.mark(),
                   "'" + std::string(key) + "' must be a name, not " + describe(value));
  return std::nullopt;
}

void StageReader::missing_type(Mark mark) {
  diagnostics_.add("config.missing", mark, "a stage without a type",
                   "write for example '- source: file'; the type 'null' needs quotes");
}

}  // namespace

std::optional<StageSpec> read_stage(const Value& item, const MapOptions& map_options,
                                    Diagnostics& diagnostics) {
  return StageReader(map_options, diagnostics).read(item);
}

}  // namespace sluice
