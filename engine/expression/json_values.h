// JSON texts as values of expressions, and the other way round.
#pragma once

#include <string>
#include <string_view>

#include "engine/expression/function_context.h"

namespace sluice {

/// The list or map (or other value) that a JSON text (RFC 8259) is: integers are ints while they
/// fit, then uints, all other numbers doubles; of a key that occurs twice the last one counts. An
/// error when it is none, or is nested deeper than 128. Texts without escapes stay in `text`.
CelValue open_json(std::string_view text, FunctionContext& context);

/// Appends a value as JSON: bytes in base64, timestamps and durations as protobuf writes them,
/// numbers that JSON cannot say as null. False when it grew beyond
/// FunctionContext::most_text_bytes.
bool append_json_value(std::string& out, const CelValue& value);

}  // namespace sluice
