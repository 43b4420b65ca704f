// A config value as the user wrote it: text with a place, before an option gives it a type.
// The engine knows no YAML; config/ makes these trees from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A place in a config text, 1-based as editors count. `length` is the number of columns to
/// underline. Line 0 means "not from a file" (a command-line override, a test).
struct Mark {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;
};

struct Entry;

/// A scalar, a list or a map, with its mark. Scalars stay text: only the option that reads one
/// knows whether `1e3` is a number.
class Value {
 public:
  enum class Kind : std::uint8_t { null, scalar, list, map };

  Value() = default;
  static Value scalar(std::string text, Mark mark = {}, bool quoted = false);
  static Value list(std::vector<Value> items, Mark mark = {});
  static Value map(std::vector<Entry> entries, Mark mark = {});

  Kind kind() const noexcept { return kind_; }
  const Mark& mark() const noexcept { return mark_; }
  void set_mark(Mark mark) noexcept { mark_ = mark; }

  /// The text of a scalar; empty for the other kinds.
  const std::string& text() const noexcept { return text_; }
  /// True when the scalar was written in quotes or as a block: then it is a string, never a null.
  bool quoted() const noexcept { return quoted_; }
  const std::vector<Value>& items() const noexcept { return items_; }
  std::vector<Value>& items() noexcept { return items_; }
  const std::vector<Entry>& entries() const noexcept { return entries_; }
  std::vector<Entry>& entries() noexcept { return entries_; }

  /// The value under `key` of a map, or null.
  const Value* find(std::string_view key) const noexcept;

 private:
  Kind kind_ = Kind::null;
  bool quoted_ = false;
  Mark mark_;
  std::string text_;
  std::vector<Value> items_;
  std::vector<Entry> entries_;
};

/// One `key: value` of a map, in the order written.
struct Entry {
  std::string key;
  Mark key_mark;
  Value value;
};

/// "text", "list", "map" or "nothing": how an error message names a kind.
std::string_view name_of(Value::Kind kind) noexcept;

}  // namespace sluice
