// Values in conformance tests (google/cel-spec, proto/cel/expr/value.proto) and those of our
// expressions.
#pragma once

#include <string>

#include "engine/expression/cel_value.h"
#include "engine/expression/function_context.h"
#include "tests/conformance/text_proto.h"

namespace sluice::conformance {

/// What a message Value is; an error that says why when there is no such value here. Texts are
/// those of the message, lists and maps lie in `memory`.
CelValue read_value(const ProtoMessage& value, FunctionContext& memory);

/// Whether the two are the same, their types included. A NaN is itself; a map has no order.
bool same(const CelValue& a, const CelValue& b);

/// For people.
std::string print(const CelValue& value);

}  // namespace sluice::conformance
