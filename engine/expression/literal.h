// The values of number, text and bytes tokens.
#pragma once

#include <optional>
#include <string_view>

#include "engine/expression/lexer.h"
#include "engine/expression/syntax.h"

namespace sluice {

/// The value of an `integer`, `unsigned_integer` or `floating` token of the expression `all`, with
/// a
/// `-` in front where `negative`. Nothing after filling `mistake`, if its type does not hold it. A
/// double that is too small to be told from 0 is such a mistake too.
std::optional<Literal> read_number(std::string_view all, const Token& token, bool negative,
                                   ExpressionMistake& mistake);

/// The value of a `text` or `bytes` token of the expression `all`. In a text, \x and octal escapes
/// are code points and \u escapes may be surrogate pairs; in bytes, \x and octal escapes are bytes
/// and there are no \u and \U. Line ends stay as they are written. Nothing after filling `mistake`,
/// whose range is the escape's.
std::optional<Literal> read_quoted(std::string_view all, const Token& token,
                                   ExpressionMistake& mistake);

}  // namespace sluice
