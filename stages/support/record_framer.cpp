#include "stages/support/record_framer.h"

namespace sluice {

std::unique_ptr<RecordFramer> make_record_framer(const FramingOptions& options) {
  const auto longest = static_cast<std::size_t>(options.max_record.bytes);
  const auto decisive = static_cast<std::size_t>(decisive_length(options));
  switch (options.framing) {
    case Framing::automatic:
    case Framing::lines:
      return make_delimited_framer(options.delimiter.value_or("\n"));
    case Framing::null_terminated:
      return make_delimited_framer(std::string(1, '\0'));
    case Framing::length_prefixed:
      return make_prefixed_framer(options.prefix.value_or(LengthPrefix::varint));
    case Framing::octet_counted:
      return make_octet_counted_framer();
    case Framing::fixed:
      return make_fixed_framer(static_cast<std::size_t>(options.record_size.value_or(1_B).bytes));
    case Framing::json_seq:
      return make_json_sequence_framer(longest);
    case Framing::csv:
      return make_separated_framer(',', decisive);
    case Framing::tsv:
      return make_separated_framer('\t', decisive);
    case Framing::whole_file:
      return make_whole_input_framer();
    case Framing::none:
      break;
  }
  return make_byte_framer();
}

}  // namespace sluice
