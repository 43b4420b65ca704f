#include "engine/expression/literal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "engine/expression/syntax.h"
#include "tests/unit/engine/expression/parsed.h"

namespace sluice {
namespace {

using namespace std::string_literals;

/// The value of a text that is one literal; a text that tells the mistake, if it is none.
Literal value(std::string_view text) {
  ExpressionMistake mistake;
  const SyntaxNodePtr tree = parse_expression(text, mistake);
  if (!tree) return "mistake: " + mistake.message;
  if (tree->kind != SyntaxNode::Kind::literal) return "no literal: " + print_syntax(*tree);
  return tree->literal;
}

Literal bytes(std::string text) { return BytesLiteral{std::move(text)}; }

TEST(ExpressionLiterals, Numbers) {
  EXPECT_EQ(value("0"), Literal(std::int64_t{0}));
  EXPECT_EQ(value("007"), Literal(std::int64_t{7}));
  EXPECT_EQ(value("9223372036854775807"), Literal(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(value("-9223372036854775808"), Literal(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(value("-0x8000000000000000"), Literal(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(value("0x1fF"), Literal(std::int64_t{511}));
  EXPECT_EQ(value("- 5"), Literal(std::int64_t{-5}));
  EXPECT_EQ(value("18446744073709551615u"), Literal(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(value("0xFFU"), Literal(std::uint64_t{255}));
  EXPECT_EQ(value("1.5"), Literal(1.5));
  EXPECT_EQ(value(".5"), Literal(0.5));
  EXPECT_EQ(value("-.5e1"), Literal(-5.0));
  EXPECT_EQ(value("1e3"), Literal(1000.0));
  EXPECT_EQ(value("1.25E+2"), Literal(125.0));
  EXPECT_EQ(value("125e-2"), Literal(1.25));
  EXPECT_EQ(value("4.9e-324"), Literal(std::numeric_limits<double>::denorm_min()));
}

TEST(ExpressionLiterals, NumbersOutOfRange) {
  EXPECT_EQ(parsed("a + 9223372036854775808"),
            "4-23: the number does not fit an int (a 'u' behind it makes it a uint)");
  EXPECT_EQ(parsed("a * -9223372036854775809"), "4-24: the number does not fit an int");
  EXPECT_EQ(parsed("99999999999999999999"), "0-20: the number does not fit an int");
  EXPECT_EQ(parsed("18446744073709551616u"), "0-21: the number does not fit a uint");
  EXPECT_EQ(parsed("0x10000000000000000u"), "0-20: the number does not fit a uint");
  EXPECT_EQ(parsed("1e400"), "0-5: the number does not fit a double");
  EXPECT_EQ(value("1e-400"), Literal(0.0)) << "too small for a double, not too large";
  EXPECT_EQ(parsed("12ab"), "0-4: '12ab' is no number");
  EXPECT_EQ(parsed("0x"), "0-2: '0x' is no number");
  EXPECT_EQ(parsed("0X1F"), "0-4: '0X1F' is no number");
  EXPECT_EQ(parsed("1.5u"), "0-4: '1.5u' is no number");
  EXPECT_EQ(parsed("1e"), "0-2: '1e' is no number");
  EXPECT_EQ(parsed("7."), "2-2: expected a field name, got the end");
  EXPECT_EQ(parsed("1.5.5"), "3-5: expected an operator, got '.5'");
}

TEST(ExpressionLiterals, Words) {
  EXPECT_EQ(value("true"), Literal(true));
  EXPECT_EQ(value("false"), Literal(false));
  EXPECT_EQ(value("null"), Literal(std::monostate()));
  EXPECT_EQ(parsed("True"), "True") << "a name";
}

TEST(ExpressionLiterals, Texts) {
  EXPECT_EQ(value("\"\""), Literal(""s));
  EXPECT_EQ(value("'\"\"'"), Literal("\"\""s));
  EXPECT_EQ(value("\"it's\""), Literal("it's"s));
  EXPECT_EQ(value("'''x''x'''"), Literal("x''x"s));
  EXPECT_EQ(value("\"\"\"a\n\"b\"\r\nc\"\"\""), Literal("a\n\"b\"\r\nc"s));
  EXPECT_EQ(value("''''''"), Literal(""s));
  EXPECT_EQ(value("''''a'''"), Literal("'a"s));
  EXPECT_EQ(value(R"('''\''')"), Literal("mistake: the text is not closed"s));
  EXPECT_EQ(value(R"('''\'''')"), Literal("'"s));
  EXPECT_EQ(value("'gr\u00fc\u00dfe \U0001F600'"), Literal("gr\u00fc\u00dfe \U0001F600"s));
  EXPECT_EQ(value("'a\0b'"s), Literal("a\0b"s));
}

TEST(ExpressionLiterals, Escapes) {
  EXPECT_EQ(value(R"('\a\b\f\n\r\t\v\\\?\"\'\`')"), Literal("\a\b\f\n\r\t\v\\?\"'`"s));
  EXPECT_EQ(value(R"('\x41\Xe9')"), Literal("A\u00e9"s));
  EXPECT_EQ(value(R"('\303\277\000')"), Literal("\u00c3\u00bf\0"s));
  EXPECT_EQ(value(R"('\377')"), Literal("\u00ff"s));
  EXPECT_EQ(value(R"('\u20aC\U0001f600\U0010FFFF')"), Literal("\u20ac\U0001F600\U0010FFFF"s));
  EXPECT_EQ(value(R"('\ud83d\ude00')"), Literal("\U0001F600"s)) << "a surrogate pair";
  EXPECT_EQ(value(R"("""\""")"), Literal("mistake: the text is not closed"s));
}

TEST(ExpressionLiterals, RawTexts) {
  EXPECT_EQ(value(R"(r"\\")"), Literal(R"(\\)"s));
  EXPECT_EQ(value(R"(R'\d+\')"), Literal(R"(\d+\)"s));
  EXPECT_EQ(value("r'''a\\\n'b'''"), Literal("a\\\n'b"s));
  EXPECT_EQ(value("R\"\"\"\\u\"\"\""), Literal("\\u"s));
}

TEST(ExpressionLiterals, Bytes) {
  EXPECT_EQ(value("b'abc'"), bytes("abc"));
  EXPECT_EQ(value("B\"\u00ff\""), bytes("\xc3\xbf"));
  EXPECT_EQ(value(R"(b'\303\277\xff\XfF\n\377')"), bytes("\xc3\xbf\xff\xff\n\xff"));
  EXPECT_EQ(value("b'''a\nb'''"), bytes("a\nb"));
  for (const char* prefix : {"br", "bR", "Br", "BR", "rb", "rB", "Rb", "RB"}) {
    EXPECT_EQ(value(prefix + R"('\x41')"s), bytes(R"(\x41)")) << prefix;
  }
  EXPECT_EQ(parsed("bb'x'"), "2-5: expected an operator, got ''x''");
}

TEST(ExpressionLiterals, MistakesInTexts) {
  EXPECT_EQ(parsed("x == 'abc"), "5-9: the text is not closed");
  EXPECT_EQ(parsed("'a\nb'"),
            "0-2: the text is not closed (what goes on in the next line stands in three quotes)");
  EXPECT_EQ(parsed("b'a\\\rb'"),
            "0-4: the bytes are not closed (what goes on in the next line stands in three quotes)");
  EXPECT_EQ(parsed("'''a"), "0-4: the text is not closed");
  EXPECT_EQ(parsed("'a\\"), "0-3: the text is not closed");
  EXPECT_EQ(parsed("'"), "0-1: the text is not closed");
  EXPECT_EQ(parsed("r'"), "0-2: the text is not closed");
  EXPECT_EQ(parsed(R"(x.matches("\d+"))"),
            R"(11-13: '\d' is no escape (write '\\' for a backslash, or a raw text: r"..."))");
  EXPECT_EQ(parsed("'\\\u00fc'"),
            "1-4: '\\\u00fc' is no escape (write '\\\\' for a backslash, or "
            "a raw text: r\"...\")");
  EXPECT_EQ(parsed(R"('a\x4')"), R"(2-4: '\x' needs 2 hex digits)");
  EXPECT_EQ(parsed(R"('\u12')"), R"(1-3: '\u' needs 4 hex digits)");
  EXPECT_EQ(parsed(R"('\U0001f60')"), R"(1-3: '\U' needs 8 hex digits)");
  EXPECT_EQ(parsed(R"('\U00110000')"), "1-11: the escape is no Unicode code point");
  EXPECT_EQ(parsed(R"('\ud83d')"), "1-7: the escape is half of a surrogate pair");
  EXPECT_EQ(parsed(R"('\ud83d\u0041')"), "1-7: the escape is half of a surrogate pair");
  EXPECT_EQ(parsed(R"('\ude00\ud83d')"), "1-7: the escape is half of a surrogate pair");
  EXPECT_EQ(parsed(R"('\400')"), R"(1-3: an octal escape has three digits, from \000 to \377)");
  EXPECT_EQ(parsed(R"('\12')"), R"(1-3: an octal escape has three digits, from \000 to \377)");
  EXPECT_EQ(parsed(R"(b'\u0041')"), R"(2-4: '\u' is no escape of bytes)");
  EXPECT_EQ(parsed(R"(b'\U00000041')"), R"(2-4: '\U' is no escape of bytes)");
}

}  // namespace
}  // namespace sluice
