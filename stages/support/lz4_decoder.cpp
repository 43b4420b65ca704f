#include "stages/support/lz4_decoder.h"

#include <lz4.h>

#define XXH_INLINE_ALL  // NOLINT(*-macro-usage): how the header wants to be asked.
#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "stages/support/little_endian.h"
#include "stages/support/magic_numbers.h"

namespace sluice {
namespace {

constexpr std::size_t magic_bytes = 4;
constexpr std::size_t word_bytes = 4;
constexpr std::size_t history_limit_bytes = std::size_t{64} << 10U;
constexpr std::string_view legacy_magic = "\x02\x21\x4c\x18";

// The bits of the descriptor's first byte.
constexpr unsigned flag_independent = 0x20;
constexpr unsigned flag_block_checksum = 0x10;
constexpr unsigned flag_content_size = 0x08;
constexpr unsigned flag_content_checksum = 0x04;
constexpr unsigned flag_reserved = 0x02;
constexpr unsigned flag_dictionary = 0x01;

/// As far as it is there.
bool can_be_magic(std::string_view magic) {
  return may_begin_with(magic, lz4_magic) || may_begin_with(magic, legacy_magic) ||
         may_begin_skippable(magic);
}

}  // namespace

struct Lz4Decoder::ContentHash {
  XXH32_state_t state{};
};

Lz4Decoder::Lz4Decoder() : hash_(std::make_unique<ContentHash>()) {}
Lz4Decoder::~Lz4Decoder() = default;

void Lz4Decoder::reset(bool behind_parts) {
  go_to(State::magic);
  frame_seen_ = behind_parts;
}

bool Lz4Decoder::run_state(Rest& rest) {
  switch (state_) {
    case State::magic:
      return take_magic(rest);
    case State::skippable_size:
      return take_skippable_size(rest);
    case State::skippable:
      return skip(rest);
    case State::descriptor:
      return take_descriptor(rest);
    case State::block_header:
      return take_block_header(rest);
    case State::block:
      return take_block(rest);
    case State::content:
      return deliver(rest);
    case State::content_checksum:
      return take_content_checksum(rest);
  }
  return false;
}

void Lz4Decoder::go_to(State state) noexcept {
  state_ = state;
  field_bytes_ = 0;
}

bool Lz4Decoder::refuse(std::string_view what, std::uint64_t offset) {
  fail(std::string(what), offset);
  return false;
}

/// True once field_ holds `size` bytes.
bool Lz4Decoder::gather(Rest& rest, std::size_t size) {
  const auto missing = size - std::min(size, field_bytes_);
  const auto count = std::min(missing, rest.in.size());
  std::copy_n(rest.in.begin(), count, field_.data() + field_bytes_);
  field_bytes_ += count;
  rest.in = rest.in.subspan(count);
  return field_bytes_ >= size;
}

bool Lz4Decoder::take_magic(Rest& rest) {
  if (field_bytes_ == 0) frame_offset_ = rest.offset();
  const bool complete = gather(rest, magic_bytes);
  const std::string_view magic(field_.data(), field_bytes_);
  if (!can_be_magic(magic)) {
    return refuse(frame_seen_ ? "trailing garbage" : "not an lz4 frame", frame_offset_);
  }
  if (!complete) return false;
  if (magic == legacy_magic) {
    return refuse("is in the legacy format, which is not read (lz4 -d reads it)", frame_offset_);
  }
  go_to(magic == lz4_magic ? State::descriptor : State::skippable_size);
  return true;
}

bool Lz4Decoder::take_skippable_size(Rest& rest) {
  if (!gather(rest, word_bytes)) return false;
  skippable_left_ = read_u32_le(field_.data());
  go_to(State::skippable);
  return true;
}

bool Lz4Decoder::skip(Rest& rest) {
  const auto count = std::min<std::size_t>(skippable_left_, rest.in.size());
  rest.in = rest.in.subspan(count);
  skippable_left_ -= static_cast<std::uint32_t>(count);
  return skippable_left_ == 0 && end_frame(rest);
}

bool Lz4Decoder::take_descriptor(Rest& rest) {
  if (!gather(rest, 2)) return false;
  const unsigned flags = static_cast<std::uint8_t>(field_[0]);
  const std::size_t size =
      2 + ((flags & flag_content_size) != 0 ? 8 : 0) + ((flags & flag_dictionary) != 0 ? 4 : 0);
  if (!gather(rest, size + 1)) return false;
  if (static_cast<std::uint8_t>(field_[size]) != (XXH32(field_.data(), size, 0) >> 8U & 0xffU)) {
    return refuse("header checksum mismatch", frame_offset_);
  }
  if ((flags & flag_dictionary) != 0) {
    const auto id = read_u32_le(field_.data() + size - 4);
    return refuse("needs dictionary " + std::to_string(id), frame_offset_);
  }
  if (!begin_frame()) return refuse("unknown kind of frame", frame_offset_);
  go_to(State::block_header);
  return true;
}

/// False if the descriptor in field_ has unknown values.
bool Lz4Decoder::begin_frame() {
  constexpr unsigned version = 1;
  constexpr unsigned smallest_block_code = 4;
  const unsigned flags = static_cast<std::uint8_t>(field_[0]);
  const unsigned blocks = static_cast<std::uint8_t>(field_[1]);
  const unsigned block_code = blocks >> 4U & 7U;
  if (flags >> 6U != version || (flags & flag_reserved) != 0 || (blocks & 0x8fU) != 0 ||
      block_code < smallest_block_code) {
    return false;
  }
  frame_ = {};
  frame_.independent_blocks = (flags & flag_independent) != 0;
  frame_.block_checksums = (flags & flag_block_checksum) != 0;
  frame_.content_checksum = (flags & flag_content_checksum) != 0;
  frame_.block_limit = std::size_t{64} << (10U + 2 * (block_code - smallest_block_code));
  if ((flags & flag_content_size) != 0) frame_.content = read_little_endian({field_.data() + 2, 8});
  decoded_bytes_ = 0;
  history_bytes_ = 0;
  XXH32_reset(&hash_->state, 0);
  return true;
}

bool Lz4Decoder::take_block_header(Rest& rest) {
  if (!gather(rest, word_bytes)) return false;
  constexpr std::uint32_t plain_bit = 0x80000000;
  const std::uint32_t header = read_u32_le(field_.data());
  block_offset_ = rest.offset() - word_bytes;
  if (header == 0) {
    if (frame_.content && *frame_.content != decoded_bytes_) {
      return refuse("length mismatch", block_offset_);
    }
    if (!frame_.content_checksum) return end_frame(rest);
    go_to(State::content_checksum);
    return true;
  }
  block_is_plain_ = (header & plain_bit) != 0;
  block_size_ = header & ~plain_bit;
  if (block_size_ > frame_.block_limit) return refuse("damaged block header", block_offset_);
  stored_bytes_ = 0;
  go_to(State::block);
  return true;
}

bool Lz4Decoder::take_block(Rest& rest) {
  const std::size_t size = block_size_ + (frame_.block_checksums ? word_bytes : 0);
  if (stored_bytes_ == 0 && rest.in.size() >= size) {
    const auto stored = rest.in.first(size);
    rest.in = rest.in.subspan(size);
    decode_block(stored, rest);
    return !failed();
  }
  if (stored_.size() < size) stored_.resize(size);
  const auto count = std::min(size - stored_bytes_, rest.in.size());
  std::copy_n(rest.in.begin(), count, stored_.data() + stored_bytes_);
  stored_bytes_ += count;
  rest.in = rest.in.subspan(count);
  if (stored_bytes_ < size) return false;
  decode_block(std::span(stored_).first(size), rest);
  return !failed();
}

void Lz4Decoder::decode_block(std::span<const char> stored, Rest& rest) {
  const auto data = stored.first(block_size_);
  if (frame_.block_checksums &&
      XXH32(data.data(), data.size(), 0) != read_u32_le(stored.data() + block_size_)) {
    return fail("checksum mismatch", block_offset_ + word_bytes + block_size_);
  }
  const std::size_t limit = content_limit();
  const bool direct = frame_.independent_blocks && rest.out.size() >= limit;
  if (!direct && content_.size() < history_bytes_ + limit) {
    content_.resize(history_bytes_ + limit);
  }
  const std::span<char> to =
      direct ? rest.out.first(limit) : std::span(content_).subspan(history_bytes_, limit);
  const std::optional<std::size_t> size = decode_content(data, to);
  if (!size) return fail("damaged data", block_offset_);
  decoded_bytes_ += *size;
  if (frame_.content_checksum) XXH32_update(&hash_->state, to.data(), *size);
  if (direct) {
    rest.out = rest.out.subspan(*size);
    return go_to(State::block_header);
  }
  delivered_end_ = history_bytes_;
  content_end_ = history_bytes_ + *size;
  go_to(State::content);
}

std::optional<std::size_t> Lz4Decoder::decode_content(std::span<const char> stored,
                                                      std::span<char> to) const {
  if (block_is_plain_) {
    if (stored.size() > to.size()) return std::nullopt;
    std::copy(stored.begin(), stored.end(), to.begin());
    return stored.size();
  }
  const auto from_bytes = static_cast<int>(stored.size());
  const auto to_bytes = static_cast<int>(to.size());
  const int size =
      history_bytes_ == 0
          ? LZ4_decompress_safe(stored.data(), to.data(), from_bytes, to_bytes)
          : LZ4_decompress_safe_usingDict(stored.data(), to.data(), from_bytes, to_bytes,
                                          content_.data(), static_cast<int>(history_bytes_));
  if (size < 0) return std::nullopt;
  return static_cast<std::size_t>(size);
}

/// The most bytes that the next block may decode to.
std::size_t Lz4Decoder::content_limit() const noexcept {
  if (!frame_.content) return frame_.block_limit;
  const std::uint64_t left = *frame_.content - std::min(*frame_.content, decoded_bytes_);
  return static_cast<std::size_t>(std::min<std::uint64_t>(frame_.block_limit, left));
}

bool Lz4Decoder::deliver(Rest& rest) {
  const auto count = std::min(content_end_ - delivered_end_, rest.out.size());
  std::copy_n(content_.data() + delivered_end_, count, rest.out.begin());
  delivered_end_ += count;
  rest.out = rest.out.subspan(count);
  if (delivered_end_ < content_end_) return false;
  if (!frame_.independent_blocks) {
    history_bytes_ = std::min(content_end_, history_limit_bytes);
    std::memmove(content_.data(), content_.data() + content_end_ - history_bytes_, history_bytes_);
  }
  go_to(State::block_header);
  return true;
}

bool Lz4Decoder::take_content_checksum(Rest& rest) {
  if (!gather(rest, word_bytes)) return false;
  if (read_u32_le(field_.data()) != XXH32_digest(&hash_->state)) {
    return refuse("checksum mismatch", rest.offset() - word_bytes);
  }
  return end_frame(rest);
}

bool Lz4Decoder::end_frame(Rest& rest) {
  frame_seen_ = true;
  rest.at_part_end = true;
  go_to(State::magic);
  return false;
}

}  // namespace sluice
