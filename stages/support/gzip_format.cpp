#include "stages/support/gzip_format.h"

#include <isa-l/crc.h>

#include <algorithm>
#include <array>

#include "stages/support/little_endian.h"
#include "stages/support/magic_numbers.h"

namespace sluice {
namespace {

constexpr std::size_t fixed_bytes = 10;
constexpr std::uint8_t flag_checksum = 0x02;
constexpr std::uint8_t flag_extra = 0x04;
constexpr std::uint8_t flag_name = 0x08;
constexpr std::uint8_t flag_comment = 0x10;
constexpr std::uint8_t flags_reserved = 0xe0;

constexpr std::size_t size_field_at = 16;
constexpr std::size_t subfield_head_bytes = 4;

}  // namespace

void write_gzip_header(std::span<char, gzip_header_size_bytes> out,
                       std::uint32_t member_size_bytes) {
  constexpr std::array<std::uint8_t, size_field_at> start = {
      0x1f, 0x8b, 8,   flag_extra, 0, 0, 0, 0,  // magic, method, flags, time
      0,    255,                                // extra flags, operating system
      8,    0,    'S', 'L',        4, 0};       // extra length, subfield and its length
  std::copy(start.begin(), start.end(), out.begin());
  write_little_endian(member_size_bytes, out.subspan(size_field_at));
}

void write_gzip_trailer(std::span<char, gzip_trailer_size_bytes> out, std::uint32_t crc,
                        std::uint32_t data_size_bytes) {
  write_little_endian(crc, out.first(4));
  write_little_endian(data_size_bytes, out.subspan(4));
}

std::optional<std::uint32_t> gzip_member_size(std::string_view first_bytes) noexcept {
  if (first_bytes.size() < fixed_bytes + 2 || first_bytes.substr(0, 3) != gzip_magic ||
      (static_cast<std::uint8_t>(first_bytes[3]) & flag_extra) == 0) {
    return std::nullopt;
  }
  auto extra =
      first_bytes.substr(fixed_bytes + 2, read_little_endian(first_bytes.substr(fixed_bytes, 2)));
  while (extra.size() >= subfield_head_bytes) {
    const auto length = read_little_endian(extra.substr(2, 2));
    const auto body = extra.substr(subfield_head_bytes, length);
    if (extra.substr(0, 2) == "SL" && length == 4 && body.size() == 4) {
      return read_u32_le(body.data());
    }
    if (extra.substr(0, 2) == "BC" && length == 2 && body.size() == 2) {
      return static_cast<std::uint32_t>(read_little_endian(body) + 1);
    }
    extra.remove_prefix(subfield_head_bytes + body.size());
  }
  return std::nullopt;
}

std::size_t GzipHeaderParser::take(std::span<const char> in) {
  std::size_t taken = 0;
  std::size_t under_checksum = 0;
  while (taken < in.size() && field_ != Field::none_left && problem_.empty()) {
    const bool covered = field_ != Field::checksum;
    take_byte(static_cast<std::uint8_t>(in[taken++]));
    if (covered) under_checksum = taken;
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(in.data());
  crc_ = crc32_gzip_refl(crc_, bytes, under_checksum);
  if (complete() && present(Field::checksum) && number_ != (crc_ & 0xffffU)) {
    problem_ = "header checksum mismatch";
  }
  return taken;
}

void GzipHeaderParser::take_byte(std::uint8_t byte) {
  switch (field_) {
    case Field::fixed:
      take_fixed(byte);
      break;
    case Field::extra_length:
    case Field::checksum:
      number_ = static_cast<std::uint16_t>(number_ | byte << (8 * field_bytes_));
      if (++field_bytes_ == 2) next_field();
      break;
    case Field::extra:
      if (--number_ == 0) next_field();
      break;
    case Field::name:
    case Field::comment:
      if (byte == 0) next_field();
      break;
    case Field::none_left:
      break;
  }
}

void GzipHeaderParser::take_fixed(std::uint8_t byte) {
  const auto at = field_bytes_++;
  if (at < 2 && byte != static_cast<std::uint8_t>(gzip_magic[at])) {
    wrong_magic_ = true;
    problem_ = "not a gzip member";
  } else if (at == 2 && byte != 8) {
    problem_ = "unknown compression method";
  } else if (at == 3) {
    flags_ = byte;
    if ((flags_ & flags_reserved) != 0) problem_ = "reserved header flags are set";
  } else if (field_bytes_ == fixed_bytes) {
    next_field();
  }
}

void GzipHeaderParser::next_field() {
  field_bytes_ = 0;
  do {
    field_ = static_cast<Field>(static_cast<std::uint8_t>(field_) + 1);
  } while (!present(field_));
}

bool GzipHeaderParser::present(Field field) const noexcept {
  switch (field) {
    case Field::extra_length:
      return (flags_ & flag_extra) != 0;
    case Field::extra:
      return number_ > 0;
    case Field::name:
      return (flags_ & flag_name) != 0;
    case Field::comment:
      return (flags_ & flag_comment) != 0;
    case Field::checksum:
      return (flags_ & flag_checksum) != 0;
    case Field::fixed:
    case Field::none_left:
      break;
  }
  return true;
}

}  // namespace sluice
