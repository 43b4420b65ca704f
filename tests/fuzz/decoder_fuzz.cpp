// libFuzzer target: whatever the bytes, decoding in pieces gives what decoding at once gives.
//
// The first byte of the input picks the format (bits 0 and 7) and the sizes of the pieces (bits 1-3
// input, bits 4-6 output). Without bit 7 it is gzip or zstd, by bit 0; with it, the second byte
// says which of the others. The rest is the stream.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "stages/support/decoder.h"

namespace {

constexpr std::size_t output_limit_bytes = std::size_t{64} << 10U;

struct Outcome {
  std::string data;
  std::string error;
  std::uint64_t offset = 0;
  bool cut = false;  ///< Stopped at the output limit.
};

void require(bool condition) {
  if (!condition) std::abort();
}

void set_error(Outcome& outcome, const sluice::Error& error) {
  require(error.code == sluice::ErrorCode::corrupt_input && error.offset.has_value());
  outcome.error = error.message;
  outcome.offset = *error.offset;
}

Outcome decode(sluice::Compression compression, std::span<const char> stream, std::size_t in_piece,
               std::size_t out_piece) {
  Outcome outcome;
  const auto decoder = sluice::make_decoder(compression);
  std::string out(out_piece, '\0');
  while (true) {
    const auto in = stream.first(std::min(stream.size(), in_piece));
    const auto step = decoder->decode(in, out);
    if (!step) {
      set_error(outcome, step.error());
      return outcome;
    }
    const auto [consumed, produced, at_part_end] = step.value();
    require(consumed <= in.size() && produced <= out.size());
    outcome.data.append(out, 0, produced);
    if (outcome.data.size() > output_limit_bytes) {
      outcome.cut = true;
      return outcome;
    }
    stream = stream.subspan(consumed);
    if (stream.empty() && produced < out.size()) break;
    require(consumed + produced > 0 || in.empty());
  }
  const auto end = decoder->finish();
  if (!end) set_error(outcome, end.error());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array<std::size_t, 8> pieces = {1, 2, 3, 7, 64, 500, 4096, 70'000};
  const unsigned choice = data[0];
  auto compression = (choice & 1U) != 0 ? sluice::Compression::zstd : sluice::Compression::gzip;
  std::span stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  if ((choice & 0x80U) != 0) {
    using sluice::Compression;
    constexpr std::array others = {Compression::lz4, Compression::bzip2, Compression::xz,
                                   Compression::zlib, Compression::deflate};
    if (stream.empty()) return 0;
    compression = others[static_cast<std::uint8_t>(stream.front()) % others.size()];
    stream = stream.subspan(1);
  }

  const auto at_once = decode(compression, stream, stream.size(), std::size_t{1} << 20U);
  const auto in_pieces =
      decode(compression, stream, pieces[choice >> 1U & 7U], pieces[choice >> 4U & 7U]);
  if (at_once.cut || in_pieces.cut) return 0;
  require(at_once.data == in_pieces.data);
  require(at_once.error == in_pieces.error);
  require(at_once.offset == in_pieces.offset);
  return 0;
}
