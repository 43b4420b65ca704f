// The parts of a gzip member (RFC 1952) around its deflate data: header, trailer, and the size
// field that sluice writes into the header.
//
// The size field is a subfield of FEXTRA (RFC 1952, 2.3.1.1) with SI1 = 'S', SI2 = 'L' and LEN = 4:
// the size of the whole member, header and trailer included, as a little-endian u32. A reader hops
// from member to member with it, so that several threads can decode one file. Other programs skip
// it.
//
// BGZF (the SAM/BAM specification, section 4.1; written by bgzip) has the same idea: SI1 = 'B', SI2
// = 'C', LEN = 2, and the size of the member less one as a little-endian u16.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sluice {

/// The header sluice writes: 10 fixed bytes, the extra field's length, and the size field.
constexpr std::size_t gzip_header_size_bytes = 20;
constexpr std::size_t gzip_trailer_size_bytes = 8;
/// So many first bytes of a member are enough to find a size field; one that lies further back is
/// not looked for.
constexpr std::size_t gzip_probe_bytes = 512;

/// Modification time 0 and system 255 (unknown), so that equal data gives equal bytes.
void write_gzip_header(std::span<char, gzip_header_size_bytes> out,
                       std::uint32_t member_size_bytes);

void write_gzip_trailer(std::span<char, gzip_trailer_size_bytes> out, std::uint32_t crc,
                        std::uint32_t data_size_bytes);

/// The size of the member that starts with `first_bytes`, from its size field, be it that of sluice
/// or that of BGZF; nothing if it has none or the bytes end before it. `gzip_header_size_bytes`
/// bytes are enough for sluice's own members. The number comes from the input: check it against the
/// file before using it.
std::optional<std::uint32_t> gzip_member_size(std::string_view first_bytes) noexcept;

/// Reads a member's header from pieces of any size, and keeps nothing of it. Checks the magic
/// bytes, the method, the reserved flags and the header's checksum, where there is one.
class GzipHeaderParser {
 public:
  /// Takes bytes from the front of `in` until the header is complete or wrong; returns how many.
  std::size_t take(std::span<const char> in);

  bool complete() const noexcept { return field_ == Field::none_left && problem_.empty(); }
  /// What is wrong; empty while all is well.
  std::string_view problem() const noexcept { return problem_; }
  /// True if the bytes are no gzip header at all.
  bool wrong_magic() const noexcept { return wrong_magic_; }

 private:
  /// In the order they are stored; all but the first are optional.
  enum class Field : std::uint8_t {
    fixed,
    extra_length,
    extra,
    name,
    comment,
    checksum,
    none_left,
  };

  void take_byte(std::uint8_t byte);
  void take_fixed(std::uint8_t byte);
  void next_field();
  bool present(Field field) const noexcept;

  Field field_ = Field::fixed;
  bool wrong_magic_ = false;
  std::uint8_t flags_ = 0;
  std::uint16_t number_ = 0;       ///< The u16 last read; counts down over the extra field.
  std::uint32_t field_bytes_ = 0;  ///< Bytes of the current fixed-size field taken.
  std::uint32_t crc_ = 0;          ///< Of all bytes before the checksum.
  std::string_view problem_;
};

}  // namespace sluice
