#include "stages/support/coding_stage.h"

#include "stages/support/byte_stage.h"
#include "stages/support/encoding.h"

namespace sluice {
namespace {

FieldCoding fields_of(const CodingOptions& options, const Schema& input, Diagnostics& diagnostics) {
  return FieldCoding::of(options.fields, options.into, input, diagnostics);
}

/// How records are written that are coded as one stream.
EncodingPlan records_of(const Schema& input, Diagnostics& diagnostics) {
  return plan_encoding(EncodingOptions{}, {}, input, diagnostics);
}

}  // namespace

EdgeType coding_input(const CodingOptions& options) {
  return options.is_stream() ? EdgeType::any : EdgeType::records;
}

EdgeType coding_output(const CodingOptions& options) {
  return options.is_stream() ? framed_output(options) : EdgeType::records;
}

std::vector<NamedOutput> coding_outputs(const CodingOptions& options) {
  if (options.is_stream()) return {};
  return {{std::string(errors_output), true}};
}

Schema coding_schema(const CodingOptions& options, const Schema& input, Diagnostics& diagnostics) {
  if (!options.is_stream()) return fields_of(options, input, diagnostics).output_schema(input);
  records_of(input, diagnostics);
  return {};
}

Demand coding_demand(const CodingOptions& options, const StagePlace& place) {
  Diagnostics none;
  if (!options.is_stream()) return fields_of(options, place.input, none).input_demand(place);
  if (place.input_type == EdgeType::bytes) return {};
  return demand_of(records_of(place.input, none));
}

void check_coding(const CodingOptions& options, const OptionErrors& errors) {
  if (!options.is_stream()) {
    check_coded_fields(options.fields, options.into, errors);
    for (const char* option :
         {"framing", "delimiter", "prefix", "record_size", "max_record", "oversize"}) {
      check_concerns(false, option, "a stream, and `fields` are given", errors);
    }
    return;
  }
  check_concerns(false, "into", "fields, and none are given", errors);
  check_concerns(false, "on_error", "fields, and none are given", errors);
}

Result<Parts> coding_parts(const CodingKind& kind, const CodingOptions& options,
                           const ByteCoding& coding, StageContext& context,
                           const StagePlace& place) {
  Diagnostics none;
  if (!options.is_stream()) {
    return fields_of(options, place.input, none)
        .parts(kind.verb + "s", kind.make_coder, coding, options.on_error, context, place);
  }
  Parts parts;
  if (place.input_type == EdgeType::records) parts = encoding_parts(records_of(place.input, none));
  parts.add(byte_stage_part(make_stream_coder(kind.make_coder(coding)), resolved(options, place),
                            OnCorrupt::fail, context));
  return parts;
}

void check_concerns(bool concerns, const std::string& option, const std::string& concerned,
                    const OptionErrors& errors) {
  if (concerns || !errors.given(option)) return;
  errors.add(option, "option.conflict", "option '" + option + "' is for " + concerned);
}

}  // namespace sluice
