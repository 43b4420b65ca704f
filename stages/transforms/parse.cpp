// The transform `parse`: the text of records becomes fields.
#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/escape.h"
#include "engine/stage/field_path.h"
#include "engine/stage/meta_field.h"
#include "engine/stage/registry.h"
#include "stages/support/bad_records.h"
#include "stages/support/field_types.h"
#include "stages/support/prefilter.h"
#include "stages/support/record_format.h"
#include "stages/support/text_thinner.h"

namespace sluice {

namespace {

struct Options : FormatOptions {
  FieldTypes types;
  OnError on_error = OnError::keep;
};

/// The format that the options choose. They have been checked, so there is one.
RecordFormat bound_format(const Options& options) {
  FormatMistake mistake;
  return find_record_format(options.format)->bind(options, mistake).value_or(RecordFormat());
}

/// What the format gives, with the types that the user wants. An open schema has any other field as
/// well.
Schema typed_schema(const RecordFormat& format, const Options& options, Diagnostics* diagnostics) {
  Schema schema = format.schema;
  for (const FieldTypes::Resolved& typed : options.types.resolve(format.schema, diagnostics)) {
    const auto known = std::find_if(schema.fields.begin(), schema.fields.end(),
                                    [&](const Field& field) { return field.name == typed.field; });
    if (known != schema.fields.end()) {
      *known = {typed.field, typed.type.field_type()};
    } else {
      schema.fields.push_back({typed.field, typed.type.field_type()});
    }
  }
  return schema;
}

/// A wanted field that is to have a certain type.
struct TypedColumn {
  std::size_t column = 0;
  CellType type;
  std::string reason;  ///< Why a record is bad that cannot have it.
};

/// What the parser is to produce, of what is wanted of the stage.
struct Wanted {
  std::vector<std::string> fields;
  std::vector<TypedColumn> typed;
  bool error = false;

  Wanted(const Schema& schema, const std::vector<FieldTypes::Resolved>& types,
         const FieldSet& demand) {
    for (const std::string& name : demand.all ? schema.names() : demand.names) {
      if (find_meta_field(name)) continue;
      if (name == error_field) {
        error = true;
      } else if (schema.open || schema.find(name) != nullptr) {
        fields.push_back(name);
      }
    }
    error = error || demand.all;
    for (const FieldTypes::Resolved& resolved : types) {
      const auto found = std::find(fields.begin(), fields.end(), resolved.field);
      if (found == fields.end()) continue;
      typed.push_back(
          {static_cast<std::size_t>(found - fields.begin()), resolved.type,
           "'" + escape(plain_field(resolved.field)) + "' is no " + resolved.type.text()});
    }
  }
};

class Parse final : public Transform {
 public:
  Parse(std::shared_ptr<const Wanted> wanted, const RecordFormat& format, LocalZone zone,
        std::optional<TextThinner> prefilter, BadRecords bad)
      : wanted_(std::move(wanted)),
        parser_(format.make_parser_for ? nullptr : format.make_parser(wanted_->fields)),
        make_parser_for_(format.make_parser_for),
        is_header_(format.is_header),
        zone_(std::move(zone)),
        prefilter_(std::move(prefilter)),
        bad_(std::move(bad)) {}

  Status apply(Batch& batch, NamedOutputs outputs) override {
    if (make_parser_for_ && batch.record_count() > 0) {
      if (Status status = choose_parser(batch); !status) return status;
    }
    if (is_header_) {
      if (Status status = take_header(batch); !status) return status;
    }
    if (prefilter_) prefilter_->thin(batch);
    batch.make_table();
    if (batch.record_count() == 0) return Done{};
    add_columns(batch);
    TextArena& arena = batch.arena();
    const auto rows = batch.rows();
    for (const std::uint32_t row : batch.selection()) {
      const ParseProblem problem = parser_->parse(batch.text(rows[row]), row, arena);
      if (problem) {
        bad_.add(row, std::string(problem.reason), problem.offset);
      } else if (const TypedColumn* unfit = convert(batch, row)) {
        bad_.add(row, unfit->reason, 0);
      }
    }
    if (!bad_.empty()) return settle(batch, outputs.empty() ? nullptr : outputs.front());
    return Done{};
  }

 private:
  /// The parser for the input that the batch is of.
  Status choose_parser(const Batch& batch) {
    const auto head = batch.input_place() ? batch.input_place()->head : nullptr;
    if (head != nullptr && head == head_) return Done{};
    Error error;
    error.file = batch.origin_name();
    if (head == nullptr) {
      error.code = ErrorCode::bad_config;
      error.message =
          "the names of the columns are not known: list them in `columns`, or set `framing: csv` "
          "(or `tsv`) at the source";
      return error;
    }
    parser_ = make_parser_for_(wanted_->fields, *head);
    if (parser_ == nullptr) {
      error.code = ErrorCode::corrupt_input;
      error.message = "the first record does not name the columns: " +
                      escape(std::string_view(*head).substr(0, header_excerpt_bytes));
      error.offset = 0;
      return error;
    }
    head_ = head;
    return Done{};
  }

  /// The first line of an input names the columns: it leaves the batch.
  Status take_header(Batch& batch) {
    if (batch.origin().offset != 0) return Done{};
    batch.make_table();
    const auto selection = batch.selection();
    // What a filter above has dropped cannot be checked any more.
    if (selection.empty() || batch.rows()[selection.front()].offset != 0) return Done{};
    const std::string_view text = batch.text(batch.rows()[selection.front()]);
    if (!is_header_(text)) {
      Error error;
      error.code = ErrorCode::corrupt_input;
      error.message = "the first line does not have the names in `columns`: " +
                      escape(text.substr(0, header_excerpt_bytes));
      error.file = batch.origin_name();
      error.offset = 0;
      return error;
    }
    kept_rows_.assign(selection.begin() + 1, selection.end());
    batch.keep_rows(kept_rows_);
    return Done{};
  }

  /// Gives the cells of `row` their types. Answers the column whose cell cannot have it, or null.
  const TypedColumn* convert(Batch& batch, std::uint32_t row) {
    for (const TypedColumn& typed : wanted_->typed) {
      Cell& cell = own_columns(batch)[typed.column].cells[row];
      if (!typed.type.convert(cell, batch.arena(), zone_)) return &typed;
    }
    return nullptr;
  }

  static constexpr std::size_t header_excerpt_bytes = 200;

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
  std::function<std::unique_ptr<RecordParser>(const std::vector<std::string>&, std::string_view)>
      make_parser_for_;
  std::shared_ptr<const std::string> head_;  ///< What parser_ was made for, if that matters.
  std::function<bool(std::string_view)> is_header_;
  LocalZone zone_;
  std::optional<TextThinner> prefilter_;
  BadRecords bad_;
  std::size_t first_column_ = 0;  ///< Of those of this stage in the batch at hand.
  std::vector<std::uint32_t> kept_rows_;
};

std::string all_formats() {
  std::string all;
  for (const RecordFormatType& type : record_formats()) {
    all += (all.empty() ? "" : ", ") + std::string(type.name);
  }
  return all;
}

void check(const Options& options, const OptionErrors& errors) {
  const RecordFormatType* type = find_record_format(options.format);
  if (type == nullptr) {
    std::vector<std::string> names;
    for (const RecordFormatType& one : record_formats()) names.emplace_back(one.name);
    std::string hint = did_you_mean(options.format, names);
    if (hint.empty()) hint = "one of " + all_formats() + ", or an nginx log_format with its $names";
    errors.add("format", "option.range", "unknown format '" + options.format + "'", hint);
    return;
  }
  bool fits = true;
  const bool types_need_zone =
      std::any_of(options.types.entries.begin(), options.types.entries.end(),
                  [](const FieldTypes::Entry& entry) { return entry.type.needs_zone(); });
  for (const std::string_view option : {"columns", "header", "pattern", "year", "zone"}) {
    const auto& takes = type->takes;
    if (!errors.given(option) || std::find(takes.begin(), takes.end(), option) != takes.end()) {
      continue;
    }
    if (option == "zone" && types_need_zone) continue;
    fits = false;
    errors.add(
        option, "option.conflict",
        "format '" + std::string(type->name) + "' has no option '" + std::string(option) + "'");
  }
  if (!fits) return;
  FormatMistake mistake;
  if (!find_zone(options, mistake) || !type->bind(options, mistake)) {
    errors.add(mistake.option, "option.range", mistake.message, mistake.hint);
  }
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  Schema schema = typed_schema(bound_format(options), options, &diagnostics);
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
  const Schema own = typed_schema(bound_format(options), options, nullptr);
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
MatchRule prefilter_of(const Options& options, const RecordFormat& format,
                       const std::vector<FieldTypes::Resolved>& types, const StagePlace& place) {
  if (options.on_error == OnError::fail || place.is_named_read()) return {};
  return prefilter_rule(place.output.conditions, [&](std::string_view field) {
    // What was a number or a time is compared as such, however it was written.
    const bool is_typed = std::any_of(types.begin(), types.end(),
                                      [&](const auto& typed) { return typed.field == field; });
    return is_typed ? FieldText::derived : format.text_of(field);
  });
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
  Options planned = options;
  planned.now =
      std::chrono::duration_cast<std::chrono::seconds>(context.clock().now().time_since_epoch())
          .count();
  const auto format = std::make_shared<const RecordFormat>(bound_format(planned));
  const auto types = options.types.resolve(format->schema, nullptr);
  const auto wanted = std::make_shared<const Wanted>(typed_schema(*format, options, nullptr), types,
                                                     place.output.fields);
  const MatchRule rule = prefilter_of(options, *format, types, place);
  std::optional<TextThinner> prefilter;
  if (!rule.contains.empty() || !rule.any_of.empty()) {
    Result<LineMatcher> matcher = LineMatcher::make(rule);
    if (!matcher) return std::move(matcher).error();
    prefilter.emplace(std::make_shared<const LineMatcher>(std::move(matcher).value()));
  }
  const BadRecords bad = BadRecords::in_place(options.on_error, place, context);
  TransformPart part;
  FormatMistake mistake;
  const LocalZone zone = find_zone(planned, mistake).value_or(LocalZone());
  part.make = [format, wanted, zone, prefilter, bad]() -> Result<std::unique_ptr<Transform>> {
    return std::unique_ptr<Transform>(
        std::make_unique<Parse>(wanted, *format, zone, prefilter, bad));
  };
  part.notes = notes_of(*wanted, rule);
  Parts parts;
  parts.add(std::move(part));
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
    "`logfmt` is `key=value` with blanks between; values may be in quotes with the escapes of "
    "JSON, "
    "a key alone is true, unquoted numbers are numbers.\n"
    "\n"
    "`csv` (RFC 4180) and `tsv` have the fields that `columns` names, by position; with `header: "
    "true` the first line of each input must be these names and is left out. Without `columns`, "
    "the first record of each input names its fields, if the source says `framing: csv` or `tsv`. "
    "A field with nothing "
    "in it is null. A header that a filter above has taken out is not checked. Where every line is "
    "a record, a quoted field cannot hold a line end (the quote counts as unclosed); with "
    "`framing: "
    "csv` or `tsv` at the source it can.\n"
    "\n"
    "A format with a `$` in it is an nginx `log_format`, such as `'$remote_addr [$time_local] "
    "\"$request\" $status'`: its variables are the fields. Status, sizes and counts are integers, "
    "times in seconds are doubles, `-` is null, and the whole line must fit.\n"
    "\n"
    "`syslog` is RFC 5424 or RFC 3164, whichever a line is: `priority facility severity "
    "severity_number timestamp host app pid msgid message`, and structured data as `data.ID.NAME`. "
    "A time without a year is at most a day after now, unless `year` says otherwise.\n"
    "\n"
    "`regex` has the fields that the named groups of `pattern` (RE2 syntax, `(?P<name>...)`) "
    "find.\n"
    "\n"
    "`types` says what fields are to be read as: `string int double bool duration timestamp` (RFC "
    "3339), `timestamp(unix)` with `unix_ms unix_us unix_ns`, or `timestamp('%d/%b/%Y:%H:%M:%S "
    "%z')` with the directives of strptime and `%f` for a fraction. A record with a field that is "
    "read and cannot be that is bad.\n"
    "\n"
    "A bad record never takes the next one with it. With `keep` it goes on with the field `error` "
    "and no other, and no `where` is true of it.";

}  // namespace

void register_parse(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "parse", "Makes fields of the text of records.")
          .main("format")
          .required<std::string>("format", &Options::format,
                                 "How the records are written: " + all_formats() +
                                     ", or the text of an nginx log_format with its `$names`.",
                                 NotEmpty{})
          .option<std::vector<std::string>>("columns", &Options::columns,
                                            "The names of the columns of `csv` and `tsv`.",
                                            NotEmpty{})
          .option<bool>("header", &Options::header,
                        "Whether the first line of each input is the names of the columns.")
          .option<std::optional<std::string>>(
              "pattern", &Options::pattern,
              "The regular expression of format `regex`, with a named group for each field.",
              NotEmpty{})
          .option<std::optional<std::uint32_t>>("year", &Options::year,
                                                "The year of `syslog` times that have none.",
                                                between<std::uint32_t>(1, 9999))
          .option<std::string>("zone", &Options::zone,
                               "The zone of times that have none, in `syslog` and in `types`: "
                               "`UTC`, an offset such as `+01:00`, or a name such as "
                               "`Europe/Berlin`.")
          .option("types", &Options::types, "What fields are to be read as, by name.")
          .option("on_error", &Options::on_error,
                  "What becomes of a record that is not written so: it goes on with the field "
                  "`error` (`keep`), is left out (`drop`), or ends the run (`fail`). If a stage "
                  "reads the output `errors`, it goes there instead.")
          .named_output(errors_output)
          .details(details)
          .example("- transform: parse\n"
                   "  format: combined\n")
          .check(check)
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
