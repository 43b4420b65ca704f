// Every framing, on any bytes: what it makes of a stream is the same however that is cut into
// pieces and buffers, and no record is longer than it may be. The first bytes choose the framing,
// the others how the stream is cut.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include "tests/support/framing_rig.h"

namespace {

using namespace sluice;

FramingOptions options_for(std::uint8_t choice, std::uint8_t size) {
  FramingOptions options;
  options.framing = EnumNames<Framing>::names[choice % EnumNames<Framing>::names.size()].second;
  options.max_record = ByteSize{16U + size / 2U};
  options.oversize = size % 2 == 0 ? Oversize::truncate : Oversize::drop;
  if (options.framing == Framing::lines) {
    const std::string delimiters[] = {"", "|", "||", "|-|", "\r\n"};
    const std::string& delimiter = delimiters[size % 5U];
    if (!delimiter.empty()) options.delimiter = delimiter;
  } else if (options.framing == Framing::length_prefixed) {
    options.prefix = EnumNames<LengthPrefix>::names[size % 6U].second;
  } else if (options.framing == Framing::fixed) {
    options.record_size = ByteSize{1U + size % 16U};
  }
  return options;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const FramingOptions options = options_for(data[0], data[1]);
  if (options.framing == Framing::none || options.framing == Framing::automatic) return 0;
  std::minstd_rand random(data[3]);
  const std::string text(reinterpret_cast<const char*>(data) + 4, size - 4);

  const FramedText whole = frame(text, options, {text.size() + 1});
  for (const auto& record : whole.records) {
    if (record.text.size() > options.max_record.bytes) std::abort();
    if (text.compare(record.offset, record.text.size(), record.text) != 0) std::abort();
  }
  const std::size_t longest = 1U + data[2];
  const auto any_piece = [&] { return 1 + random() % longest; };
  if (frame(text, options, {1U + data[3], any_piece}) != whole) std::abort();
  if (frame(text, options, {text.size() + 1, any_piece, [&] { return random() % 4 == 0; }}) !=
      whole) {
    std::abort();
  }
  return 0;
}
