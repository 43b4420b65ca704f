// What is known before a run of the records on an edge, and what the stages below want of them.
//
// The planner walks a pipeline twice. From the sources down, each stage says what its records look
// like, and mistakes about fields are found (`status` of an access log is a number; there is no
// `statsu`). From the sinks up, each stage says which fields it needs, so that a parser produces
// those and no others, and which conditions all records must fulfil that anybody below wants, so
// that a parser need not look at the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/role.h"

namespace sluice {

enum class FieldType : std::uint8_t {
  any,  ///< Differs from record to record, or is not known.
  boolean,
  integer,
  real,
  text,
  timestamp,
  duration,
};

/// "string", "int", ...
std::string_view name_of(FieldType type) noexcept;

struct Field {
  std::string name;  ///< See field_path.h.
  FieldType type = FieldType::any;
  bool is_map = false;  ///< It may have any fields of its own.
};

struct Schema {
  std::vector<Field> fields;  ///< In the order in which outputs write them.
  bool open = false;          ///< There may be others.
  bool has_text = true;       ///< Records have an original text.
  bool is_changed = false;    ///< Fields were made or changed that the text does not show.
  bool text_is_json = false;  ///< The text is a JSON object that holds these very fields.
  /// The text is a JSON object that holds the record's fields but for `removed`; those in `fields`
  /// take the place of its own or stand beside them.
  bool edits_json = false;
  /// Of an open schema: fields that the text has and the record has no more, and what is in them.
  std::vector<std::string> removed;

  /// True when `name` is a removed field, or lies in one.
  bool is_removed(std::string_view name) const noexcept;
  /// The field called `name`, or the map that it is a field of; null: there is none.
  const Field* find(std::string_view name) const noexcept;
  std::vector<std::string> names() const;
};

/// True when `name` is `field` or lies in it: `http` holds `http.status`.
bool holds_field(std::string_view field, std::string_view name) noexcept;

/// The records of several inputs on one edge.
Schema merge(const std::vector<Schema>& inputs);

/// Some fields, or all there are.
struct FieldSet {
  bool all = false;
  std::vector<std::string> names;  ///< In order of their first mention; each once.

  void add(std::string_view name);
  void add(const FieldSet& other);
};

/// True of a record when the field holds a text that relates to `literal` so. For a number, its
/// text is that of its digits.
struct TextCondition {
  enum class Relation : std::uint8_t { equals, starts_with, ends_with, contains };
  std::string field;  ///< Empty: the record's own text.
  Relation relation = Relation::contains;
  std::string literal;
  bool is_number = false;
};

/// What is wanted of the records on an edge by everybody below it.
struct Demand {
  FieldSet fields;
  /// A record that anybody below delivers or counts as bad fulfils at least one condition of each
  /// of these alternatives. The others may be left out.
  std::vector<std::vector<TextCondition>> conditions;
};

/// Where a stage stands in its pipeline: what its neighbours are like.
struct StagePlace {
  Schema input;
  EdgeType input_type = EdgeType::records;   ///< What its input carries; a source's is none.
  EdgeType output_type = EdgeType::records;  ///< What its main output carries.
  Demand output;                             ///< What is wanted of its main output.
  bool is_output_read = true;                ///< Somebody reads that.
  std::vector<std::optional<Demand>> named;  ///< Of each named output; nothing: nobody reads it.

  bool is_named_read() const noexcept;
};

/// The named output that bad records of a stage go to when somebody reads it.
inline constexpr std::string_view errors_output = "errors";
/// The field that says what is wrong with a record: of those that a parser kept, and of those in an
/// `errors` output.
inline constexpr std::string_view error_field = "error";

}  // namespace sluice
