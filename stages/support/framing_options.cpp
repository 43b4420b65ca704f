#include "stages/support/framing_options.h"

namespace sluice {

EdgeType framed_output(const FramingOptions& options) noexcept {
  if (options.framing == Framing::automatic) return EdgeType::any;
  return options.framing == Framing::none ? EdgeType::bytes : EdgeType::records;
}

Framing resolved(Framing framing, const StagePlace& place) noexcept {
  if (framing != Framing::automatic) return framing;
  return place.output_type == EdgeType::bytes ? Framing::none : Framing::lines;
}

std::uint64_t decisive_length(const FramingOptions& options) noexcept {
  return options.max_record.bytes + 2;
}

ByteSize longest_record(const FramingOptions& options) noexcept {
  constexpr std::uint64_t read_ahead_bytes = 4096;  // In search of the end of a range.
  if (options.framing == Framing::none) return {};
  return {decisive_length(options) + read_ahead_bytes};
}

}  // namespace sluice
