#include "stages/support/inflater.h"

#include <algorithm>
#include <cstring>

namespace sluice {
namespace {

// The library counts in 32 bits.
constexpr std::size_t call_limit_bytes = std::size_t{1} << 30U;

/// Damage is searched for in pieces of this size, then byte by byte.
constexpr std::size_t search_piece_bytes = 4096;

std::string_view describe(int inflate_error) {
  switch (inflate_error) {
    case ISAL_INVALID_BLOCK:
      return "damaged block header";
    case ISAL_INVALID_SYMBOL:
      return "damaged data: invalid code";
    case ISAL_INVALID_LOOKBACK:
      return "damaged data: reference before the start";
    default:
      return "damaged data";
  }
}

/// These compute the checksum but leave what is around the data to us.
std::uint32_t flag_of(Inflater::Checksum checksum) {
  switch (checksum) {
    case Inflater::Checksum::crc32:
      return ISAL_GZIP_NO_HDR;
    case Inflater::Checksum::adler32:
      return ISAL_ZLIB_NO_HDR;
    case Inflater::Checksum::none:
      break;
  }
  return ISAL_DEFLATE;
}

}  // namespace

Inflater::Inflater(Checksum checksum) : checksum_flag_(flag_of(checksum)) {
  isal_inflate_init(&state_);
  begin();
}

void Inflater::begin() {
  isal_inflate_reset(&state_);
  state_.crc_flag = checksum_flag_;
  found_damage_ = false;
  size_bytes_ = 0;
  piece_limit_bytes_ = call_limit_bytes;
}

Inflater::Outcome Inflater::inflate(std::span<const char>& in, std::span<char>& out) {
  while (!found_damage_ && !out.empty()) {
    Spans spans{in, out};
    const auto given = std::min(in.size(), piece_limit_bytes_);
    if (given > 1) save_checkpoint();
    const int outcome = inflate_piece(spans);
    if (outcome < 0 && given > 1) {
      return_to_checkpoint();
      piece_limit_bytes_ = given > search_piece_bytes ? search_piece_bytes : 1;
      continue;
    }
    const bool stuck = given > 0 && spans.in.size() == in.size() && spans.out.size() == out.size();
    in = spans.in;
    out = spans.out;
    if (outcome < 0 || stuck) {
      damage_ = describe(outcome);
      found_damage_ = true;
    } else if (state_.block_state == ISAL_BLOCK_FINISH) {
      return Outcome::ended;
    } else if (in.empty()) {
      return Outcome::more;
    }
  }
  return found_damage_ ? deliver_before_damage(out) : Outcome::more;
}

int Inflater::inflate_piece(Spans& spans) {
  const auto in_bytes = std::min(spans.in.size(), piece_limit_bytes_);
  const auto out_bytes = std::min(spans.out.size(), call_limit_bytes);
  state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(spans.in.data()));
  state_.next_out = reinterpret_cast<std::uint8_t*>(spans.out.data());
  state_.avail_in = static_cast<std::uint32_t>(in_bytes);
  state_.avail_out = static_cast<std::uint32_t>(out_bytes);

  const int outcome = isal_inflate(&state_);
  // After an error the library may have counted more input than it was given.
  const auto unused = state_.avail_in <= in_bytes ? state_.avail_in : 0;
  const auto produced = out_bytes - state_.avail_out;
  spans.in = spans.in.subspan(in_bytes - unused);
  spans.out = spans.out.subspan(produced);
  size_bytes_ += static_cast<std::uint32_t>(produced);
  return outcome;
}

// The fast loops of inflate stop at damage with up to a few hundred bytes too many counted as
// output. So a piece of input that fails is taken back and decoded again in ever smaller pieces;
// with one byte at a time the fast loops never run, and the output ends exactly at the damage.
void Inflater::save_checkpoint() {
  constexpr auto head_bytes = offsetof(inflate_state, tmp_out_buffer);
  const auto used_bytes = head_bytes + static_cast<std::size_t>(state_.tmp_out_valid);
  std::memcpy(&checkpoint_, &state_, used_bytes);
  checkpoint_size_bytes_ = size_bytes_;
}

void Inflater::return_to_checkpoint() {
  state_ = checkpoint_;
  size_bytes_ = checkpoint_size_bytes_;
}

// inflate decodes a little ahead into a buffer of its own. When it runs into damage there, good
// bytes that did not fit `out` are still waiting in that buffer.
Inflater::Outcome Inflater::deliver_before_damage(std::span<char>& out) {
  const auto waiting = static_cast<std::size_t>(state_.tmp_out_valid - state_.tmp_out_processed);
  const auto count = std::min(waiting, out.size());
  std::copy_n(state_.tmp_out_buffer + state_.tmp_out_processed, count, out.begin());
  state_.tmp_out_processed += static_cast<std::int32_t>(count);
  out = out.subspan(count);
  return count == waiting ? Outcome::damaged : Outcome::more;
}

std::size_t Inflater::read_ahead_bytes() const noexcept {
  return static_cast<std::size_t>(std::max(state_.read_in_length, 0)) / 8;
}

std::size_t Inflater::read_ahead(std::span<char, 8> to) const noexcept {
  const auto bits = static_cast<unsigned>(state_.read_in_length);
  std::uint64_t ahead = state_.read_in >> (bits % 8);
  const std::size_t count = bits / 8;
  for (std::size_t i = 0; i < count; ++i, ahead >>= 8U) to[i] = static_cast<char>(ahead & 0xffU);
  return count;
}

}  // namespace sluice
