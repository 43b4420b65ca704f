#include "stages/support/zstd_decoder.h"

#include <zstd_errors.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "stages/support/magic_numbers.h"
#include "stages/support/zstd_format.h"

namespace sluice {
namespace {

constexpr std::size_t block_header_bytes = zstd_block_header_bytes;
/// A frame header has at least 5 bytes: as libzstd would ask for them.
constexpr std::size_t first_wanted_bytes = 5 + block_header_bytes;

/// libzstd asks for the rest of the current header or block together with the next block's header.
/// Given both, it may decode the one, fail on the other, and report nothing of what it wrote.
/// Without the next header it does one thing at a time, and all before the damage is delivered.
/// The end of a stored block, which it takes in any pieces, comes byte by byte: where that is
/// refused, all in front of the last byte is delivered whatever the pieces are.
std::size_t piece_bytes(std::size_t wanted) {
  return wanted > block_header_bytes ? wanted - block_header_bytes : 1;
}

/// Frames of zstd 1.0 and later, and skippable ones.
bool can_start_frame(std::string_view head) {
  return may_begin_with(head, zstd_magic) || may_begin_skippable(head);
}

}  // namespace

ZstdDecoder::ZstdDecoder(const CodecSettings& settings)
    : settings_(settings), context_(ZSTD_createDCtx()), wanted_bytes_(first_wanted_bytes) {
  if (context_ == nullptr) {
    fail("out of memory", 0);
    return;
  }
  ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, settings_.zstd_window_log);
  if (settings_.dictionary) {
    ZSTD_DCtx_refDDict(context_.get(), settings_.dictionary->for_decoding());
  }
}

void ZstdDecoder::reset(bool behind_parts) {
  if (context_ == nullptr) return fail("out of memory", consumed());
  ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
  end_frame();
  frame_seen_ = behind_parts;
}

Decoder::Step ZstdDecoder::advance(std::span<const char> in, std::span<char> out) {
  Step step;
  while (true) {
    // What did not fit the last output comes first and alone, for the reason given at piece_bytes.
    const auto piece = in.subspan(step.consumed)
                           .first(output_waiting_ ? 0
                                                  : std::min(in.size() - step.consumed,
                                                             piece_bytes(wanted_bytes_)));
    // libzstd counts calls that cannot make progress and gives up after 16 of them.
    if (piece.empty() && !output_waiting_) return step;
    const auto offset = consumed() + step.consumed;
    if (!begin_frame(piece, offset)) return step;

    ZSTD_inBuffer from{piece.data(), piece.size(), 0};
    ZSTD_outBuffer to{out.data() + step.produced, out.size() - step.produced, 0};
    const auto outcome = ZSTD_decompressStream(context_.get(), &to, &from);
    if (ZSTD_isError(outcome) != 0) {
      // Where it was noticed: a block is judged when its last byte is there.
      fail(describe(outcome), offset + piece.size());
      return step;
    }
    wanted_bytes_ = outcome;
    step.consumed += from.pos;
    step.produced += to.pos;
    output_waiting_ = step.produced == out.size();
    if (outcome == 0) {
      end_frame();
      step.at_part_end = true;
      return step;
    }
    if (output_waiting_) return step;
  }
}

bool ZstdDecoder::begin_frame(std::span<const char> piece, std::uint64_t offset) {
  if (!inside_frame_ && piece.empty()) return false;
  if (!inside_frame_) frame_offset_ = offset;
  inside_frame_ = true;
  const auto count = std::min(piece.size(), head_.size() - head_bytes_);
  std::copy_n(piece.begin(), count, head_.data() + head_bytes_);
  head_bytes_ += count;
  if (can_start_frame({head_.data(), head_bytes_})) return true;
  fail(frame_seen_ ? "trailing garbage" : "not a zstd frame", frame_offset_);
  return false;
}

void ZstdDecoder::end_frame() noexcept {
  frame_seen_ = true;
  inside_frame_ = false;
  output_waiting_ = false;
  head_bytes_ = 0;
  wanted_bytes_ = first_wanted_bytes;
}

std::string ZstdDecoder::describe(std::size_t outcome) const {
  switch (ZSTD_getErrorCode(outcome)) {
    case ZSTD_error_checksum_wrong:
      return "checksum mismatch";
    case ZSTD_error_corruption_detected:
    case ZSTD_error_dstSize_tooSmall:  // more content than the frame says
      return "damaged data";
    case ZSTD_error_dictionary_wrong:
      return describe_dictionary();
    case ZSTD_error_memory_allocation:
      return "out of memory";
    case ZSTD_error_frameParameter_windowTooLarge:
      return "window of " + std::to_string(window_bytes() >> 20U) + " MiB is above the limit of " +
             std::to_string((std::uint64_t{1} << settings_.zstd_window_log) >> 20U) + " MiB";
    default:
      return std::string("damaged data: ") + ZSTD_getErrorName(outcome);
  }
}

std::string ZstdDecoder::describe_dictionary() const {
  const auto header = read_zstd_header({head_.data(), head_bytes_});
  const std::string needed = std::to_string(header ? header->dictionary : 0);
  if (settings_.dictionary == nullptr) return "needs dictionary " + needed;
  const auto given = settings_.dictionary->id();
  return (given == 0 ? "a dictionary without a number" : "dictionary " + std::to_string(given)) +
         " was given, the data needs " + needed;
}

std::uint64_t ZstdDecoder::window_bytes() const noexcept {
  const auto header = read_zstd_header({head_.data(), head_bytes_});
  return header ? header->window : 0;
}

}  // namespace sluice
