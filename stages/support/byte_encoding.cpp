#include "stages/support/byte_encoding.h"

#include <utility>

#include "stages/support/byte_coders.h"

namespace sluice {

Result<Converted> ByteCoder::convert(std::span<const char> in, std::span<char> out) {
  if (failure_) return *failure_;
  Converted done;
  const auto is_at_end = [&] {
    return done.consumed == in.size() || out.size() - done.produced < least_room;
  };
  while (!is_at_end()) {
    const Converted run = convert_run(in.subspan(done.consumed), out.subspan(done.produced));
    done.consumed += run.consumed;
    done.produced += run.produced;
    consumed_ += run.consumed;
    if (is_at_end()) break;
    done.produced += convert_byte(in[done.consumed], out.data() + done.produced);
    if (failure_) break;
    ++done.consumed;
    ++consumed_;
  }
  if (failure_ && done.produced == 0) return *failure_;
  return done;
}

Result<std::size_t> ByteCoder::finish(std::span<char> out) {
  if (failure_) return *failure_;
  const std::size_t produced = convert_end(out.data());
  if (failure_) return *failure_;
  return produced;
}

void ByteCoder::restart() {
  consumed_ = 0;
  failure_.reset();
  reset();
}

std::size_t ByteCoder::bound(std::size_t input) const noexcept {
  // What was taken before and is not yet written, or a byte order mark.
  constexpr std::size_t held = 4;
  return (input + held) * growth_.out / growth_.in + 1 + least_room;
}

void ByteCoder::fail(std::string message, std::uint64_t offset) {
  if (failure_) return;
  failure_.emplace();
  failure_->code = ErrorCode::corrupt_input;
  failure_->message = OptionType<ByteEncoding>::print(encoding_) + ": " + std::move(message);
  failure_->offset = offset;
}

std::unique_ptr<ByteCoder> make_byte_encoder(const ByteCoding& coding) {
  switch (coding.encoding) {
    case ByteEncoding::utf16le:
    case ByteEncoding::utf16be:
      return byte_coders::make_utf16_encoder(coding);
    case ByteEncoding::latin1:
      return byte_coders::make_latin1_encoder(coding);
    case ByteEncoding::hex:
      return byte_coders::make_hex_encoder(coding);
    case ByteEncoding::base64:
    case ByteEncoding::base64url:
      return byte_coders::make_base64_encoder(coding);
    case ByteEncoding::percent:
      return byte_coders::make_percent_encoder(coding);
    case ByteEncoding::utf8:
      break;
  }
  return byte_coders::make_utf8_encoder(coding);
}

std::unique_ptr<ByteCoder> make_byte_decoder(const ByteCoding& coding) {
  switch (coding.encoding) {
    case ByteEncoding::utf16le:
    case ByteEncoding::utf16be:
      return byte_coders::make_utf16_decoder(coding);
    case ByteEncoding::latin1:
      return byte_coders::make_latin1_decoder(coding);
    case ByteEncoding::hex:
      return byte_coders::make_hex_decoder(coding);
    case ByteEncoding::base64:
    case ByteEncoding::base64url:
      return byte_coders::make_base64_decoder(coding);
    case ByteEncoding::percent:
      return byte_coders::make_percent_decoder(coding);
    case ByteEncoding::utf8:
      break;
  }
  return byte_coders::make_utf8_decoder(coding);
}

}  // namespace sluice
