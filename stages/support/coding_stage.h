// What the transforms `encode` and `decode` are made of: the options they share, and the two things
// they work on. With `fields` they change these fields of records (field_coding.h); without, they
// change a stream of bytes (byte_stage.h).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/declare.h"
#include "stages/support/bad_records.h"
#include "stages/support/byte_encoding.h"
#include "stages/support/field_coding.h"
#include "stages/support/framing_options.h"

namespace sluice {

struct CodingOptions : FramingOptions {
  CodingOptions() noexcept { framing = Framing::automatic; }

  std::vector<ExpressionText> fields;
  ByteEncoding encoding = ByteEncoding::base64;
  std::optional<ExpressionText> into;
  InvalidUtf8 invalid = InvalidUtf8::fail;
  OnError on_error = OnError::drop;

  bool is_stream() const noexcept { return fields.empty(); }
};

/// Of the two stages, what tells them apart.
struct CodingKind {
  std::string verb;  ///< "encode"
  std::unique_ptr<ByteCoder> (*make_coder)(const ByteCoding&);
};

// The functions of a stage's declaration.
EdgeType coding_input(const CodingOptions& options);
EdgeType coding_output(const CodingOptions& options);
std::vector<NamedOutput> coding_outputs(const CodingOptions& options);
Schema coding_schema(const CodingOptions& options, const Schema& input, Diagnostics& diagnostics);
Demand coding_demand(const CodingOptions& options, const StagePlace& place);
void check_coding(const CodingOptions& options, const OptionErrors& errors);
Result<Parts> coding_parts(const CodingKind& kind, const CodingOptions& options,
                           const ByteCoding& coding, StageContext& context,
                           const StagePlace& place);

/// Reports `option` if it is given and does not concern the encoding; `concerned` says which do.
void check_concerns(bool concerns, const std::string& option, const std::string& concerned,
                    const OptionErrors& errors);

/// Adds all but the options that a stage has for itself. `coding_of` makes of its options what its
/// coder is told; `invalid_doc` says what becomes of bytes that are no text.
template <class Options>
Declare<Options>& declare_coding(Declare<Options>& type, const CodingKind& kind,
                                 std::string invalid_doc, ByteCoding (*coding_of)(const Options&)) {
  const std::string done = kind.verb + "d";
  type.main("fields")
      .template option<std::vector<ExpressionText>>(
          "fields", &Options::fields,
          "The fields to " + kind.verb + ". If not given, the stream of bytes is " + done +
              " that comes in, or that the records make as they stand.")
      .template required<ByteEncoding>("encoding", &Options::encoding, "The encoding.")
      .template option<std::optional<ExpressionText>>(
          "into", &Options::into,
          "The field for the result, if it is not to take the place of the one field.")
      .template option<InvalidUtf8>("invalid", &Options::invalid, std::move(invalid_doc))
      .template option<OnError>(
          "on_error", &Options::on_error,
          "What becomes of a record whose field cannot be " + done +
              ": it is left out and counted (`drop`), kept as it is, or ends the run (`fail`). If "
              "a stage reads the output `errors`, it goes there instead. A stream that cannot be " +
              done + " ends the run.")
      .named_outputs([](const Options& options) { return coding_outputs(options); })
      .check(
          [](const Options& options, const OptionErrors& errors) { check_coding(options, errors); })
      .input([](const Options& options) { return coding_input(options); })
      .output([](const Options& options) { return coding_output(options); })
      .schema([](const Options& options, const Schema& input, Diagnostics& diagnostics) {
        return coding_schema(options, input, diagnostics);
      })
      .demand([](const Options& options, const StagePlace& place) {
        return coding_demand(options, place);
      })
      .make_in_place([kind, coding_of](const Options& options, StageContext& context,
                                       const StagePlace& place) {
        return coding_parts(kind, options, coding_of(options), context, place);
      });
  return declare_framing_options(type);
}

}  // namespace sluice
