#include "engine/expression/lexer.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "engine/base/escape.h"
#include "engine/base/utf8.h"

namespace sluice {
namespace {

/// How a sign is written; `invalid` for those of other languages, with what to say about them.
struct Sign {
  std::string_view text;
  TokenKind kind = TokenKind::end;
  std::string_view hint;
};

/// The first that fits counts, so the longer ones come first.
constexpr std::array<Sign, 37> signs{{
    {"===", TokenKind::invalid, "did you mean '=='?"},
    {"!==", TokenKind::invalid, "did you mean '!='?"},
    {"<>", TokenKind::invalid, "did you mean '!='?"},
    {"=<", TokenKind::invalid, "did you mean '<='?"},
    {"=>", TokenKind::invalid, "did you mean '>='?"},
    {"=~", TokenKind::invalid, "did you mean text.matches(\"pattern\")?"},
    {"!~", TokenKind::invalid, "did you mean !text.matches(\"pattern\")?"},
    {"**", TokenKind::invalid, ""},
    {"<=", TokenKind::less_equal, ""},
    {">=", TokenKind::greater_equal, ""},
    {"==", TokenKind::equal_equal, ""},
    {"!=", TokenKind::not_equal, ""},
    {"&&", TokenKind::and_and, ""},
    {"||", TokenKind::or_or, ""},
    {"(", TokenKind::left_paren, ""},
    {")", TokenKind::right_paren, ""},
    {"[", TokenKind::left_bracket, ""},
    {"]", TokenKind::right_bracket, ""},
    {"{", TokenKind::left_brace, ""},
    {"}", TokenKind::right_brace, ""},
    {".", TokenKind::dot, ""},
    {",", TokenKind::comma, ""},
    {":", TokenKind::colon, ""},
    {"?", TokenKind::question, ""},
    {"+", TokenKind::plus, ""},
    {"-", TokenKind::minus, ""},
    {"*", TokenKind::star, ""},
    {"/", TokenKind::slash, ""},
    {"%", TokenKind::percent, ""},
    {"!", TokenKind::exclamation, ""},
    {"<", TokenKind::less, ""},
    {">", TokenKind::greater, ""},
    {"=", TokenKind::invalid, "did you mean '=='?"},
    {"&", TokenKind::invalid, "did you mean '&&'?"},
    {"|", TokenKind::invalid, "did you mean '||'?"},
    {"^", TokenKind::invalid, ""},
    {"~", TokenKind::invalid, ""},
}};

struct Keyword {
  std::string_view text;
  TokenKind kind = TokenKind::end;
};
constexpr std::array<Keyword, 4> keywords{{{"false", TokenKind::keyword_false},
                                           {"in", TokenKind::keyword_in},
                                           {"null", TokenKind::keyword_null},
                                           {"true", TokenKind::keyword_true}}};

constexpr std::array<std::string_view, 17> reserved_words{
    "as",  "break", "const",   "continue",  "else",   "for", "function", "if",   "import",
    "let", "loop",  "package", "namespace", "return", "var", "void",     "while"};

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_word(char c) { return is_letter(c) || is_digit(c); }
constexpr bool is_quote(char c) { return c == '"' || c == '\''; }

/// The first position from `from` on whose character is none of the class.
template <typename Class>
std::size_t skip(std::string_view text, std::size_t from, Class is_of_class) {
  while (from < text.size() && is_of_class(text[from])) ++from;
  return from;
}

/// The end of "e+10" at `from`; `from` itself where there is none.
std::size_t skip_exponent(std::string_view text, std::size_t from) {
  if (from >= text.size() || (text[from] != 'e' && text[from] != 'E')) return from;
  std::size_t digits = from + 1;
  if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
  const std::size_t end = skip(text, digits, is_digit);
  return end > digits ? end : from;
}

/// The length of the prefix (`r`, `b` or both) of the quoted text that begins here; 0 if none does.
std::size_t prefix_of_quoted(std::string_view text) {
  const std::size_t length = text.substr(0, 3).find_first_of("\"'");
  if (length == std::string_view::npos || length == 0) return 0;
  const auto is_raw = [](char c) { return c == 'r' || c == 'R'; };
  const auto is_bytes = [](char c) { return c == 'b' || c == 'B'; };
  const char first = text[0];
  if (length == 1) return is_raw(first) || is_bytes(first) ? 1 : 0;
  const char second = text[1];
  return (is_raw(first) && is_bytes(second)) || (is_bytes(first) && is_raw(second)) ? 2 : 0;
}

}  // namespace

Token Lexer::next() {
  skip_blanks();
  const std::size_t begin = position_;
  if (begin == text_.size()) return token(TokenKind::end, begin);
  const char c = text_[begin];
  const bool point_first = c == '.' && begin + 1 < text_.size() && is_digit(text_[begin + 1]);
  if (is_digit(c) || point_first) return number();
  if (is_quote(c)) return quoted(0);
  if (const std::size_t prefix = prefix_of_quoted(text_.substr(begin)); prefix > 0) {
    return quoted(prefix);
  }
  if (is_letter(c)) return word();
  if (c == '`') return quoted_name();
  return sign();
}

void Lexer::skip_blanks() noexcept {
  while (true) {
    position_ = std::min(text_.find_first_not_of(" \t\n\f\r", position_), text_.size());
    if (!at(position_, "//")) return;
    position_ = std::min(text_.find_first_of("\r\n", position_), text_.size());
  }
}

Token Lexer::token(TokenKind kind, std::size_t begin) const noexcept {
  return {kind, {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(position_)}};
}

Token Lexer::invalid(std::size_t begin, std::string message, std::string hint) {
  const Token result = token(TokenKind::invalid, begin);
  mistake_ = {std::move(message), std::move(hint), result.range};
  return result;
}

Token Lexer::number() {
  const std::size_t begin = position_;
  TokenKind kind = TokenKind::integer;
  std::size_t end = 0;
  if (at(begin, "0x") && begin + 2 < text_.size() && is_hex_digit(text_[begin + 2])) {
    end = skip(text_, begin + 2, is_hex_digit);
  } else {
    const std::size_t whole = skip(text_, begin, is_digit);
    end = whole;
    if (whole + 1 < text_.size() && text_[whole] == '.' && is_digit(text_[whole + 1])) {
      end = skip(text_, whole + 1, is_digit);
    }
    end = skip_exponent(text_, end);
    if (end > whole) kind = TokenKind::floating;
  }
  if (kind == TokenKind::integer && (at(end, "u") || at(end, "U"))) {
    kind = TokenKind::unsigned_integer;
    ++end;
  }
  position_ = skip(text_, end, is_word);
  if (position_ == end) return token(kind, begin);
  const std::string all = escape(text_.substr(begin, position_ - begin), 40);
  return invalid(begin, "'" + all + "' is no number", "");
}

Token Lexer::word() {
  const std::size_t begin = position_;
  position_ = skip(text_, begin, is_word);
  const std::string_view all = text_.substr(begin, position_ - begin);
  for (const Keyword& keyword : keywords) {
    if (all == keyword.text) return token(keyword.kind, begin);
  }
  const bool reserved =
      std::find(reserved_words.begin(), reserved_words.end(), all) != reserved_words.end();
  return token(reserved ? TokenKind::reserved : TokenKind::name, begin);
}

/// Finds the end only, since that needs no more than to know what a backslash guards.
Token Lexer::quoted(std::size_t prefix) {
  const std::size_t begin = position_;
  const std::string_view prefixes = text_.substr(begin, prefix);
  const bool raw = prefixes.find_first_of("rR") != std::string_view::npos;
  const bool bytes = prefixes.find_first_of("bB") != std::string_view::npos;
  position_ += prefix;
  const bool triple = at(position_, std::string(3, text_[position_]));
  const std::string_view closing = text_.substr(position_, triple ? 3 : 1);
  position_ += closing.size();
  const auto ends_line = [this](std::size_t i) { return text_[i] == '\n' || text_[i] == '\r'; };
  bool line_ended = false;
  while (position_ < text_.size() && !line_ended) {
    if (at(position_, closing)) {
      position_ += closing.size();
      return token(bytes ? TokenKind::bytes : TokenKind::text, begin);
    }
    const bool guards = !raw && text_[position_] == '\\' && position_ + 1 < text_.size();
    if (guards && (triple || !ends_line(position_ + 1))) {
      position_ += 2;
    } else if (!triple && ends_line(position_)) {
      line_ended = true;
    } else {
      ++position_;
    }
  }
  return invalid(begin, bytes ? "the bytes are not closed" : "the text is not closed",
                 line_ended ? "what goes on in the next line stands in three quotes" : "");
}

Token Lexer::quoted_name() {
  const std::size_t begin = position_;
  const auto belongs = [](char c) {
    return is_word(c) || c == '.' || c == '-' || c == '/' || c == ' ';
  };
  position_ = skip(text_, begin + 1, belongs);
  const bool empty = position_ == begin + 1;
  const std::size_t closing = text_.find_first_of("`\r\n", position_);
  if (closing == std::string_view::npos || text_[closing] != '`') {
    return invalid(begin, "the quoted name is not closed", "");
  }
  const bool good = closing == position_ && !empty;
  position_ = closing + 1;
  if (good) return token(TokenKind::quoted_name, begin);
  if (empty && closing == begin + 1) return invalid(begin, "the quoted name is empty", "");
  return invalid(begin, "a quoted name has only letters, digits, '_', '.', '-', '/' and spaces",
                 "other names can be read as record[\"name\"]");
}

Token Lexer::sign() {
  const std::size_t begin = position_;
  for (const Sign& sign : signs) {
    if (!at(begin, sign.text)) continue;
    position_ += sign.text.size();
    if (sign.kind != TokenKind::invalid) return token(sign.kind, begin);
    return invalid(begin, "'" + std::string(sign.text) + "' is no operator",
                   std::string(sign.hint));
  }
  return no_sign();
}

Token Lexer::no_sign() {
  const std::size_t begin = position_;
  const std::size_t length = std::max<std::size_t>(1, utf8_length(text_.substr(begin)));
  const std::string_view all = text_.substr(begin, length);
  position_ += length;
  std::string hint;
  if (all == "#") hint = "a comment begins with //";
  if (all == "\u201C" || all == "\u201D" || all == "\u201E" || all == "\u2018" || all == "\u2019") {
    hint = "a text stands in \" or '";
  } else if (length > 1) {
    hint = "only texts and comments may have characters beyond ASCII";
  }
  return invalid(begin, "unexpected '" + escape(all) + "'", std::move(hint));
}

}  // namespace sluice
