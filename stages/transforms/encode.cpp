// The transform `encode`: fields, or a stream of bytes, become base64, hex and the like.
#include "engine/stage/registry.h"
#include "stages/support/coding_stage.h"

namespace sluice {
namespace {

struct Options : CodingOptions {
  bool padding = true;
  bool upper = false;
  bool bom = false;
};

void check(const Options& options, const OptionErrors& errors) {
  const ByteEncoding encoding = options.encoding;
  const bool is_base64 = encoding == ByteEncoding::base64 || encoding == ByteEncoding::base64url;
  const bool is_unicode = encodes_text(encoding) && encoding != ByteEncoding::latin1;
  check_concerns(is_base64, "padding", "base64 and base64url", errors);
  check_concerns(encoding == ByteEncoding::hex, "upper", "hex", errors);
  check_concerns(encodes_text(encoding), "invalid", "utf8, utf16le, utf16be and latin1", errors);
  check_concerns(is_unicode, "bom", "utf8, utf16le and utf16be", errors);
}

ByteCoding coding_of(const Options& options) {
  ByteCoding coding;
  coding.encoding = options.encoding;
  coding.has_padding = options.padding;
  coding.digits = options.upper ? LetterCase::upper : LetterCase::lower;
  coding.invalid = options.invalid;
  coding.has_byte_order_mark = options.bom;
  return coding;
}

constexpr const char* details =
    "`base64`, `base64url` and `hex` are those of RFC 4648. `percent` (RFC 3986) leaves letters, "
    "digits and `-._~` as they are.\n"
    "\n"
    "`latin1`, `utf16le` and `utf16be` are made of UTF-8, and `utf8` is held to be UTF-8 (RFC "
    "3629). `invalid` says what becomes of bytes that are no text, and of characters that Latin-1 "
    "has not.\n"
    "\n"
    "With `fields`, the result takes the place of the field, or is the new field `into`, which may "
    "also be made of the text of the record (`raw`). Null and missing stay what they are; other "
    "values are taken as they are written. Of several fields all are encoded or, if one cannot be, "
    "none. Only fields that a stage below reads are encoded.\n"
    "\n"
    "Without `fields`, all that comes in is encoded as one stream, as base64(1), xxd(1) and "
    "iconv(1) do, in one line.";

}  // namespace

void register_encode(Registry& registry) {
  Declare<Options> type(Role::transform, "encode",
                        "Encodes fields, or a stream of bytes, as base64, hex, percent-encoded or "
                        "other text.");
  type.option("padding", &Options::padding, "Whether base64 ends in `=` where digits lack.")
      .option("upper", &Options::upper, "Capital hex digits.")
      .option("bom", &Options::bom, "Whether texts begin with a byte order mark.")
      .details(details)
      .example(
          "- transform: encode\n"
          "  fields: agent\n"
          "  encoding: base64\n"
          "  into: agent_base64\n")
      .check(check);
  declare_coding(type, {"encode", make_byte_encoder},
                 "What becomes of a byte that is not part of a character, and of a character that "
                 "Latin-1 has not: it is replaced by U+FFFD (in Latin-1 by `?`), escaped as \\xHH "
                 "by its bytes, or cannot be encoded (`fail`).",
                 coding_of);
  registry.add(type.done());
}

}  // namespace sluice
