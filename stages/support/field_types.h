// The option `types` of `parse`: what fields are to be read as.
//
//   types: { status: int, took: double, time: timestamp('%d/%b/%Y:%H:%M:%S %z') }
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/column.h"
#include "engine/expression/marked_text.h"
#include "engine/stage/option.h"
#include "engine/stage/schema.h"
#include "stages/support/time_layout.h"

namespace sluice {

/// What a cell can be read as.
class CellType {
 public:
  enum class Clock : std::uint8_t { rfc3339, unix_s, unix_ms, unix_us, unix_ns, layout };

  /// `string`, `int`, `double`, `bool`, `duration`, `timestamp`, `timestamp(unix_ms)`,
  /// `timestamp('LAYOUT')`. Nothing after saying why.
  static std::optional<CellType> parse(std::string_view text, std::string& why);

  FieldType field_type() const noexcept { return type_; }
  /// As it is written in a config: parse(text()) is the same.
  const std::string& text() const noexcept { return text_; }

  /// Makes `cell` what the type says; null and missing stay what they are. False: it is no such
  /// thing. Numbers are read exactly or not at all. Texts go to `arena`; `zone` is that of times
  /// whose layout has none.
  bool convert(Cell& cell, TextArena& arena, LocalZone& zone) const;
  bool needs_zone() const noexcept { return layout_ && !layout_->has_zone(); }

 private:
  bool to_timestamp(Cell& cell, LocalZone& zone) const;

  FieldType type_ = FieldType::text;
  Clock clock_ = Clock::rfc3339;
  std::optional<TimeLayout> layout_;
  std::string text_;
};

/// Fields by the name that the user gave them, and their types.
struct FieldTypes {
  struct Entry {
    ExpressionText field;
    CellType type;
  };
  std::vector<Entry> entries;

  /// The types by field path (stage/field_path.h). Reports fields that `schema` does not have, and
  /// those that are named twice, if `diagnostics` is given.
  struct Resolved {
    std::string field;
    CellType type;
  };
  std::vector<Resolved> resolve(const Schema& schema, Diagnostics* diagnostics) const;
};

template <>
struct OptionType<FieldTypes> {
  static std::string name() { return "map of field: type"; }
  static bool parse(const Value& value, FieldTypes& to, std::string& why);
  static std::string print(const FieldTypes& value);
  static std::vector<std::string> choices() { return {}; }
};

}  // namespace sluice
