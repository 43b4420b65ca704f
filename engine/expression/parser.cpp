// The rules of the grammar; what they are made of is in parser_tree.cpp.
#include "engine/expression/parser.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "engine/base/utf8.h"
#include "engine/expression/literal.h"
#include "engine/expression/word_hints.h"

namespace sluice {

template <typename Element>
void ExpressionParser::elements(TokenKind close, std::string_view expected, bool trailing_comma,
                                Element element) {
  const TextRange open = previous_;
  bool more = token_.kind != close;
  if (more && trailing_comma && token_.kind == TokenKind::comma) {
    advance();  // The specification's `[,]`: no elements, and a comma behind them.
    more = false;
  }
  while (more) {
    if (token_.kind == TokenKind::end) break;
    if (!element()) return;
    if (token_.kind != TokenKind::comma) break;
    advance();
    more = !trailing_comma || token_.kind != close;
  }
  if (token_.kind == close) {
    advance();
  } else if (token_.kind == TokenKind::end) {
    fail("the '" + std::string(text_of(open)) + "' is not closed", "", open);
  } else {
    fail_behind_operand(expected);
  }
}

SyntaxNodePtr ExpressionParser::run() {
  if (token_.kind == TokenKind::end) {
    fail("the expression is empty", "", token_.range);
    return nullptr;
  }
  Operand whole = expression();
  if (!whole.node) return nullptr;
  if (token_.kind == TokenKind::end) return std::move(whole.node);
  if (token_.kind == TokenKind::right_paren || token_.kind == TokenKind::right_bracket ||
      token_.kind == TokenKind::right_brace) {
    fail("the " + token_text() + " closes nothing", "", token_.range);
  } else {
    fail_behind_operand("an operator");
  }
  return nullptr;
}

Operand ExpressionParser::expression() {
  if (nested_ == ExpressionLimits::depth) return fail_depth(token_.range);
  ++nested_;
  Operand result = conditional();
  --nested_;
  return result;
}

Operand ExpressionParser::conditional() {
  Operand condition = chain(TokenKind::or_or);
  if (!condition.node || token_.kind != TokenKind::question) return condition;
  const Token sign = advance();
  Operand then = chain(TokenKind::or_or);
  if (!then.node) return {};
  if (token_.kind == TokenKind::question) {
    return fail_expected("':'", "a condition inside a condition stands in parentheses");
  }
  if (token_.kind != TokenKind::colon) return fail_behind_operand("an operator or ':'");
  advance();
  Operand otherwise = expression();
  return operation("_?_:_", sign.range, {&condition, &then, &otherwise});
}

/// Operands with `sign` between them, `||` or `&&`.
Operand ExpressionParser::chain(TokenKind sign) {
  const bool is_or = sign == TokenKind::or_or;
  const auto next = [&] { return is_or ? chain(TokenKind::and_and) : binary(Level::relation); };
  Operand first = next();
  if (!first.node || token_.kind != sign) return first;
  std::vector<Operand> operands;
  std::vector<TextRange> signs;
  operands.push_back(std::move(first));
  while (token_.kind == sign) {
    signs.push_back(advance().range);
    operands.push_back(next());
    if (!operands.back().node) return {};
  }
  return balanced(operands, signs, is_or ? "_||_" : "_&&_");
}

Operand ExpressionParser::binary(Level level) {
  const auto next = [&] {
    if (level == Level::relation) return binary(Level::addition);
    if (level == Level::addition) return binary(Level::multiplication);
    return unary();
  };
  Operand left = next();
  while (left.node) {
    const std::string_view name = operator_name(token_.kind, level);
    if (name.empty()) break;
    const Token sign = advance();
    Operand right = next();
    if (right.node && left.height == ExpressionLimits::depth) {
      return fail_depth(sign.range, "parentheses around parts of a long chain make it flatter");
    }
    left = operation(name, sign.range, {&left, &right});
  }
  return left;
}

Operand ExpressionParser::unary() {
  std::vector<Token> signs;
  while (token_.kind == TokenKind::exclamation || token_.kind == TokenKind::minus) {
    if (signs.size() == ExpressionLimits::depth) return fail_depth(token_.range);
    signs.push_back(advance());
  }
  const bool is_number = token_.kind == TokenKind::integer || token_.kind == TokenKind::floating;
  Operand operand;
  if (is_number && !signs.empty() && signs.back().kind == TokenKind::minus) {
    operand = literal(true, hull(signs.back().range, token_.range));
    signs.pop_back();
  } else {
    operand = primary();
  }
  operand = member(std::move(operand));
  for (; !signs.empty(); signs.pop_back()) {
    const bool is_not = signs.back().kind == TokenKind::exclamation;
    operand = operation(is_not ? "!_" : "-_", signs.back().range, {&operand});
  }
  return operand;
}

Operand ExpressionParser::member(Operand operand) {
  while (operand.node) {
    if (token_.kind == TokenKind::dot) {
      operand = field(std::move(operand));
    } else if (token_.kind == TokenKind::left_bracket) {
      operand = index(std::move(operand));
    } else if (token_.kind == TokenKind::left_brace && operand.names_only) {
      operand = message(std::move(operand));
    } else {
      break;
    }
  }
  return operand;
}

Operand ExpressionParser::field(Operand target) {
  advance();
  const bool quoted = token_.kind == TokenKind::quoted_name;
  if (!quoted && !is_selector()) return fail_expected("a field name");
  const Token name = advance();
  Operand result = start(Kind::select, hull(target.extent, name.range));
  result.node->name = text_of(name.range);
  if (quoted) result.node->name = result.node->name.substr(1, result.node->name.size() - 2);
  result.node->name_range = name.range;
  result.node->target = std::move(target.node);
  result.height = target.height + 1;
  result.names_only = target.names_only && !quoted;
  if (token_.kind != TokenKind::left_paren) return finished(std::move(result));
  if (quoted) return fail("a quoted name is no function", "", name.range);
  result.node->kind = Kind::call;
  result.names_only = false;
  advance();
  elements(TokenKind::right_paren, "',' or ')'", false, [&] { return argument(result); });
  return finished(std::move(result));
}

Operand ExpressionParser::index(Operand target) {
  const Token open = advance();
  Operand inside = expression();
  if (!inside.node) return {};
  if (token_.kind == TokenKind::end) return fail("the '[' is not closed", "", open.range);
  if (token_.kind != TokenKind::right_bracket) return fail_behind_operand("an operator or ']'");
  const Token close = advance();
  return operation("_[_]", hull(open.range, close.range), {&target, &inside});
}

/// Turns `a.b.C` into the name of the message whose fields follow.
Operand ExpressionParser::message(Operand name) {
  Operand result = start(Kind::message, name.extent);
  SyntaxNode* part = name.node.get();
  result.node->name_range = part->range;
  for (; part->kind == Kind::select; part = part->target.get()) {
    result.node->name.insert(0, "." + part->name);
  }
  result.node->name.insert(0, part->name);
  result.node->absolute = part->absolute;
  advance();
  elements(TokenKind::right_brace, "',' or '}'", true, [&] {
    const bool quoted = token_.kind == TokenKind::quoted_name;
    if (!quoted && !is_selector()) {
      fail_expected("a field name");
      return false;
    }
    const TextRange range = advance().range;
    const std::string_view field = text_of(range);
    result.node->field_names.emplace_back(quoted ? field.substr(1, field.size() - 2) : field);
    if (token_.kind != TokenKind::colon) {
      fail_expected("':'");
      return false;
    }
    advance();
    return argument(result);
  });
  return finished(std::move(result));
}

Operand ExpressionParser::primary() {
  switch (token_.kind) {
    case TokenKind::name:
    case TokenKind::reserved:
    case TokenKind::dot:
      return name();
    case TokenKind::left_paren:
      return parenthesised();
    case TokenKind::left_bracket:
      return list();
    case TokenKind::left_brace:
      return map();
    case TokenKind::keyword_false:
    case TokenKind::keyword_null:
    case TokenKind::keyword_true:
    case TokenKind::integer:
    case TokenKind::unsigned_integer:
    case TokenKind::floating:
    case TokenKind::text:
    case TokenKind::bytes:
      return literal(false, token_.range);
    case TokenKind::quoted_name:
      return fail("a quoted name may stand only behind a dot", "", token_.range);
    default:
      return fail_expected("an operand");
  }
}

Operand ExpressionParser::parenthesised() {
  const Token open = advance();
  Operand inside = expression();
  if (!inside.node) return {};
  if (token_.kind == TokenKind::end) return fail("the '(' is not closed", "", open.range);
  if (token_.kind != TokenKind::right_paren) return fail_behind_operand("an operator or ')'");
  inside.extent = hull(open.range, advance().range);
  inside.names_only = false;
  return inside;
}

Operand ExpressionParser::name() {
  Operand result = start(Kind::name, token_.range);
  result.names_only = true;
  if (token_.kind == TokenKind::dot) {
    result.node->absolute = true;
    advance();
  }
  if (!is_selector()) return fail_expected("a name");
  // Reserved words may be parts of a message's name, and nothing else here.
  if (token_.kind == TokenKind::reserved && !names_a_message()) {
    return fail(token_text() + " is a reserved word", hint_for_reserved(text_of(token_.range)),
                token_.range);
  }
  const Token name = advance();
  result.node->name = text_of(name.range);
  result.node->name_range = name.range;
  result.node->range.end = result.extent.end = name.range.end;
  if (token_.kind != TokenKind::left_paren) return result;
  result.node->kind = Kind::call;
  result.names_only = false;
  advance();
  elements(TokenKind::right_paren, "',' or ')'", false, [&] { return argument(result); });
  return finished(std::move(result));
}

Operand ExpressionParser::list() {
  Operand result = start(Kind::list, advance().range);
  elements(TokenKind::right_bracket, "',' or ']'", true, [&] { return argument(result); });
  return finished(std::move(result));
}

Operand ExpressionParser::map() {
  Operand result = start(Kind::map, advance().range);
  elements(TokenKind::right_brace, "',' or '}'", true, [&] {
    if (!argument(result)) return false;
    if (token_.kind != TokenKind::colon) {
      fail_behind_operand("an operator or ':'");
      return false;
    }
    advance();
    return argument(result);
  });
  return finished(std::move(result));
}

Operand ExpressionParser::literal(bool negative, TextRange range) {
  Operand result = start(Kind::literal, range);
  std::optional<Literal> value;
  ExpressionMistake mistake;
  switch (token_.kind) {
    case TokenKind::keyword_null:
      value = std::monostate();
      break;
    case TokenKind::keyword_false:
    case TokenKind::keyword_true:
      value = token_.kind == TokenKind::keyword_true;
      break;
    case TokenKind::text:
    case TokenKind::bytes:
      value = read_quoted(text_, token_, mistake);
      break;
    default:
      value = read_number(text_, token_, negative, mistake);
      if (!value) mistake.range = range;
  }
  if (!value) return fail(std::move(mistake.message), std::move(mistake.hint), mistake.range);
  result.node->literal = *std::move(value);
  advance();
  return result;
}

bool ExpressionParser::argument(Operand& owner) {
  Operand value = expression();
  if (!value.node) return false;
  owner.height = std::max(owner.height, value.height + 1);
  owner.node->arguments.push_back(std::move(value.node));
  return true;
}

SyntaxNodePtr parse_expression(std::string_view text, ExpressionMistake& mistake) {
  constexpr auto limit = static_cast<std::uint32_t>(ExpressionLimits::text_bytes);
  if (text.size() > limit) {
    mistake = {"the expression is longer than " + std::to_string(limit) + " bytes",
               "",
               {limit, limit + 1}};
    return nullptr;
  }
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) {
      const auto begin = static_cast<std::uint32_t>(i);
      mistake = {"the expression is not valid UTF-8", "", {begin, begin + 1}};
      return nullptr;
    }
    i += length;
  }
  return ExpressionParser(text, mistake).run();
}

}  // namespace sluice
