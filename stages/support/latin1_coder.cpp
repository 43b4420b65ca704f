// Latin-1 (ISO 8859-1): the first 256 characters of Unicode, a byte each.
#include "stages/support/from_utf8.h"

namespace sluice::byte_coders {
namespace {

struct Latin1Target {
  static constexpr char32_t replacement = '?';
  static constexpr std::size_t plain_growth = 1;
  static constexpr std::size_t ascii_bytes = 1;

  SimdLevel level = SimdLevel::scalar;

  static std::size_t put(char32_t code, char* to) {
    if (code > 0xFF) return 0;
    *to = static_cast<char>(code);
    return 1;
  }

  Converted convert_run(std::span<const char> in, std::span<char> out) const {
    return convert_characters(in, out, *this,
                              [this](std::span<const char> from, std::span<char> to) {
                                return copy_ascii(from, to, level);
                              });
  }
  void reset() {}
};

class FromLatin1 final : public ByteCoder {
 public:
  explicit FromLatin1(const ByteCoding& coding)
      : ByteCoder(coding.encoding, {2, 1}), level_(coding.level) {}

 private:
  Converted convert_run(std::span<const char> in, std::span<char> out) override {
    Converted done;
    while (true) {
      const Converted ascii =
          copy_ascii(in.subspan(done.consumed), out.subspan(done.produced), level_);
      done.consumed += ascii.consumed;
      done.produced += ascii.produced;
      do {
        if (done.consumed == in.size() || out.size() - done.produced < 2) return done;
        done.produced += put(in[done.consumed++], out.data() + done.produced);
      } while (done.consumed < in.size() && static_cast<unsigned char>(in[done.consumed]) >= 0x80);
    }
  }

  static std::size_t put(char byte, char* to) {
    return write_utf8(static_cast<unsigned char>(byte), to);
  }
  std::size_t convert_byte(char byte, char* out) override { return put(byte, out); }
  std::size_t convert_end(char* /*out*/) override { return 0; }
  void reset() override {}

  SimdLevel level_;
};

}  // namespace

std::unique_ptr<ByteCoder> make_latin1_encoder(const ByteCoding& coding) {
  return std::make_unique<FromUtf8<Latin1Target>>(coding, OrderMark::keep,
                                                  Latin1Target{coding.level});
}

std::unique_ptr<ByteCoder> make_latin1_decoder(const ByteCoding& coding) {
  return std::make_unique<FromLatin1>(coding);
}

}  // namespace sluice::byte_coders
