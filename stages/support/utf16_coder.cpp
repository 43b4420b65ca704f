// UTF-16 in either byte order.
#include "stages/support/from_utf8.h"

namespace sluice::byte_coders {
namespace {

constexpr char32_t order_mark = 0xFEFF;

ByteOrder order_of(const ByteCoding& coding) {
  return coding.encoding == ByteEncoding::utf16be ? ByteOrder::big : ByteOrder::little;
}

bool is_surrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDFFF; }
bool is_high(char32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(char32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }
char32_t join(char32_t high, char32_t low) {
  return 0x10000 + ((high & 0x3FFU) << 10U | (low & 0x3FFU));
}

struct Utf16Target {
  static constexpr char32_t replacement = 0xFFFD;
  static constexpr std::size_t plain_growth = 2;
  static constexpr std::size_t ascii_bytes = 2;

  ByteOrder order = ByteOrder::little;
  SimdLevel level = SimdLevel::scalar;

  std::size_t put(char32_t code, char* to) const {
    if (code < 0x10000) return put_unit(code, to);
    put_unit(0xD800 | (code - 0x10000) >> 10U, to);
    put_unit(0xDC00 | (code & 0x3FFU), to + 2);
    return 4;
  }

  Converted convert_run(std::span<const char> in, std::span<char> out) const {
    return convert_characters(in, out, *this,
                              [this](std::span<const char> from, std::span<char> to) {
                                return widen_ascii(from, to, order, level);
                              });
  }
  void reset() {}

 private:
  std::size_t put_unit(char32_t unit, char* to) const {
    const std::size_t low = order == ByteOrder::big ? 1 : 0;
    to[low] = static_cast<char>(unit & 0xFFU);
    to[1 - low] = static_cast<char>(unit >> 8U);
    return 2;
  }
};

class FromUtf16 final : public ByteCoder {
 public:
  explicit FromUtf16(const ByteCoding& coding)
      : ByteCoder(coding.encoding,
                  coding.invalid == InvalidUtf8::escape ? Growth{4, 1} : Growth{3, 2}),
        order_(order_of(coding)),
        invalid_(coding.invalid),
        removes_mark_(!coding.has_byte_order_mark),
        level_(coding.level) {}

 private:
  static constexpr std::size_t unit_bytes = 2;

  char32_t unit_at(const char* bytes) const {
    const std::size_t low = order_ == ByteOrder::big ? 1 : 0;
    return static_cast<unsigned char>(bytes[low]) |
           static_cast<char32_t>(static_cast<unsigned char>(bytes[1 - low])) << 8U;
  }

  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    Converted done;
    if (is_at_start_ || held_count_ > 0) return done;
    while (true) {
      const Converted ascii =
          narrow_ascii(in.subspan(done.consumed), out.subspan(done.produced), order_, level_);
      done.consumed += ascii.consumed;
      done.produced += ascii.produced;
      do {
        if (!convert_character(in, out, done)) return done;
      } while (in.size() - done.consumed >= unit_bytes &&
               unit_at(in.data() + done.consumed) >= 0x80);
    }
  }

  /// False when there is no whole character, or not the room for the longest one.
  bool convert_character(std::span<const char> in, std::span<char> out, Converted& done) const {
    const std::size_t left = in.size() - done.consumed;
    if (left < unit_bytes || out.size() - done.produced < 4) return false;
    const char* at = in.data() + done.consumed;
    std::size_t taken = unit_bytes;
    char32_t code = unit_at(at);
    if (is_surrogate(code)) {
      if (!is_high(code) || left < 2 * unit_bytes) return false;
      const char32_t second = unit_at(at + unit_bytes);
      if (!is_low(second)) return false;
      code = join(code, second);
      taken = 2 * unit_bytes;
    }
    done.produced += write_utf8(code, out.data() + done.produced);
    done.consumed += taken;
    return true;
  }

  std::size_t convert_byte(char byte, char* out) override {
    const std::uint64_t begin = consumed() - held_count_;
    held_[held_count_++] = byte;
    char* to = out;
    if (held_count_ == unit_bytes) {
      const char32_t unit = unit_at(held_.data());
      if (is_high(unit)) return 0;
      to = is_low(unit) ? release(unit_bytes, begin, half, to) : put(unit, unit_bytes, to);
    } else if (held_count_ == 2 * unit_bytes) {
      const char32_t first = unit_at(held_.data());
      const char32_t second = unit_at(held_.data() + unit_bytes);
      if (is_low(second)) {
        to = put(join(first, second), 2 * unit_bytes, to);
      } else {
        to = release(unit_bytes, begin, half, to);
        if (!failed() && !is_high(second)) to = put(second, unit_bytes, to);
      }
    }
    return static_cast<std::size_t>(to - out);
  }

  std::size_t convert_end(char* out) override {
    char* to = out;
    std::uint64_t begin = consumed() - held_count_;
    if (held_count_ >= unit_bytes) {
      to = release(unit_bytes, begin, half, to);
      begin += unit_bytes;
    }
    if (held_count_ > 0 && !failed()) to = release(held_count_, begin, "an odd byte", to);
    return static_cast<std::size_t>(to - out);
  }

  void reset() override {
    held_count_ = 0;
    is_at_start_ = true;
  }

  /// Writes the character that the first `count` held bytes are.
  char* put(char32_t code, std::size_t count, char* to) {
    drop(count);
    const bool is_mark = code == order_mark && std::exchange(is_at_start_, false);
    is_at_start_ = false;
    return is_mark && removes_mark_ ? to : to + write_utf8(code, to);
  }

  /// The first `count` held bytes are not part of a character.
  char* release(std::size_t count, std::uint64_t offset, const char* why, char* to) {
    switch (invalid_) {
      case InvalidUtf8::fail:
        fail(why, offset);
        break;
      case InvalidUtf8::replace:
        to += write_utf8(Utf16Target::replacement, to);
        break;
      case InvalidUtf8::escape:
        for (std::size_t i = 0; i < count; ++i) {
          *to++ = '\\';
          *to++ = 'x';
          to += encode_hex({held_.data() + i, 1}, {to, 2}, LetterCase::lower, SimdLevel::scalar)
                    .produced;
        }
        break;
    }
    is_at_start_ = false;
    drop(count);
    return to;
  }

  void drop(std::size_t count) {
    std::copy(held_.begin() + static_cast<std::ptrdiff_t>(count),
              held_.begin() + static_cast<std::ptrdiff_t>(held_count_), held_.begin());
    held_count_ -= count;
  }

  static constexpr const char* half = "half of a surrogate pair";

  ByteOrder order_;
  InvalidUtf8 invalid_;
  bool removes_mark_;
  SimdLevel level_;
  std::array<char, 4> held_{};  ///< The beginning of a character.
  std::size_t held_count_ = 0;
  bool is_at_start_ = true;  ///< No character was written or removed yet.
};

}  // namespace

std::unique_ptr<ByteCoder> make_utf16_encoder(const ByteCoding& coding) {
  return std::make_unique<FromUtf8<Utf16Target>>(
      coding, coding.has_byte_order_mark ? OrderMark::write : OrderMark::keep,
      Utf16Target{order_of(coding), coding.level});
}

std::unique_ptr<ByteCoder> make_utf16_decoder(const ByteCoding& coding) {
  return std::make_unique<FromUtf16>(coding);
}

}  // namespace sluice::byte_coders
