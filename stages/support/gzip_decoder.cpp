#include "stages/support/gzip_decoder.h"

#include <algorithm>
#include <cstddef>
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

}  // namespace

GzipDecoder::GzipDecoder() { isal_inflate_init(&inflate_); }

// What belongs to the data of a member is set where that begins.
void GzipDecoder::reset(bool behind_parts) {
  state_ = behind_parts ? State::between : State::header;
  members_ = behind_parts ? 1 : 0;
  member_offset_ = consumed();
  header_ = GzipHeaderParser();
}

Decoder::Step GzipDecoder::advance(std::span<const char> in, std::span<char> out) {
  call_in_bytes_ = in.size();
  Rest rest{in, out};
  while (run_state(rest)) {
  }
  return {in.size() - rest.in.size(), out.size() - rest.out.size(), rest.at_part_end};
}

bool GzipDecoder::run_state(Rest& rest) {
  switch (state_) {
    case State::header:
      return take_header(rest);
    case State::data:
      return take_data(rest);
    case State::damaged:
      return deliver_before_damage(rest);
    case State::trailer:
      return take_trailer(rest);
    case State::between:
      return leave_member(rest);
    case State::padding:
      return skip_padding(rest);
  }
  return false;
}

bool GzipDecoder::take_header(Rest& rest) {
  rest.in = rest.in.subspan(header_.take(rest.in));
  if (header_.wrong_magic() && members_ > 0) {
    fail("trailing garbage", member_offset_);
  } else if (!header_.problem().empty()) {
    fail(std::string(header_.problem()), member_offset_);
  }
  if (!header_.complete()) return false;
  begin_data();
  return true;
}

void GzipDecoder::begin_data() {
  isal_inflate_reset(&inflate_);
  inflate_.crc_flag = ISAL_GZIP_NO_HDR;  // Computes the CRC but leaves the trailer to us.
  data_size_bytes_ = 0;
  piece_limit_bytes_ = call_limit_bytes;
  state_ = State::data;
}

bool GzipDecoder::take_data(Rest& rest) {
  while (!rest.out.empty()) {
    const Rest before = rest;
    const auto given = std::min(rest.in.size(), piece_limit_bytes_);
    if (given > 1) save_checkpoint();
    const int outcome = inflate_piece(rest);
    if (outcome < 0 && given > 1) {
      return_to_checkpoint();
      rest = before;
      piece_limit_bytes_ = given > search_piece_bytes ? search_piece_bytes : 1;
      continue;
    }
    const bool stuck =
        given > 0 && rest.in.size() == before.in.size() && rest.out.size() == before.out.size();
    if (outcome < 0 || stuck) {
      damage_ = describe(outcome);
      state_ = State::damaged;
      return true;
    }
    if (inflate_.block_state == ISAL_BLOCK_FINISH) {
      begin_trailer();
      return true;
    }
    if (rest.in.empty()) return false;
  }
  return false;
}

int GzipDecoder::inflate_piece(Rest& rest) {
  const auto in_bytes = std::min(rest.in.size(), piece_limit_bytes_);
  const auto out_bytes = std::min(rest.out.size(), call_limit_bytes);
  inflate_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(rest.in.data()));
  inflate_.next_out = reinterpret_cast<std::uint8_t*>(rest.out.data());
  inflate_.avail_in = static_cast<std::uint32_t>(in_bytes);
  inflate_.avail_out = static_cast<std::uint32_t>(out_bytes);

  const int outcome = isal_inflate(&inflate_);
  // After an error the library may have counted more input than it was given.
  const auto unused = inflate_.avail_in <= in_bytes ? inflate_.avail_in : 0;
  const auto produced = out_bytes - inflate_.avail_out;
  rest.in = rest.in.subspan(in_bytes - unused);
  rest.out = rest.out.subspan(produced);
  data_size_bytes_ += static_cast<std::uint32_t>(produced);
  return outcome;
}

// The fast loops of inflate stop at damage with up to a few hundred bytes too many counted as
// output. So a piece of input that fails is taken back and decoded again in ever smaller pieces;
// with one byte at a time the fast loops never run, and the output ends exactly at the damage.
void GzipDecoder::save_checkpoint() {
  constexpr auto head_bytes = offsetof(inflate_state, tmp_out_buffer);
  const auto used_bytes = head_bytes + static_cast<std::size_t>(inflate_.tmp_out_valid);
  std::memcpy(&checkpoint_, &inflate_, used_bytes);
  checkpoint_data_size_bytes_ = data_size_bytes_;
}

void GzipDecoder::return_to_checkpoint() {
  inflate_ = checkpoint_;
  data_size_bytes_ = checkpoint_data_size_bytes_;
}

// inflate decodes a little ahead into a buffer of its own. When it runs into damage there, good
// bytes that did not fit `out` are still waiting in that buffer.
bool GzipDecoder::deliver_before_damage(Rest& rest) {
  const auto waiting =
      static_cast<std::size_t>(inflate_.tmp_out_valid - inflate_.tmp_out_processed);
  const auto count = std::min(waiting, rest.out.size());
  std::copy_n(inflate_.tmp_out_buffer + inflate_.tmp_out_processed, count, rest.out.begin());
  inflate_.tmp_out_processed += static_cast<std::int32_t>(count);
  rest.out = rest.out.subspan(count);
  if (count == waiting) {
    const auto read_ahead = static_cast<std::uint64_t>(std::max(inflate_.read_in_length, 0)) / 8;
    fail(std::string(damage_), offset_of(rest) - read_ahead);
  }
  return false;
}

// inflate reads up to 8 bytes ahead into its bit buffer: what is left there is the trailer's start,
// never more, as the trailer has 8 bytes.
void GzipDecoder::begin_trailer() {
  const auto bits = static_cast<unsigned>(inflate_.read_in_length);
  std::uint64_t ahead = inflate_.read_in >> (bits % 8);
  trailer_bytes_ = 0;
  for (unsigned left = bits / 8; left > 0; --left) {
    trailer_[trailer_bytes_++] = static_cast<char>(ahead & 0xffU);
    ahead >>= 8U;
  }
  state_ = State::trailer;
}

bool GzipDecoder::take_trailer(Rest& rest) {
  const auto count = std::min(trailer_.size() - trailer_bytes_, rest.in.size());
  std::copy_n(rest.in.begin(), count, trailer_.data() + trailer_bytes_);
  trailer_bytes_ += count;
  rest.in = rest.in.subspan(count);
  if (trailer_bytes_ < trailer_.size()) return false;

  const auto trailer_offset = offset_of(rest) - trailer_.size();
  if (read_u32_le(trailer_.data()) != inflate_.crc) {
    fail("checksum mismatch", trailer_offset);
  } else if (read_u32_le(trailer_.data() + 4) != data_size_bytes_) {
    fail("length mismatch", trailer_offset);
  } else {
    ++members_;
    state_ = State::between;
    rest.at_part_end = true;
  }
  return false;
}

bool GzipDecoder::leave_member(Rest& rest) {
  if (rest.in.empty()) return false;
  member_offset_ = offset_of(rest);
  header_ = GzipHeaderParser();
  state_ = rest.in.front() == 0 ? State::padding : State::header;
  return true;
}

bool GzipDecoder::skip_padding(Rest& rest) {
  const auto garbage =
      std::find_if(rest.in.begin(), rest.in.end(), [](char byte) { return byte != 0; });
  rest.in = rest.in.subspan(static_cast<std::size_t>(garbage - rest.in.begin()));
  if (!rest.in.empty()) fail("trailing garbage", offset_of(rest));
  return false;
}

std::uint64_t GzipDecoder::offset_of(const Rest& rest) const noexcept {
  return consumed() + call_in_bytes_ - rest.in.size();
}

}  // namespace sluice
