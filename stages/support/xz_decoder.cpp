#include "stages/support/xz_decoder.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "stages/support/magic_numbers.h"

namespace sluice {
namespace {

constexpr std::uint64_t memory_limit_bytes = std::uint64_t{256} << 20U;

/// LZMA_BUF_ERROR: nothing to do without more input or room, which is no error here.
bool goes_on(lzma_ret outcome) { return outcome == LZMA_OK || outcome == LZMA_BUF_ERROR; }

}  // namespace

void XzDecoder::reset(bool behind_parts) {
  inside_stream_ = false;
  stream_seen_ = behind_parts;
  block_alone_ = false;
  padding_bytes_ = 0;
}

/// The library decodes streams, so it gets a header like that of the one the block is from.
void XzDecoder::reset_at_block(std::uint8_t check) {
  if (!enter_stream(consumed())) return;
  block_alone_ = true;
  lzma_stream_flags flags{};
  flags.check = static_cast<lzma_check>(check);
  std::array<char, LZMA_STREAM_HEADER_SIZE> header{};
  lzma_ret outcome =
      lzma_stream_header_encode(&flags, reinterpret_cast<std::uint8_t*>(header.data()));
  Step step;
  if (outcome == LZMA_OK) outcome = decode_piece(header, {}, step);
  if (!goes_on(outcome)) fail_with(outcome, consumed());
}

Decoder::Step XzDecoder::advance(std::span<const char> in, std::span<char> out) {
  Step step;
  if (!inside_stream_) {
    step.consumed = skip_padding(in);
    if (step.consumed == in.size() || !enter_stream(consumed() + step.consumed)) return step;
  }
  if (!agree_with_magic(in.subspan(step.consumed))) {
    fail(stream_seen_ ? "trailing garbage" : "not an xz stream", stream_offset_);
    return step;
  }
  lzma_ret outcome = LZMA_OK;
  do {
    const auto left = in.subspan(step.consumed);
    const auto piece = left.first(layout_.piece_bytes(left));
    if (layout_.is_inside_data()) {
      outcome = decode_piece(piece, out, step);
      continue;
    }
    // What is still to be written of the chunk in front comes first, and behind a damaged one no
    // more than a byte, as after an error the library writes no more, whatever room it had.
    outcome = decode_piece({}, out, step);
    if (goes_on(outcome) && step.produced < out.size()) {
      outcome = decode_piece(piece, out.first(step.produced + 1), step);
    }
  } while (goes_on(outcome) && !is_at_part_end() && step.consumed < in.size() &&
           step.produced < out.size());
  if (goes_on(outcome) && is_at_part_end()) {
    step.at_part_end = true;
  } else if (outcome == LZMA_STREAM_END) {
    inside_stream_ = false;
    stream_seen_ = true;
    step.at_part_end = true;
  } else if (!goes_on(outcome)) {
    fail_with(outcome, consumed() + step.consumed);
  }
  return step;
}

/// Adds to `step` what it takes of the piece and writes to what is left of `out`.
lzma_ret XzDecoder::decode_piece(std::span<const char> piece, std::span<char> out, Step& step) {
  const auto room = out.subspan(step.produced);
  stream_.next_in = reinterpret_cast<const std::uint8_t*>(piece.data());
  stream_.next_out = reinterpret_cast<std::uint8_t*>(room.data());
  stream_.avail_in = piece.size();
  stream_.avail_out = room.size();
  const lzma_ret outcome = lzma_code(&stream_, LZMA_RUN);
  const auto taken = piece.size() - stream_.avail_in;
  layout_.take(piece.first(taken));
  stream_bytes_ += taken;
  step.consumed += taken;
  step.produced += room.size() - stream_.avail_out;
  return outcome;
}

std::size_t XzDecoder::skip_padding(std::span<const char> in) {
  if (!stream_seen_) return 0;
  const auto end = std::find_if(in.begin(), in.end(), [](char byte) { return byte != 0; });
  const auto count = static_cast<std::size_t>(end - in.begin());
  padding_bytes_ += count;
  return count;
}

/// The library looks at the magic number when the whole header is there, which garbage may be too
/// short for.
bool XzDecoder::agree_with_magic(std::span<const char> in) const {
  if (stream_bytes_ >= xz_magic.size()) return true;
  return may_begin_with({in.data(), in.size()},
                        xz_magic.substr(static_cast<std::size_t>(stream_bytes_)));
}

bool XzDecoder::enter_stream(std::uint64_t offset) {
  if (padding_bytes_ % 4 != 0) {
    fail("padding is not a multiple of four bytes", offset);
    return false;
  }
  if (lzma_stream_decoder(&stream_, memory_limit_bytes, LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK) {
    fail("out of memory", offset);
    return false;
  }
  stream_offset_ = offset;
  stream_bytes_ = 0;
  layout_ = {};
  inside_stream_ = true;
  padding_bytes_ = 0;
  return true;
}

void XzDecoder::fail_with(lzma_ret outcome, std::uint64_t offset) {
  switch (outcome) {
    case LZMA_MEMLIMIT_ERROR:
      return fail("needs " + std::to_string(lzma_memusage(&stream_) >> 20U) +
                      " MiB of memory, above the limit of 256 MiB",
                  offset);
    case LZMA_OPTIONS_ERROR:
      return fail("uses options that are not known", offset);
    case LZMA_UNSUPPORTED_CHECK:
      return fail("uses a check that is not known", offset);
    case LZMA_MEM_ERROR:
      return fail("out of memory", offset);
    default:
      return fail("damaged data", offset);
  }
}

}  // namespace sluice
