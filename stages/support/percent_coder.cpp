// Percent-encoding (RFC 3986, section 2.1): all but letters, digits and `-._~` is `%` and two
// capital hex digits.
#include <algorithm>
#include <cstring>

#include "stages/support/byte_coders.h"

namespace sluice::byte_coders {
namespace {

constexpr std::array<bool, 256> is_plain = [] {
  std::array<bool, 256> plain{};
  for (const char byte : std::string_view("-._~")) plain[static_cast<unsigned char>(byte)] = true;
  for (unsigned char byte = '0'; byte <= '9'; ++byte) plain[byte] = true;
  for (unsigned char byte = 'a'; byte <= 'z'; ++byte) plain[byte] = true;
  for (unsigned char byte = 'A'; byte <= 'Z'; ++byte) plain[byte] = true;
  return plain;
}();

constexpr std::size_t escape_bytes = 3;

std::size_t write_byte(char byte, char* out) {
  if (is_plain[static_cast<unsigned char>(byte)]) {
    *out = byte;
    return 1;
  }
  *out = '%';
  encode_hex({&byte, 1}, {out + 1, 2}, LetterCase::upper, SimdLevel::scalar);
  return escape_bytes;
}

class PercentEncoder final : public ByteCoder {
 public:
  explicit PercentEncoder(const ByteCoding& coding) : ByteCoder(coding.encoding, {3, 1}) {}

 private:
  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    Converted done;
    while (done.consumed < in.size() && out.size() - done.produced >= escape_bytes) {
      done.produced += write_byte(in[done.consumed++], out.data() + done.produced);
    }
    return done;
  }
  std::size_t convert_byte(char byte, char* out) override { return write_byte(byte, out); }
  std::size_t convert_end(char* /*out*/) override { return 0; }
  void reset() override {}
};

class PercentDecoder final : public ByteCoder {
 public:
  explicit PercentDecoder(const ByteCoding& coding)
      : ByteCoder(coding.encoding, {1, 1}), is_lenient_(coding.is_lenient) {}

 private:
  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    Converted done;
    if (held_count_ > 0) return done;
    while (done.consumed < in.size() && done.produced < out.size()) {
      const char* begin = in.data() + done.consumed;
      const std::size_t most = std::min(in.size() - done.consumed, out.size() - done.produced);
      const void* percent = std::memchr(begin, '%', most);
      const std::size_t plain =
          percent == nullptr ? most
                             : static_cast<std::size_t>(static_cast<const char*>(percent) - begin);
      std::memcpy(out.data() + done.produced, begin, plain);
      done.consumed += plain;
      done.produced += plain;
      if (percent == nullptr || in.size() - done.consumed < escape_bytes) break;
      const Converted byte = decode_hex(in.subspan(done.consumed + 1, 2),
                                        out.subspan(done.produced, 1), SimdLevel::scalar);
      if (byte.produced == 0) break;
      done.consumed += escape_bytes;
      done.produced += 1;
    }
    return done;
  }

  std::size_t convert_byte(char byte, char* out) override {
    if (held_count_ == 0 ? byte == '%' : hex_value(byte) != not_hex) {
      held_[held_count_++] = byte;
      if (held_count_ < escape_bytes) return 0;
      held_count_ = 0;
      return decode_hex({held_.data() + 1, 2}, {out, 1}, SimdLevel::scalar).produced;
    }
    // It ends an escape that is none, and may begin another one.
    const std::size_t released = release(out, consumed() - held_count_);
    if (failed()) return 0;
    if (byte == '%') {
      held_[held_count_++] = byte;
      return released;
    }
    out[released] = byte;
    return released + 1;
  }

  std::size_t convert_end(char* out) override { return release(out, consumed() - held_count_); }

  /// What is held stands for itself, or is a mistake.
  std::size_t release(char* out, std::uint64_t offset) {
    const std::size_t count = held_count_;
    if (count > 0 && !is_lenient_) {
      fail("a '%' without two hex digits", offset);
      return 0;
    }
    std::copy_n(held_.begin(), count, out);
    held_count_ = 0;
    return count;
  }
  void reset() override { held_count_ = 0; }

  bool is_lenient_;
  std::array<char, escape_bytes> held_{};  ///< The beginning of an escape.
  std::size_t held_count_ = 0;
};

}  // namespace

std::unique_ptr<ByteCoder> make_percent_encoder(const ByteCoding& coding) {
  return std::make_unique<PercentEncoder>(coding);
}

std::unique_ptr<ByteCoder> make_percent_decoder(const ByteCoding& coding) {
  return std::make_unique<PercentDecoder>(coding);
}

}  // namespace sluice::byte_coders
