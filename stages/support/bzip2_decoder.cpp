#include "stages/support/bzip2_decoder.h"

#include <algorithm>
#include <limits>
#include <string>

namespace sluice {
namespace {

// The library counts in 32 bits.
constexpr std::size_t call_limit_bytes = std::numeric_limits<unsigned>::max();

}  // namespace

void Bzip2Decoder::reset(bool behind_parts) {
  leave_stream();
  stream_seen_ = behind_parts;
}

// First all input up to the end of a block is taken, without room for output; then the block is
// written, without input. So an error comes either from reading a block or from writing one.
Decoder::Step Bzip2Decoder::advance(std::span<const char> in, std::span<char> out) {
  Step step;
  if (!inside_stream_) {
    if (in.empty()) return step;
    stream_offset_ = consumed();
    if (!enter_stream()) return step;
  }
  while (true) {
    int outcome = decompress(in, {}, step);
    if (outcome == BZ_OK) {
      outcome = decompress({}, out, step);
      if (outcome == BZ_DATA_ERROR) write_before_damage(out, step);
    }
    if (outcome == BZ_STREAM_END) {
      leave_stream();
      stream_seen_ = true;
      step.at_part_end = true;
      return step;
    }
    if (outcome != BZ_OK) {
      fail_with(outcome, consumed() + step.consumed);
      return step;
    }
    if (step.consumed == in.size() || step.produced == out.size()) return step;
  }
}

/// Works on what `step` has left of the spans, an empty one being none, and adds to it.
int Bzip2Decoder::decompress(std::span<const char> in, std::span<char> out, Step& step) {
  in = in.subspan(std::min(step.consumed, in.size()));
  out = out.subspan(std::min(step.produced, out.size()));
  const auto in_bytes = std::min(in.size(), call_limit_bytes);
  const auto out_bytes = std::min(out.size(), call_limit_bytes);
  stream_.next_in = const_cast<char*>(in.data());
  stream_.next_out = out.data();
  stream_.avail_in = static_cast<unsigned>(in_bytes);
  stream_.avail_out = static_cast<unsigned>(out_bytes);
  const int outcome = BZ2_bzDecompress(&stream_);
  step.consumed += in_bytes - stream_.avail_in;
  step.produced += out_bytes - stream_.avail_out;
  return outcome;
}

// When the library finds that a block refers to nowhere, it forgets what it has written in this
// call, and stands where it stood before. Byte by byte, it forgets no more than the last byte,
// however large the pieces of the caller are.
void Bzip2Decoder::write_before_damage(std::span<char> out, Step& step) {
  while (step.produced < out.size()) {
    const std::size_t before = step.produced;
    decompress({}, out.first(before + 1), step);
    if (step.produced == before) return;
  }
}

bool Bzip2Decoder::enter_stream() {
  stream_ = {};
  constexpr int silent = 0;
  constexpr int fast = 0;
  inside_stream_ = BZ2_bzDecompressInit(&stream_, silent, fast) == BZ_OK;
  if (!inside_stream_) fail("out of memory", consumed());
  return inside_stream_;
}

void Bzip2Decoder::leave_stream() noexcept {
  if (inside_stream_) BZ2_bzDecompressEnd(&stream_);
  inside_stream_ = false;
}

void Bzip2Decoder::fail_with(int outcome, std::uint64_t offset) {
  switch (outcome) {
    case BZ_DATA_ERROR_MAGIC:
      return fail(stream_seen_ ? "trailing garbage" : "not a bzip2 stream", stream_offset_);
    case BZ_MEM_ERROR:
      return fail("out of memory", offset);
    default:
      // The library does not tell a wrong checksum from other damage.
      return fail("damaged data", offset);
  }
}

}  // namespace sluice
