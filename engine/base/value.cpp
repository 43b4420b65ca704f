#include "engine/base/value.h"

#include <utility>

namespace sluice {

Value Value::scalar(std::string text, Mark mark, bool quoted) {
  Value value;
  value.kind_ = Kind::scalar;
  value.text_ = std::move(text);
  value.mark_ = mark;
  value.quoted_ = quoted;
  return value;
}

Value Value::list(std::vector<Value> items, Mark mark) {
  Value value;
  value.kind_ = Kind::list;
  value.items_ = std::move(items);
  value.mark_ = mark;
  return value;
}

Value Value::map(std::vector<Entry> entries, Mark mark) {
  Value value;
  value.kind_ = Kind::map;
  value.entries_ = std::move(entries);
  value.mark_ = mark;
  return value;
}

const Value* Value::find(std::string_view key) const noexcept {
  for (const Entry& entry : entries_) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

std::string_view name_of(Value::Kind kind) noexcept {
  switch (kind) {
    case Value::Kind::null:
      return "nothing";
    case Value::Kind::scalar:
      return "text";
    case Value::Kind::list:
      return "list";
    case Value::Kind::map:
      return "map";
  }
  return "unknown";
}

}  // namespace sluice
