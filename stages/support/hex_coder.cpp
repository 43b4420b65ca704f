// Hex: two digits for each byte (RFC 4648, section 8).
#include <optional>

#include "stages/support/byte_coders.h"

namespace sluice::byte_coders {
namespace {

class HexEncoder final : public ByteCoder {
 public:
  explicit HexEncoder(const ByteCoding& coding)
      : ByteCoder(coding.encoding, {2, 1}), digits_(coding.digits), level_(coding.level) {}

 private:
  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    return encode_hex(in, out, digits_, level_);
  }
  std::size_t convert_byte(char byte, char* out) override {
    return encode_hex({&byte, 1}, {out, 2}, digits_, level_).produced;
  }
  std::size_t convert_end(char* /*out*/) override { return 0; }
  void reset() override {}

  LetterCase digits_;
  SimdLevel level_;
};

class HexDecoder final : public ByteCoder {
 public:
  explicit HexDecoder(const ByteCoding& coding)
      : ByteCoder(coding.encoding, {1, 2}), is_lenient_(coding.is_lenient), level_(coding.level) {}

 private:
  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    if (high_) return {};
    return decode_hex(in, out, level_);
  }

  std::size_t convert_byte(char byte, char* out) override {
    const std::uint8_t value = hex_value(byte);
    if (value == not_hex) {
      if (!is_lenient_ || !is_blank(byte)) fail("no hex digit", consumed());
      return 0;
    }
    if (!high_) {
      high_ = value;
      return 0;
    }
    *out = static_cast<char>(*high_ << 4U | value);
    high_.reset();
    return 1;
  }

  std::size_t convert_end(char* /*out*/) override {
    if (high_) fail("an odd number of digits", consumed());
    return 0;
  }
  void reset() override { high_.reset(); }

  bool is_lenient_;
  SimdLevel level_;
  std::optional<std::uint8_t> high_;  ///< The first digit of two.
};

}  // namespace

std::unique_ptr<ByteCoder> make_hex_encoder(const ByteCoding& coding) {
  return std::make_unique<HexEncoder>(coding);
}

std::unique_ptr<ByteCoder> make_hex_decoder(const ByteCoding& coding) {
  return std::make_unique<HexDecoder>(coding);
}

}  // namespace sluice::byte_coders
