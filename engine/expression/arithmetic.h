// `+ - * / %` and the sign (google/cel-spec, doc/langdef.md, "Numeric Values", "Overflow"): what an
// int or uint does not hold is an error, doubles follow IEEE 754, times stay within their range.
#pragma once

#include "engine/expression/expression.h"

namespace sluice {

/// `is_lenient`: numbers of different types meet; an int and a uint where both go, others as
/// doubles. REQUIRES: neither is an error or json.
CelValue calculate(Expression::Operation operation, const CelValue& left, const CelValue& right,
                   bool is_lenient, FunctionContext& context);

CelValue negated(const CelValue& value, FunctionContext& context);

/// The types that `operation` gives for operands of such types; none where it never goes.
TypeSet types_of(Expression::Operation operation, TypeSet left, TypeSet right, bool is_lenient);

/// "+"
std::string_view sign_of(Expression::Operation operation) noexcept;

}  // namespace sluice
