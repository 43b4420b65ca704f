#include "stages/support/gzip_decoder.h"

#include <algorithm>
#include <string>

#include "stages/support/little_endian.h"

namespace sluice {

// What belongs to the data of a member is set where that begins.
void GzipDecoder::reset(bool behind_parts) {
  state_ = behind_parts ? State::between : State::header;
  members_ = behind_parts ? 1 : 0;
  member_offset_ = consumed();
  header_ = GzipHeaderParser();
}

bool GzipDecoder::run_state(Rest& rest) {
  switch (state_) {
    case State::header:
      return take_header(rest);
    case State::data:
      return take_data(rest);
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
  inflater_.begin();
  state_ = State::data;
  return true;
}

bool GzipDecoder::take_data(Rest& rest) {
  switch (inflater_.inflate(rest.in, rest.out)) {
    case Inflater::Outcome::more:
      return false;
    case Inflater::Outcome::damaged:
      fail(std::string(inflater_.damage()), rest.offset() - inflater_.read_ahead_bytes());
      return false;
    case Inflater::Outcome::ended:
      break;
  }
  // What inflate has read ahead is the trailer's start.
  trailer_bytes_ = inflater_.read_ahead(trailer_);
  state_ = State::trailer;
  return true;
}

bool GzipDecoder::take_trailer(Rest& rest) {
  const auto count = std::min(trailer_.size() - trailer_bytes_, rest.in.size());
  std::copy_n(rest.in.begin(), count, trailer_.data() + trailer_bytes_);
  trailer_bytes_ += count;
  rest.in = rest.in.subspan(count);
  if (trailer_bytes_ < trailer_.size()) return false;

  const auto trailer_offset = rest.offset() - trailer_.size();
  if (read_u32_le(trailer_.data()) != inflater_.checksum()) {
    fail("checksum mismatch", trailer_offset);
  } else if (read_u32_le(trailer_.data() + 4) != inflater_.size_bytes()) {
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
  member_offset_ = rest.offset();
  header_ = GzipHeaderParser();
  state_ = rest.in.front() == 0 ? State::padding : State::header;
  return true;
}

bool GzipDecoder::skip_padding(Rest& rest) {
  const auto garbage =
      std::find_if(rest.in.begin(), rest.in.end(), [](char byte) { return byte != 0; });
  rest.in = rest.in.subspan(static_cast<std::size_t>(garbage - rest.in.begin()));
  if (!rest.in.empty()) fail("trailing garbage", rest.offset());
  return false;
}

}  // namespace sluice
