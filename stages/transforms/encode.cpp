// The transform `encode`: fields become base64, hex and the like.
#include <optional>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/field_coding.h"

namespace sluice {
namespace {

struct Options {
  std::vector<ExpressionText> fields;
  ByteEncoding encoding = ByteEncoding::base64;
  std::optional<ExpressionText> into;
  bool padding = true;
  bool upper = false;
  InvalidUtf8 invalid = InvalidUtf8::fail;
  bool bom = false;
  OnError on_error = OnError::drop;

  FieldCoding fields_in(const Schema& input, Diagnostics& diagnostics) const {
    return FieldCoding::of(fields, into, input, diagnostics);
  }
};

void check(const Options& options, const OptionErrors& errors) {
  const ByteEncoding encoding = options.encoding;
  const bool is_base64 = encoding == ByteEncoding::base64 || encoding == ByteEncoding::base64url;
  const bool is_unicode = encodes_text(encoding) && encoding != ByteEncoding::latin1;
  check_coded_fields(options.fields, options.into, errors);
  check_concerns(is_base64, "padding", "base64 and base64url", errors);
  check_concerns(encoding == ByteEncoding::hex, "upper", "hex", errors);
  check_concerns(encodes_text(encoding), "invalid", "utf8, utf16le, utf16be and latin1", errors);
  check_concerns(is_unicode, "bom", "utf8, utf16le and utf16be", errors);
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  ByteCoding coding;
  coding.encoding = options.encoding;
  coding.has_padding = options.padding;
  coding.digits = options.upper ? LetterCase::upper : LetterCase::lower;
  coding.invalid = options.invalid;
  coding.has_byte_order_mark = options.bom;
  Diagnostics none;
  return options.fields_in(place.input, none)
      .parts("encodes", make_byte_encoder, coding, options.on_error, context, place);
}

constexpr const char* details =
    "`base64`, `base64url` and `hex` are those of RFC 4648. `percent` (RFC 3986) leaves letters, "
    "digits and `-._~` as they are.\n"
    "\n"
    "`latin1`, `utf16le` and `utf16be` are made of UTF-8, and `utf8` is held to be UTF-8 (RFC "
    "3629). `invalid` says what becomes of bytes that are no text, and of characters that Latin-1 "
    "has not.\n"
    "\n"
    "The result takes the place of the field, or is the new field `into`, which may also be made "
    "of the text of the record (`raw`). Null and missing stay what they are; other values are "
    "taken as they are written. Of several fields all are encoded or, if one cannot be, none. Only "
    "fields that a stage below reads are encoded.";

}  // namespace

void register_encode(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "encode",
                       "Encodes fields as base64, hex, percent-encoded or other text.")
          .main("fields")
          .required("fields", &Options::fields, "The fields to encode.", NotEmpty{})
          .required("encoding", &Options::encoding, "How to encode them.")
          .option("into", &Options::into,
                  "The field for the result, if it is not to take the place of the one field.")
          .option("padding", &Options::padding, "Whether base64 ends in `=` where digits lack.")
          .option("upper", &Options::upper, "Capital hex digits.")
          .option("invalid", &Options::invalid,
                  "What becomes of a byte that is not part of a character, and of a character that "
                  "Latin-1 has not: it is replaced by U+FFFD (in Latin-1 by `?`), escaped as \\xHH "
                  "by its bytes, or makes the record bad (`fail`).")
          .option("bom", &Options::bom, "Whether texts begin with a byte order mark.")
          .option("on_error", &Options::on_error,
                  "What becomes of a record whose field cannot be encoded: it is left out and "
                  "counted (`drop`), kept as it is, or ends the run (`fail`). If a stage reads the "
                  "output `errors`, it goes there instead.")
          .named_output(std::string(errors_output))
          .details(details)
          .example("- transform: encode\n"
                   "  fields: agent\n"
                   "  encoding: base64\n"
                   "  into: agent_base64\n")
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
