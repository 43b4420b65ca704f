// The coders that byte_encoding.h chooses from. Only their sources include this.
#pragma once

#include <memory>

#include "stages/support/byte_encoding.h"

namespace sluice::byte_coders {

std::unique_ptr<ByteCoder> make_hex_encoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_hex_decoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_base64_encoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_base64_decoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_percent_encoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_percent_decoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_latin1_encoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_latin1_decoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_utf16_encoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_utf16_decoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_utf8_encoder(const ByteCoding& coding);
std::unique_ptr<ByteCoder> make_utf8_decoder(const ByteCoding& coding);

/// What may stand between digits in lenient texts.
constexpr bool is_blank(char byte) noexcept {
  return byte == '\n' || byte == '\r' || byte == ' ' || byte == '\t';
}

}  // namespace sluice::byte_coders
