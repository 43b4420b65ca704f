#include "stages/support/text_place.h"

#include <utility>

namespace sluice {

std::string TextPlace::describe(std::uint64_t byte) const {
  std::string text =
      std::string(decompressed ? "decompressed " : "") + "byte " + std::to_string(offset + byte);
  if (part) text += " of the part stored at byte " + std::to_string(*part);
  return text;
}

Error TextPlace::error(ErrorCode code, std::string message, std::uint64_t byte) const {
  Error error;
  error.code = code;
  error.message = std::move(message);
  error.file = file;
  if (decompressed) {
    error.message += ", at " + describe(byte);
  } else {
    error.offset = offset + byte;
  }
  return error;
}

}  // namespace sluice
