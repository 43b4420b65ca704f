// What the transform `parse` knows of a way in which records are written. A new format is one new
// source file and one line in record_formats.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/schema.h"
#include "stages/support/local_zone.h"
#include "stages/support/prefilter.h"
#include "stages/support/record_parser.h"

namespace sluice {

/// The options of `parse` that say how records are written. Each format takes some of them.
struct FormatOptions {
  std::string format;
  std::vector<std::string> columns;
  bool header = false;
  std::optional<std::string> pattern;
  std::optional<std::uint32_t> year;
  std::string zone = "UTC";
  /// Seconds since 1970; not an option, but the time at which the pipeline was planned.
  std::int64_t now = 0;
};

/// An option that a format cannot work with.
struct FormatMistake {
  std::string option;
  std::string message;
  std::string hint;
};

/// The zone that the options name; nothing after filling the mistake.
std::optional<LocalZone> find_zone(const FormatOptions& options, FormatMistake& mistake);

/// A format with its options.
struct RecordFormat {
  Schema schema;
  /// How a field is written, for the search in front of the parser.
  FieldTexts text_of = [](std::string_view /*field*/) { return FieldText::plain; };
  /// A parser of some fields: all of them are in the schema, or it is open. From any thread.
  std::function<std::unique_ptr<RecordParser>(const std::vector<std::string>& wanted)> make_parser;
  /// If set, in place of make_parser: the first record of an input, `head`, says what its fields
  /// are called. Null: it does not.
  std::function<std::unique_ptr<RecordParser>(const std::vector<std::string>& wanted,
                                              std::string_view head)>
      make_parser_for;
  /// If set: the first line of each input is no record and must satisfy this.
  std::function<bool(std::string_view text)> is_header;
};

/// A kind of format as users choose it.
struct RecordFormatType {
  std::string_view name;
  std::vector<std::string_view> takes;  ///< Names of the FormatOptions that concern it.
  /// Nothing after filling the mistake.
  std::optional<RecordFormat> (*bind)(const FormatOptions&, FormatMistake&);
};

/// All formats with a name, in the order of the docs.
std::span<const RecordFormatType> record_formats();

/// The type that `format` names; one whose fields are written with a `$` is an nginx log_format.
/// Null: neither.
const RecordFormatType* find_record_format(std::string_view format);

}  // namespace sluice
