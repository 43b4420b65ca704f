// The words and signs of an expression, by the lexis of CEL (google/cel-spec, doc/langdef.md,
// "Syntax"). Two choices that the lexis leaves open: a number ends where a word could not go on
// (`1in x` is a mistake), and the prefixes of raw bytes may stand in either order (`br""`, `rb""`).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/expression/syntax.h"

namespace sluice {

enum class TokenKind : std::uint8_t {
  end,      ///< Nothing is left; its range is empty.
  invalid,  ///< What begins no token. Lexer::mistake() says why.
  name,
  reserved,     ///< A word that is no name: it may stand only behind a dot or name a field.
  quoted_name,  ///< `...` in backquotes.
  keyword_false,
  keyword_in,
  keyword_null,
  keyword_true,
  integer,
  unsigned_integer,
  floating,
  text,   ///< In quotes, with its prefix. Escapes are not checked yet.
  bytes,  ///< Likewise.
  left_paren,
  right_paren,
  left_bracket,
  right_bracket,
  left_brace,
  right_brace,
  dot,
  comma,
  colon,
  question,
  plus,
  minus,
  star,
  slash,
  percent,
  exclamation,
  less,
  less_equal,
  greater,
  greater_equal,
  equal_equal,
  not_equal,
  and_and,
  or_or,
};

struct Token {
  TokenKind kind = TokenKind::end;
  TextRange range;
};

/// Reads tokens one after another. A copy reads ahead. It keeps a view of the text, which must be
/// valid UTF-8 of at most ExpressionLimits::text_bytes.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  /// Never fails to move on: `invalid` tokens are at least a byte long.
  Token next();

  /// Why the last `invalid` token is none. Its range is a part of the token.
  const ExpressionMistake& mistake() const noexcept { return mistake_; }

 private:
  bool at(std::size_t position, std::string_view what) const noexcept {
    return text_.substr(position).substr(0, what.size()) == what;
  }
  void skip_blanks() noexcept;
  Token token(TokenKind kind, std::size_t begin) const noexcept;
  Token invalid(std::size_t begin, std::string message, std::string hint);
  Token number();
  Token word();
  Token quoted(std::size_t prefix);
  Token quoted_name();
  Token sign();
  Token no_sign();

  std::string_view text_;
  std::size_t position_ = 0;
  ExpressionMistake mistake_;
};

}  // namespace sluice
