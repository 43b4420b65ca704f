// The parser of expressions, a recursive descent parser. Where the specification leaves room:
// - Depth: a tree is at most ExpressionLimits::depth nodes high, and as many expressions may nest
//   (parentheses count, though they give no node). Chains of `&&` and of `||` become balanced
//   trees, as in the reference implementation; other chains lean to the left and so end at the
//   limit.
// - The `-` in front of an int or double literal is part of it, with or without space between: `-1`
//   is a literal, `--1` is `-_(-1)`, `-1.f()` is a call on -1. Behind an operand it is the
//   operator. A uint has no sign: `-1u` is `-_(1u)`.
// - `!` and `-` may be mixed (`!-x`), which the grammar does not have: types refuse it better.
// - `name_range` of an operator is its sign (`?` of the conditional, the brackets of an index), and
//   of calls, names and messages where the name stands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/lexer.h"
#include "engine/expression/syntax.h"

namespace sluice {

/// A tree while it is built. Without a node after a mistake.
struct Operand {
  SyntaxNodePtr node;
  std::size_t height = 0;
  TextRange extent;  ///< With the parentheses around it.
  /// Whether it is written as a name, dots and names, so that `{` may go on to a message.
  bool names_only = false;
};

class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, ExpressionMistake& mistake)
      : text_(text), mistake_(mistake), lexer_(text) {
    advance();
  }

  SyntaxNodePtr run();

 private:
  using Kind = SyntaxNode::Kind;
  enum class Level : std::uint8_t { relation, addition, multiplication };

  // The grammar, from the weakest binding to the strongest.
  Operand expression();
  Operand conditional();
  Operand chain(TokenKind sign);
  Operand binary(Level level);
  Operand unary();
  Operand member(Operand operand);
  Operand field(Operand target);
  Operand index(Operand target);
  Operand message(Operand name);
  Operand primary();
  Operand parenthesised();
  Operand name();
  Operand list();
  Operand map();
  Operand literal(bool negative, TextRange range);

  /// Elements behind an opening sign up to `close`, which it takes, each read by `element`, which
  /// gives false after a mistake. A comma may follow the last one where `trailing_comma`.
  template <typename Element>
  void elements(TokenKind close, std::string_view expected, bool trailing_comma, Element element);
  /// An expression that becomes the next argument of `owner`.
  bool argument(Operand& owner);

  Operand operation(std::string_view name, TextRange sign,
                    std::initializer_list<Operand*> operands);
  Operand balanced(std::span<Operand> operands, std::span<const TextRange> signs,
                   std::string_view name);
  static Operand start(Kind kind, TextRange range);
  /// `operand` with its end behind the last token; nothing if it is too high or there was a
  /// mistake.
  Operand finished(Operand operand);

  bool names_a_message() const;
  bool is_selector() const {
    return token_.kind == TokenKind::name || token_.kind == TokenKind::reserved;
  }
  std::string_view text_of(TextRange range) const {
    return text_.substr(range.begin, range.end - range.begin);
  }
  static std::string_view operator_name(TokenKind kind, Level level);
  static TextRange hull(TextRange a, TextRange b);
  std::string token_text() const;
  Token advance();

  // Each records the first mistake only and gives what stands for one.
  Operand fail(std::string message, std::string hint, TextRange range);
  Operand fail_expected(std::string_view expected, std::string hint = {});
  Operand fail_behind_operand(std::string_view expected);
  Operand fail_depth(TextRange range, std::string hint = {});

  std::string_view text_;
  ExpressionMistake& mistake_;
  bool failed_ = false;
  Lexer lexer_;
  Token token_;         ///< The next one.
  TextRange previous_;  ///< The one before it.
  std::size_t nested_ = 0;
};

}  // namespace sluice
