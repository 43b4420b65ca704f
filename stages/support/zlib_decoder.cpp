#include "stages/support/zlib_decoder.h"

#include <algorithm>
#include <string>

namespace sluice {
namespace {

std::uint32_t read_u32_be(std::span<const char> from) {
  std::uint32_t number = 0;
  for (const char byte : from.first(4)) number = number << 8U | static_cast<std::uint8_t>(byte);
  return number;
}

}  // namespace

ZlibDecoder::ZlibDecoder(Compression compression)
    : compression_(compression),
      inflater_(compression == Compression::zlib ? Inflater::Checksum::adler32
                                                 : Inflater::Checksum::none) {
  reset(false);
}

void ZlibDecoder::reset(bool behind_parts) {
  state_ = behind_parts                        ? State::ended
           : compression_ == Compression::zlib ? State::header
                                               : State::data;
  header_bytes_ = 0;
  trailer_bytes_ = 0;
  inflater_.begin();
}

bool ZlibDecoder::run_state(Rest& rest) {
  switch (state_) {
    case State::header:
      return take_header(rest);
    case State::data:
      return take_data(rest);
    case State::trailer:
      return take_trailer(rest);
    case State::ended:
      break;
  }
  if (!rest.in.empty()) fail("trailing garbage", rest.offset());
  return false;
}

bool ZlibDecoder::take_header(Rest& rest) {
  constexpr unsigned method_deflate = 8;
  constexpr unsigned window_log_limit = 7;
  constexpr unsigned dictionary_flag = 0x20;
  while (header_bytes_ < header_.size() && !rest.in.empty()) {
    header_[header_bytes_++] = static_cast<std::uint8_t>(rest.in.front());
    rest.in = rest.in.subspan(1);
  }
  if (header_bytes_ < header_.size()) return false;
  const unsigned method = header_[0] & 0x0fU;
  const unsigned window_log = header_[0] >> 4U;
  const auto start = rest.offset() - header_.size();
  if (method != method_deflate || window_log > window_log_limit ||
      (header_[0] * 256U + header_[1]) % 31 != 0) {
    fail("not a zlib stream", start);
    return false;
  }
  if ((header_[1] & dictionary_flag) != 0) {
    fail("needs a preset dictionary", start);
    return false;
  }
  state_ = State::data;
  return true;
}

bool ZlibDecoder::take_data(Rest& rest) {
  switch (inflater_.inflate(rest.in, rest.out)) {
    case Inflater::Outcome::more:
      return false;
    case Inflater::Outcome::damaged:
      fail(std::string(inflater_.damage()), rest.offset() - inflater_.read_ahead_bytes());
      return false;
    case Inflater::Outcome::ended:
      break;
  }
  trailer_bytes_ = inflater_.read_ahead(trailer_);
  state_ = State::trailer;
  return true;
}

bool ZlibDecoder::take_trailer(Rest& rest) {
  const auto missing = trailer_size_bytes() - std::min(trailer_size_bytes(), trailer_bytes_);
  const auto count = std::min(missing, rest.in.size());
  std::copy_n(rest.in.begin(), count, trailer_.data() + trailer_bytes_);
  trailer_bytes_ += count;
  rest.in = rest.in.subspan(count);
  if (trailer_bytes_ < trailer_size_bytes()) return false;

  const auto trailer_offset = rest.offset() - trailer_bytes_;
  if (compression_ == Compression::zlib && read_u32_be(trailer_) != inflater_.checksum()) {
    fail("checksum mismatch", trailer_offset);
    return false;
  }
  state_ = State::ended;
  rest.at_part_end = true;
  if (trailer_bytes_ > trailer_size_bytes()) {
    fail("trailing garbage", trailer_offset + trailer_size_bytes());
  }
  return false;
}

std::size_t ZlibDecoder::trailer_size_bytes() const noexcept {
  return compression_ == Compression::zlib ? 4 : 0;
}

}  // namespace sluice
