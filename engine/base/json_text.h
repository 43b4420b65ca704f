// Text as a JSON string (RFC 8259, section 7).
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// `text` in double quotes, with quotes, backslashes and control bytes escaped. JSON is UTF-8, so
/// every byte that is not part of a code point becomes U+FFFD.
std::string json_quoted(std::string_view text);

/// Appends json_quoted(text) to `out`.
void append_json_quoted(std::string& out, std::string_view text);

}  // namespace sluice
