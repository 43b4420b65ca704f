#include "engine/base/result.h"

#include <array>
#include <cstring>

#include "engine/base/escape.h"

namespace sluice {

std::string_view name_of(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::io:
      return "io";
    case ErrorCode::corrupt_input:
      return "corrupt_input";
    case ErrorCode::limit:
      return "limit";
    case ErrorCode::bad_config:
      return "bad_config";
    case ErrorCode::stalled:
      return "stalled";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::internal:
      return "internal";
  }
  return "unknown";
}

std::string to_string(const Error& error) {
  std::string text;
  if (!error.pipeline.empty()) text += "pipeline '" + error.pipeline + "'";
  if (!error.stage.empty()) text += (text.empty() ? "stage '" : ", stage '") + error.stage + "'";
  if (!text.empty()) text += ": ";
  text += escape(error.message);
  if (!error.file.empty()) text += ": " + escape(error.file);
  if (error.offset) text += " at byte " + std::to_string(*error.offset);
  return text;
}

Error io_error(std::string_view doing, int errno_value, std::string_view file) {
  std::array<char, 128> buffer{};
  const char* reason = strerror_r(errno_value, buffer.data(), buffer.size());
  Error error;
  error.code = ErrorCode::io;
  error.message = std::string(doing) + ": " + reason;
  error.file = file;
  return error;
}

}  // namespace sluice
