// How a sink writes records: the option `encoding` and what follows from it, the same for every
// sink of bytes.
//
// `raw` is the original text. The others are made from fields (record_encoder.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/expression/marked_text.h"
#include "engine/stage/declare.h"
#include "stages/support/output_framing.h"
#include "stages/support/text_validity.h"

namespace sluice {

enum class Encoding : std::uint8_t {
  automatic,
  raw,
  jsonl,
  csv,
  tsv,
  logfmt,
  table,
  text_template
};

template <>
struct EnumNames<Encoding> {
  static constexpr std::array<std::pair<std::string_view, Encoding>, 8> names{
      {{"auto", Encoding::automatic},
       {"raw", Encoding::raw},
       {"jsonl", Encoding::jsonl},
       {"csv", Encoding::csv},
       {"tsv", Encoding::tsv},
       {"logfmt", Encoding::logfmt},
       {"table", Encoding::table},
       {"template", Encoding::text_template}}};
};

/// Text with fields in braces, and where it stands in the config.
struct TemplateText {
  ExpressionText text;
  bool empty() const noexcept { return text.empty(); }
};

template <>
struct OptionType<TemplateText> {
  static std::string name() { return "text with fields in braces"; }
  static bool parse(const Value& value, TemplateText& to, std::string& why) {
    return OptionType<ExpressionText>::parse(value, to.text, why);
  }
  static std::string print(const TemplateText& value) { return value.text.text; }
  static std::vector<std::string> choices() { return {}; }
};

/// How a record is written, whatever stands between records.
struct RecordEncodingOptions {
  Encoding encoding = Encoding::automatic;
  std::vector<ExpressionText> fields;
  TemplateText text_template;
  InvalidUtf8 utf8 = InvalidUtf8::replace;
};

struct EncodingOptions : RecordEncodingOptions, OutputFramingOptions {};

struct RecordEnvelope;

/// What an encoding does to records of one schema.
struct EncodingPlan {
  Encoding encoding = Encoding::raw;  ///< Never automatic.
  OutputFramingOptions framing;
  InvalidUtf8 utf8 = InvalidUtf8::replace;
  struct Output {
    std::string field;  ///< See stage/field_path.h; empty: the record's text.
    std::string title;
    bool is_number = false;
  };
  std::vector<Output> outputs;
  /// JSON objects are written as they stand in the text, bad records excepted.
  bool keeps_text = false;
  /// JSON objects are written as they stand in the text without the fields in `removed`, and with
  /// `outputs` behind them.
  bool edits_text = false;
  std::vector<std::string> removed;
  /// Of a template: the text in front of each output, and what stands behind the last one.
  std::vector<std::string> literals;
  /// What stands in a line of its own in front of each record; null: nothing does.
  std::shared_ptr<const RecordEnvelope> envelope;
  /// How many of the outputs are written for the record itself; the envelope reads the others.
  std::size_t own_outputs() const noexcept;
};

/// Text with fields in it that a plan reads as well: literals[i] in front of output outputs[i] of
/// the plan, the last literal behind all.
struct PlannedText {
  std::vector<std::string> literals;
  std::vector<std::size_t> outputs;
};

/// Adds the fields that `written` has in braces to the outputs of `plan`. Reports mistakes.
PlannedText plan_text(const ExpressionText& written, const Schema& schema, EncodingPlan& plan,
                      Diagnostics& diagnostics);
/// Adds the field that `written` names, and answers its number; nothing after a mistake.
std::optional<std::size_t> plan_field(const ExpressionText& written, const Schema& schema,
                                      EncodingPlan& plan, Diagnostics& diagnostics);

/// What a sink finds out when it is opened: its output goes behind what is there already. Written
/// before the run, only read during it.
struct EarlierOutput {
  bool exists = false;
};

/// Works the plan out for records of `schema`. `path` is where they go; its extension decides when
/// no option does. Reports, at `stage`'s options, what cannot be: `raw` without a text, `csv` of
/// fields that nobody knows.
EncodingPlan plan_encoding(const EncodingOptions& options, std::string_view path,
                           const Schema& schema, Diagnostics& diagnostics);

/// The fields that the plan reads.
Demand demand_of(const EncodingPlan& plan);

/// The parts to put in front of the sink; none for `raw` in plain lines. Titles are not repeated
/// behind what is there already, if `earlier` is given and says that there is something.
Parts encoding_parts(const EncodingPlan& plan,
                     std::shared_ptr<const EarlierOutput> earlier = nullptr);

/// Has the records that a stage takes encoded as `plan_of(options, schema, diagnostics)` says:
/// mistakes about their fields are reported, and the fields that it writes are wanted. Behind it
/// there are none of these records.
template <class Options, class PlanOf>
Declare<Options>& declare_encoded(Declare<Options>& type, PlanOf plan_of) {
  return type
      .schema([plan_of](const Options& options, const Schema& input, Diagnostics& diagnostics) {
        plan_of(options, input, diagnostics);
        return Schema{};
      })
      .demand([plan_of](const Options& options, const StagePlace& place) {
        Diagnostics none;
        return demand_of(plan_of(options, place.input, none));
      });
}

/// plan_encoding() for what has no path to go by.
inline EncodingPlan plan_without_path(const EncodingOptions& options, const Schema& input,
                                      Diagnostics& diagnostics) {
  return plan_encoding(options, {}, input, diagnostics);
}

/// Adds the options of RecordEncodingOptions.
template <class Options>
Declare<Options>& declare_record_encoding_options(Declare<Options>& type) {
  return type
      .template option<Encoding>(
          "encoding", &Options::encoding,
          "How records are written: `raw` is their original text, the others are made from fields. "
          "`auto` goes by the end of the path (.jsonl, .ndjson, .csv, .tsv); else records are "
          "written raw while no stage has changed them, and as `jsonl` after that.")
      .template option<std::vector<ExpressionText>>(
          "fields", &Options::fields,
          "The fields to write, in this order; all there are, if not given. Encodings other than "
          "`jsonl` need it where records may have any fields, as those of JSON.")
      .template option<TemplateText>(
          "template", &Options::text_template,
          "How `encoding: template` writes a record: text with fields in braces, as in "
          "`{status} {http.path}`; `{{` and `}}` are braces. A line end is added if it has none.")
      .template option<InvalidUtf8>(
          "utf8", &Options::utf8,
          "What becomes of bytes that are not UTF-8: `replace` writes U+FFFD for each, `escape` "
          "writes \\xHH, with `fail` the run fails. `raw` writes what there is.");
}

/// Adds the options of EncodingOptions.
template <class Options>
Declare<Options>& declare_encoding_options(Declare<Options>& type) {
  return declare_output_framing_options(declare_record_encoding_options(type));
}

}  // namespace sluice
