// What the parser's rules are made of: operators, nodes, tokens and mistakes.
#include <algorithm>
#include <memory>
#include <utility>

#include "engine/base/escape.h"
#include "engine/expression/parser.h"
#include "engine/expression/word_hints.h"

namespace sluice {

TextRange ExpressionParser::hull(TextRange a, TextRange b) {
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

/// The function of a binary operator of that level; empty if the token is none.
std::string_view ExpressionParser::operator_name(TokenKind kind, Level level) {
  if (level == Level::relation) {
    if (kind == TokenKind::less) return "_<_";
    if (kind == TokenKind::less_equal) return "_<=_";
    if (kind == TokenKind::greater) return "_>_";
    if (kind == TokenKind::greater_equal) return "_>=_";
    if (kind == TokenKind::equal_equal) return "_==_";
    if (kind == TokenKind::not_equal) return "_!=_";
    if (kind == TokenKind::keyword_in) return "@in";
  } else if (level == Level::addition) {
    if (kind == TokenKind::plus) return "_+_";
    if (kind == TokenKind::minus) return "_-_";
  } else {
    if (kind == TokenKind::star) return "_*_";
    if (kind == TokenKind::slash) return "_/_";
    if (kind == TokenKind::percent) return "_%_";
  }
  return {};
}

Operand ExpressionParser::balanced(std::span<Operand> operands, std::span<const TextRange> signs,
                                   std::string_view name) {
  if (operands.size() == 1) return std::move(operands.front());
  const std::size_t half = (operands.size() + 1) / 2;
  Operand left = balanced(operands.first(half), signs.first(half - 1), name);
  Operand right = balanced(operands.subspan(half), signs.subspan(half), name);
  return operation(name, signs[half - 1], {&left, &right});
}

Operand ExpressionParser::operation(std::string_view name, TextRange sign,
                                    std::initializer_list<Operand*> operands) {
  Operand result = start(Kind::call, sign);
  result.node->name = name;
  result.node->name_range = sign;
  for (Operand* operand : operands) {
    if (!operand->node) return {};
    result.height = std::max(result.height, operand->height + 1);
    result.extent = hull(result.extent, operand->extent);
    result.node->arguments.push_back(std::move(operand->node));
  }
  if (result.height > ExpressionLimits::depth) return fail_depth(sign);
  result.node->range = result.extent;
  return result;
}

Operand ExpressionParser::start(Kind kind, TextRange range) {
  Operand result;
  result.node = std::make_unique<SyntaxNode>();
  result.node->kind = kind;
  result.node->range = result.extent = range;
  result.height = 1;
  return result;
}

Operand ExpressionParser::finished(Operand operand) {
  if (failed_) return {};
  operand.node->range.end = operand.extent.end = previous_.end;
  if (operand.height > ExpressionLimits::depth) return fail_depth(previous_);
  return operand;
}

/// Whether a message's name and its `{` begin with the next token.
bool ExpressionParser::names_a_message() const {
  Lexer ahead = lexer_;
  Token token = ahead.next();
  while (token.kind == TokenKind::dot) {
    token = ahead.next();
    if (token.kind != TokenKind::name && token.kind != TokenKind::reserved) return false;
    token = ahead.next();
  }
  return token.kind == TokenKind::left_brace;
}

std::string ExpressionParser::token_text() const {
  constexpr std::size_t shown = 32;
  if (token_.kind == TokenKind::end) return "the end";
  return "'" + escape(text_of(token_.range), shown) + "'";
}

/// Moves on to the next token and gives the one before it.
Token ExpressionParser::advance() {
  const Token taken = token_;
  previous_ = taken.range;
  token_ = lexer_.next();
  return taken;
}

Operand ExpressionParser::fail(std::string message, std::string hint, TextRange range) {
  if (!failed_) mistake_ = {std::move(message), std::move(hint), range};
  failed_ = true;
  return {};
}

Operand ExpressionParser::fail_expected(std::string_view expected, std::string hint) {
  if (token_.kind == TokenKind::invalid) {
    const ExpressionMistake& mistake = lexer_.mistake();
    return fail(mistake.message, mistake.hint, mistake.range);
  }
  return fail("expected " + std::string(expected) + ", got " + token_text(), std::move(hint),
              token_.range);
}

Operand ExpressionParser::fail_behind_operand(std::string_view expected) {
  return fail_expected(expected, hint_behind_operand(text_of(previous_), text_of(token_.range)));
}

Operand ExpressionParser::fail_depth(TextRange range, std::string hint) {
  return fail(
      "the expression is nested deeper than " + std::to_string(ExpressionLimits::depth) + " levels",
      std::move(hint), range);
}

}  // namespace sluice
