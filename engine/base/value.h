// A config value as the user wrote it: text with a place, before an option gives it a type.
// The engine knows no YAML; config/ makes these trees from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice {

/// A place in a config text, 1-based as editors count. `length` is the number of columns to
/// underline. Line 0 means "not from a file" (a command-line override, a test).
struct Mark {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 1;
};

/// A stretch of a scalar's text that stands on one line of the config just as it is.
struct TextPart {
  std::uint32_t offset = 0;  ///< Of its first byte in the text; it ends where the next one begins.
  std::uint32_t line = 0;
  std::uint32_t column = 0;
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
  /// Where the parts of a scalar stand that is written over several lines or with escapes. Empty:
  /// nobody knows, or its text is on one line, behind its mark and quote.
  const std::vector<TextPart>& parts() const noexcept { return parts_; }
  void set_parts(std::vector<TextPart> parts) noexcept { parts_ = std::move(parts); }
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
  std::vector<TextPart> parts_;
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
