// The transform `decode`: fields, or a stream of bytes, that hold base64, hex and the like become
// what they stand for.
#include <array>
#include <string_view>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/coding_stage.h"

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

struct Options : CodingOptions {
  Mode mode = Mode::strict;
  bool keep_bom = false;
};

void check(const Options& options, const OptionErrors& errors) {
  const ByteEncoding encoding = options.encoding;
  const bool is_unicode = encodes_text(encoding) && encoding != ByteEncoding::latin1;
  check_concerns(!encodes_text(encoding), "mode", "hex, base64, base64url and percent", errors);
  check_concerns(is_unicode, "invalid", "utf8, utf16le and utf16be", errors);
  check_concerns(is_unicode, "keep_bom", "utf8, utf16le and utf16be", errors);
}

ByteCoding coding_of(const Options& options) {
  ByteCoding coding;
  coding.encoding = options.encoding;
  coding.is_lenient = options.mode == Mode::lenient;
  coding.invalid = options.invalid;
  coding.has_byte_order_mark = options.keep_bom;
  return coding;
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
    "With `fields`, the result takes the place of the field, or is the new field `into`, which may "
    "also be made of the text of the record (`raw`). Null and missing stay what they are; other "
    "values are taken as they are written. Of several fields all are decoded or, if one cannot be, "
    "none. Only fields that a stage below reads are decoded.\n"
    "\n"
    "Without `fields`, all that comes in is decoded as one stream, and cut into records if the "
    "stage below wants records. Base64 and hex that are broken into lines need `mode: lenient`.";

}  // namespace

void register_decode(Registry& registry) {
  Declare<Options> type(Role::transform, "decode",
                        "Decodes fields, or a stream of bytes, that hold base64, hex, "
                        "percent-encoded or other text.");
  type.option("mode", &Options::mode, "Whether digits must be as the standards say.")
      .option("keep_bom", &Options::keep_bom, "Keep a byte order mark.")
      .details(details)
      .example(
          "- transform: decode\n"
          "  fields: path\n"
          "  encoding: percent\n")
      .check(check);
  declare_coding(type, {"decode", make_byte_decoder},
                 "What becomes of a byte, or a unit of UTF-16, that is not part of a character: it "
                 "is replaced by U+FFFD, escaped as \\xHH, or cannot be decoded (`fail`).",
                 coding_of);
  registry.add(type.done());
}

}  // namespace sluice
