// The transform `decode`: fields that hold base64, hex and the like become what they stand for.
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/field_coding.h"

namespace sluice {
namespace {

enum class Mode : bool { strict, lenient };

}  // namespace

template <>
struct EnumNames<Mode> {
  static constexpr std::array<std::pair<std::string_view, Mode>, 2> names{
      {{"strict", Mode::strict}, {"lenient", Mode::lenient}}};
};

namespace {

struct Options {
  std::vector<ExpressionText> fields;
  ByteEncoding encoding = ByteEncoding::base64;
  std::optional<ExpressionText> into;
  Mode mode = Mode::strict;
  InvalidUtf8 invalid = InvalidUtf8::fail;
  bool keep_bom = false;
  OnError on_error = OnError::drop;

  FieldCoding fields_in(const Schema& input, Diagnostics& diagnostics) const {
    return FieldCoding::of(fields, into, input, diagnostics);
  }
};

void check(const Options& options, const OptionErrors& errors) {
  const ByteEncoding encoding = options.encoding;
  const bool is_unicode = encodes_text(encoding) && encoding != ByteEncoding::latin1;
  check_coded_fields(options.fields, options.into, errors);
  check_concerns(!encodes_text(encoding), "mode", "hex, base64, base64url and percent", errors);
  check_concerns(is_unicode, "invalid", "utf8, utf16le and utf16be", errors);
  check_concerns(is_unicode, "keep_bom", "utf8, utf16le and utf16be", errors);
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  ByteCoding coding;
  coding.encoding = options.encoding;
  coding.is_lenient = options.mode == Mode::lenient;
  coding.invalid = options.invalid;
  coding.has_byte_order_mark = options.keep_bom;
  Diagnostics none;
  return options.fields_in(place.input, none)
      .parts("decodes", make_byte_decoder, coding, options.on_error, context, place);
}

constexpr const char* details =
    "`base64` and `base64url` (RFC 4648): with all of its padding or none. `hex`: digits of either "
    "case. `percent` (RFC 3986): `%2F` becomes `/`, and a `+` stays one. With `mode: lenient` "
    "blanks and line ends may stand between the digits of hex and base64; base64 may have digits "
    "of either alphabet, too little padding, bits set that belong to no byte, and further digits "
    "behind padding; and a `%` without two digits stands for itself. What is decoded may be any "
    "bytes.\n"
    "\n"
    "`latin1`, `utf16le` and `utf16be` become UTF-8, and `utf8` is held to be UTF-8 (RFC 3629). "
    "`invalid` says what becomes of bytes that are no text. A byte order mark in front is taken "
    "away.\n"
    "\n"
    "The result takes the place of the field, or is the new field `into`, which may also be made "
    "of the text of the record (`raw`). Null and missing stay what they are; other values are "
    "taken as they are written. Of several fields all are decoded or, if one cannot be, none. Only "
    "fields that a stage below reads are decoded.";

}  // namespace

void register_decode(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "decode",
                       "Decodes fields that hold base64, hex, percent-encoded or other text.")
          .main("fields")
          .required("fields", &Options::fields, "The fields to decode.", NotEmpty{})
          .required("encoding", &Options::encoding, "How they are encoded.")
          .option("into", &Options::into,
                  "The field for the result, if it is not to take the place of the one field.")
          .option("mode", &Options::mode, "Whether digits must be as the standards say.")
          .option("invalid", &Options::invalid,
                  "What becomes of a byte, or a unit of UTF-16, that is not part of a character: "
                  "it is replaced by U+FFFD, escaped as \\xHH, or makes the record bad (`fail`).")
          .option("keep_bom", &Options::keep_bom, "Keep a byte order mark.")
          .option("on_error", &Options::on_error,
                  "What becomes of a record whose field cannot be decoded: it is left out and "
                  "counted (`drop`), kept as it is, or ends the run (`fail`). If a stage reads the "
                  "output `errors`, it goes there instead.")
          .named_output(std::string(errors_output))
          .details(details)
          .example("- transform: decode\n"
                   "  fields: path\n"
                   "  encoding: percent\n")
          .check(check)
          .schema([](const Options& options, const Schema& input, Diagnostics& diagnostics) {
            return options.fields_in(input, diagnostics).output_schema(input);
          })
          .demand([](const Options& options, const StagePlace& place) {
            Diagnostics none;
            return options.fields_in(place.input, none).input_demand(place);
          })
          .make_in_place(make)
          .done());
}

}  // namespace sluice
