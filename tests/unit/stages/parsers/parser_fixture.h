// Parsing single records in tests, with what comes out as text.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/buffer_pool.h"
#include "stages/support/cell_text.h"
#include "stages/support/record_format.h"

namespace sluice {

struct ParsedRecord {
  std::string problem;  ///< Empty: none.
  std::size_t offset = 0;
  /// "text x", "int 3", "null", "missing", ...
  std::map<std::string, std::string> fields;
};

inline std::string described(const Cell& cell) {
  static const std::map<Cell::Type, std::string> names{
      {Cell::Type::boolean, "boolean "},     {Cell::Type::integer, "integer "},
      {Cell::Type::real, "real "},           {Cell::Type::decimal, "decimal "},
      {Cell::Type::text, "text "},           {Cell::Type::json, "json "},
      {Cell::Type::timestamp, "timestamp "}, {Cell::Type::duration, "duration "}};
  if (cell.is_missing()) return "missing";
  if (cell.type() == Cell::Type::null) return "null";
  std::string text = names.at(cell.type());
  append_plain(text, cell);
  return text;
}

inline FormatOptions format_options(std::string format) {
  FormatOptions options;
  options.format = std::move(format);
  return options;
}

/// Reads records by one format, whose options the test knows to be right.
class ParserFixture {
 public:
  explicit ParserFixture(FormatOptions options) {
    FormatMistake mistake;
    std::optional<RecordFormat> format = find_record_format(options.format)->bind(options, mistake);
    EXPECT_TRUE(format) << mistake.message;
    if (format) format_ = *std::move(format);
  }
  explicit ParserFixture(std::string format) : ParserFixture(format_options(std::move(format))) {}

  const RecordFormat& format() const noexcept { return format_; }

  /// `record` lies at the very end of what may be read, but for the slack that parsers may look at.
  ParsedRecord parse(std::string_view record, std::vector<std::string> wanted = {}) const {
    if (wanted.empty()) wanted = format_.schema.names();
    std::string text(record);
    text.append(Buffer::slack, '\0');
    const auto parser = format_.make_parser(wanted);
    std::vector<Cell> cells(wanted.size());
    std::vector<Cell*> places;
    for (Cell& cell : cells) places.push_back(&cell);
    parser->set_columns(std::move(places));
    TextArena arena;
    const ParseProblem problem = parser->parse({text.data(), record.size()}, 0, arena);
    ParsedRecord parsed{std::string(problem.reason), problem.offset, {}};
    for (std::size_t i = 0; i < wanted.size(); ++i) parsed.fields[wanted[i]] = described(cells[i]);
    return parsed;
  }

  /// The field `name` of `record`, or what is wrong with it.
  std::string field(std::string_view record, const std::string& name) const {
    ParsedRecord parsed = parse(record, {name});
    return parsed.problem.empty() ? parsed.fields[name] : "bad: " + parsed.problem;
  }
  std::string problem(std::string_view record) const { return parse(record).problem; }

 private:
  RecordFormat format_;
};

}  // namespace sluice
