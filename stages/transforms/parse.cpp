// The transform `parse`: the text of records becomes fields.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/escape.h"
#include "engine/stage/field_path.h"
#include "engine/stage/registry.h"
#include "stages/support/access_log_parser.h"
#include "stages/support/bad_records.h"
#include "stages/support/json_parser.h"
#include "stages/support/prefilter.h"

namespace sluice {

enum class RecordFormat : std::uint8_t { combined, common, json };

template <>
struct EnumNames<RecordFormat> {
  static constexpr std::array<std::pair<std::string_view, RecordFormat>, 3> names{
      {{"combined", RecordFormat::combined},
       {"common", RecordFormat::common},
       {"json", RecordFormat::json}}};
};

namespace {

struct Options {
  RecordFormat format = RecordFormat::combined;
  OnError on_error = OnError::keep;
};

/// What a format gives. An open schema has any other field as well.
Schema schema_of(RecordFormat format) {
  Schema schema;
  if (format == RecordFormat::json) {
    schema.open = true;
    schema.text_is_json = true;
  } else {
    schema.fields = access_log_fields(format == RecordFormat::common ? AccessLogFormat::common
                                                                     : AccessLogFormat::combined);
  }
  return schema;
}

std::unique_ptr<RecordParser> make_parser(RecordFormat format,
                                          const std::vector<std::string>& wanted) {
  if (format == RecordFormat::json) return std::make_unique<JsonParser>(wanted);
  return std::make_unique<AccessLogParser>(
      format == RecordFormat::common ? AccessLogFormat::common : AccessLogFormat::combined, wanted);
}

/// What the parser is to produce, of what is wanted of the stage.
struct Wanted {
  std::vector<std::string> fields;
  bool error = false;

  Wanted(RecordFormat format, const FieldSet& demand) {
    const Schema schema = schema_of(format);
    for (const std::string& name : demand.all ? schema.names() : demand.names) {
      if (name == error_field) {
        error = true;
      } else if (schema.open || schema.find(name) != nullptr) {
        fields.push_back(name);
      }
    }
    error = error || demand.all;
  }
};

class Parse final : public Transform {
 public:
  Parse(std::shared_ptr<const Wanted> wanted, std::unique_ptr<RecordParser> parser,
        std::shared_ptr<const LineMatcher> prefilter, BadRecords bad)
      : wanted_(std::move(wanted)),
        parser_(std::move(parser)),
        prefilter_(std::move(prefilter)),
        bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    if (prefilter_) thin(batch);
    batch.make_table();
    if (batch.record_count() == 0) return Done{};
    add_columns(batch);
    TextArena& arena = batch.arena();
    const auto rows = batch.rows();
    for (const std::uint32_t row : batch.selection()) {
      const ParseProblem problem = parser_->parse(batch.text(rows[row]), row, arena);
      if (problem) bad_.add(row, std::string(problem.reason), problem.offset);
    }
    if (!bad_.empty()) return settle(batch, outputs.empty() ? nullptr : outputs.front());
    return Done{};
  }

 private:
  void thin(Batch& batch) {
    if (batch.is_table()) {
      kept_rows_.clear();
      for (const std::uint32_t row : batch.selection()) {
        if (prefilter_->match_line(batch.text(batch.rows()[row]))) kept_rows_.push_back(row);
      }
      if (kept_rows_.size() != batch.record_count()) batch.keep_rows(kept_rows_);
      return;
    }
    kept_slices_.clear();
    std::uint64_t kept = 0;
    for (const Slice slice : batch.slices()) {
      kept += prefilter_->match_chunk(batch.bytes().substr(slice.offset, slice.length),
                                      slice.offset, 0, kept_slices_);
    }
    if (kept != batch.record_count()) batch.keep_slices(kept_slices_, kept);
  }

  void add_columns(Batch& batch) {
    first_column_ = batch.columns().size();
    for (const std::string& field : wanted_->fields) batch.add_column(field);
    if (wanted_->error) batch.add_column(error_field);
    std::vector<Cell*> cells;
    for (Column& column : own_columns(batch)) cells.push_back(column.cells.data());
    parser_->set_columns(std::move(cells));
  }

  std::span<Column> own_columns(Batch& batch) const {
    return batch.columns().subspan(first_column_, wanted_->fields.size());
  }

  Status settle(Batch& batch, Batch* errors) {
    Status status = bad_.settle(batch, errors);
    if (!status || bad_.kept().empty()) return status;
    std::vector<std::uint32_t> bad_rows;
    for (const BadRecords::Bad& bad : bad_.kept()) {
      bad_rows.push_back(bad.row);
      // What the parser had found before it met the problem.
      for (Column& column : own_columns(batch)) column.cells[bad.row] = Cell();
      if (!wanted_->error) continue;
      char* text = batch.arena().allocate(bad.reason.size());
      bad.reason.copy(text, bad.reason.size());
      batch.columns().back().cells[bad.row] = Cell::text({text, bad.reason.size()});
    }
    batch.set_bad_rows(bad_rows);
    return status;
  }

  std::shared_ptr<const Wanted> wanted_;
  std::unique_ptr<RecordParser> parser_;
  std::shared_ptr<const LineMatcher> prefilter_;
  BadRecords bad_;
  std::size_t first_column_ = 0;  ///< Of those of this stage in the batch at hand.
  std::vector<Slice> kept_slices_;
  std::vector<std::uint32_t> kept_rows_;
};

Schema output_schema(const Options& options, const Schema& input, Diagnostics& /*diagnostics*/) {
  Schema schema = schema_of(options.format);
  for (const Field& field : input.fields) {
    if (schema.find(field.name) == nullptr) schema.fields.push_back(field);
  }
  if (options.on_error == OnError::keep && schema.find(error_field) == nullptr) {
    schema.fields.push_back({std::string(error_field), FieldType::text});
  }
  schema.open = schema.open || input.open;
  schema.has_text = input.has_text;
  schema.is_changed = input.is_changed;
  schema.edits_json = schema.text_is_json;
  schema.text_is_json = schema.text_is_json && !input.is_changed;
  return schema;
}

/// What came from above and is no field of this format.
Demand input_demand(const Options& options, const StagePlace& place) {
  const Schema own = schema_of(options.format);
  Demand demand;
  const auto add = [&](const FieldSet& wanted) {
    demand.fields.all = demand.fields.all || (wanted.all && place.input.open);
    for (const std::string& name : wanted.all ? place.input.names() : wanted.names) {
      if (place.input.find(name) != nullptr && own.find(name) == nullptr) demand.fields.add(name);
    }
  };
  add(place.output.fields);
  for (const auto& named : place.named) {
    if (named) add(named->fields);
  }
  return demand;
}

/// The search in front of the parser. Where bad records matter to somebody, every record is parsed.
MatchRule prefilter_of(const Options& options, const StagePlace& place) {
  if (options.on_error == OnError::fail || place.is_named_read()) return {};
  return prefilter_rule(place.output.conditions,
                        options.format == RecordFormat::json ? FieldText::json : FieldText::plain);
}

std::vector<std::string> notes_of(const Wanted& wanted, const MatchRule& prefilter) {
  std::string columns;
  for (const std::string& field : wanted.fields) {
    columns += (columns.empty() ? "" : ", ") + escape(plain_field(field));
  }
  if (wanted.error) columns += (columns.empty() ? "" : ", ") + std::string(error_field);
  std::vector<std::string> notes{"columns: " + (columns.empty() ? "none" : columns)};
  const std::string search = describe_prefilter(prefilter);
  if (!search.empty()) notes.push_back("parses only records with " + search);
  return notes;
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  const auto wanted = std::make_shared<const Wanted>(options.format, place.output.fields);
  const MatchRule rule = prefilter_of(options, place);
  std::shared_ptr<const LineMatcher> prefilter;
  if (!rule.contains.empty() || !rule.any_of.empty()) {
    Result<LineMatcher> matcher = LineMatcher::make(rule);
    if (!matcher) return std::move(matcher).error();
    prefilter = std::make_shared<const LineMatcher>(std::move(matcher).value());
  }
  const BadRecords bad = BadRecords::in_place(options.on_error, place, context);
  TransformPart part;
  part.make = [format = options.format, wanted, prefilter,
               bad]() -> Result<std::unique_ptr<Transform>> {
    return std::unique_ptr<Transform>(
        std::make_unique<Parse>(wanted, make_parser(format, wanted->fields), prefilter, bad));
  };
  part.notes = notes_of(*wanted, rule);
  Parts parts;
  parts.emplace_back(std::move(part));
  return parts;
}

constexpr const char* details =
    "Only fields that a stage below reads are produced; `sluice explain` shows which, and the text "
    "that is searched for in front of the parser when a `filter` below needs it: records without "
    "it are left out unparsed (so a bad record among them is not counted as bad), unless "
    "`on_error` "
    "is `fail` or somebody reads the output `errors`. The text of a record stays what it was.\n"
    "\n"
    "`combined` and `common` are the access logs of Apache httpd and nginx, with the fields "
    "`client "
    "ident user time method path protocol status bytes`, and in `combined` also `referrer agent`. "
    "`-` is null. Quoted texts are given as they are written, escapes included.\n"
    "\n"
    "`json` wants one JSON object per record. Fields of nested objects are read as `a.b`. What "
    "JSON forbids makes a record bad; of a key that occurs twice the last one counts; integers are "
    "exact to 64 bits.\n"
    "\n"
    "A bad record never takes the next one with it. With `keep` it goes on with the field `error` "
    "and no other, and no `where` is true of it.";

}  // namespace

void register_parse(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "parse", "Makes fields of the text of records.")
          .main("format")
          .required("format", &Options::format, "How the records are written.")
          .option("on_error", &Options::on_error,
                  "What becomes of a record that is not written so: it goes on with the field "
                  "`error` (`keep`), is left out (`drop`), or ends the run (`fail`). If a stage "
                  "reads the output `errors`, it goes there instead.")
          .named_output(std::string(errors_output))
          .details(details)
          .example("- transform: parse\n"
                   "  format: combined\n")
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
