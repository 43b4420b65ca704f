// Base64 with either alphabet (RFC 4648, sections 4 and 5).
#include <algorithm>

#include "engine/data/base64.h"
#include "stages/support/byte_coders.h"

namespace sluice::byte_coders {
namespace {

Base64Alphabet alphabet_of(const ByteCoding& coding) {
  return coding.encoding == ByteEncoding::base64url ? Base64Alphabet::url
                                                    : Base64Alphabet::standard;
}

class Base64Encoder final : public ByteCoder {
 public:
  explicit Base64Encoder(const ByteCoding& coding)
      : ByteCoder(coding.encoding, {4, 3}),
        alphabet_(alphabet_of(coding)),
        has_padding_(coding.has_padding),
        level_(coding.level) {}

 private:
  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    if (held_count_ > 0) return {};
    return encode_base64(in, out, alphabet_, level_);
  }

  std::size_t convert_byte(char byte, char* out) override {
    held_[held_count_++] = byte;
    if (held_count_ < held_.size()) return 0;
    held_count_ = 0;
    return encode_base64(held_, {out, 4}, alphabet_, level_).produced;
  }

  std::size_t convert_end(char* out) override {
    if (held_count_ == 0) return 0;
    const std::size_t digits =
        encode_base64_end(std::span(held_).first(held_count_), {out, 3}, alphabet_);
    if (!has_padding_) return digits;
    std::fill(out + digits, out + 4, '=');
    return 4;
  }
  void reset() override { held_count_ = 0; }

  Base64Alphabet alphabet_;
  bool has_padding_;
  SimdLevel level_;
  std::array<char, 3> held_{};  ///< Bytes of a group that is not whole yet.
  std::size_t held_count_ = 0;
};

class Base64Decoder final : public ByteCoder {
 public:
  explicit Base64Decoder(const ByteCoding& coding)
      : ByteCoder(coding.encoding, {3, 4}),
        alphabet_(alphabet_of(coding)),
        is_lenient_(coding.is_lenient),
        level_(coding.level),
        digits_(base64_digits(alphabet_)),
        other_digits_(base64_digits(alphabet_ == Base64Alphabet::url ? Base64Alphabet::standard
                                                                     : Base64Alphabet::url)) {}

 private:
  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    if (count_ > 0 || is_padded_) return {};
    return decode_base64(in, out, alphabet_, level_);
  }

  std::size_t convert_byte(char byte, char* out) override {
    std::uint8_t value = digits_[static_cast<unsigned char>(byte)];
    if (value == not_base64 && is_lenient_) value = other_digits_[static_cast<unsigned char>(byte)];
    if (value != not_base64) return add_digit(value, out);
    if (byte == '=') {
      add_padding();
    } else if (!is_lenient_ || !is_blank(byte)) {
      fail("no base64 digit", consumed());
    }
    return 0;
  }

  /// Each byte is written as soon as all of its bits are there.
  std::size_t add_digit(std::uint8_t value, char* out) {
    if (is_padded_ && !is_lenient_) {
      fail("a digit behind the padding", consumed());
      return 0;
    }
    is_padded_ = false;
    bits_ = bits_ << 6U | value;
    ++count_;
    if (count_ == 1) return 0;
    *out = static_cast<char>(bits_ >> (8U - 2U * count_) & 255U);
    if (count_ == 4) start_group();
    return 1;
  }

  void add_padding() {
    if (is_padded_ ? missing_padding_ == 0 : count_ < 2) {
      fail("padding where none belongs", consumed());
      return;
    }
    if (!is_padded_) {
      check_unused_bits();
      is_padded_ = true;
      missing_padding_ = 4 - count_;
      start_group();
    }
    --missing_padding_;
  }

  void check_unused_bits() {
    const std::uint32_t unused = count_ == 2 ? 15U : 3U;
    if (!is_lenient_ && (bits_ & unused) != 0) {
      fail("bits are set that belong to no byte", consumed());
    }
  }

  std::size_t convert_end(char* /*out*/) override {
    if (count_ == 1) fail("ends within a byte", consumed());
    if (count_ > 1) check_unused_bits();
    if (is_padded_ && missing_padding_ > 0 && !is_lenient_) fail("padding is cut", consumed());
    return 0;
  }

  void start_group() {
    bits_ = 0;
    count_ = 0;
  }
  void reset() override {
    start_group();
    is_padded_ = false;
  }

  Base64Alphabet alphabet_;
  bool is_lenient_;
  SimdLevel level_;
  const Base64Digits& digits_;
  const Base64Digits& other_digits_;

  std::uint32_t bits_ = 0;  ///< Of the group at hand.
  unsigned count_ = 0;      ///< Its digits.
  bool is_padded_ = false;  ///< The last thing that counted was padding.
  unsigned missing_padding_ = 0;
};

}  // namespace

std::unique_ptr<ByteCoder> make_base64_encoder(const ByteCoding& coding) {
  return std::make_unique<Base64Encoder>(coding);
}

std::unique_ptr<ByteCoder> make_base64_decoder(const ByteCoding& coding) {
  return std::make_unique<Base64Decoder>(coding);
}

}  // namespace sluice::byte_coders
