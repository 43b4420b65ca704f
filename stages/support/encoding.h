// How a sink writes records: the option `encoding` and what follows from it, the same for every
// sink of bytes.
//
// `raw` is the original text. The others are made from fields, by an expander in front of the sink,
// because their texts may be longer than what they are made from.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/expression/marked_text.h"
#include "engine/stage/stage_type.h"

namespace sluice {

enum class Encoding : std::uint8_t { automatic, raw, jsonl, csv, table };

template <>
struct EnumNames<Encoding> {
  static constexpr std::array<std::pair<std::string_view, Encoding>, 5> names{
      {{"auto", Encoding::automatic},
       {"raw", Encoding::raw},
       {"jsonl", Encoding::jsonl},
       {"csv", Encoding::csv},
       {"table", Encoding::table}}};
};

struct EncodingOptions {
  Encoding encoding = Encoding::automatic;
  std::vector<ExpressionText> fields;
};

/// What an encoding does to records of one schema.
struct EncodingPlan {
  Encoding encoding = Encoding::raw;  ///< Never automatic.
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
};

/// Works the plan out for records of `schema`. `path` is where they go; its extension decides when
/// no option does. Reports, at `stage`'s options, what cannot be: `raw` without a text, `csv` of
/// fields that nobody knows.
EncodingPlan plan_encoding(const EncodingOptions& options, std::string_view path,
                           const Schema& schema, Diagnostics& diagnostics);

/// The fields that the plan reads.
Demand demand_of(const EncodingPlan& plan);

/// The part to put in front of the sink; none for `raw`.
Parts encoding_parts(const EncodingPlan& plan);

/// Adds the options of EncodingOptions.
template <class Options>
Declare<Options>& declare_encoding_options(Declare<Options>& type) {
  return type
      .template option<Encoding>(
          "encoding", &Options::encoding,
          "How records are written: `raw` is their original text, the others are made from fields. "
          "`auto` goes by the end of the path (.jsonl, .ndjson, .csv); else records are written "
          "raw "
          "while no stage has changed them, and as `jsonl` after that.")
      .template option<std::vector<ExpressionText>>(
          "fields", &Options::fields,
          "The fields to write, in this order; all there are, if not given. `csv` and `table` of "
          "JSON records need it.");
}

}  // namespace sluice
