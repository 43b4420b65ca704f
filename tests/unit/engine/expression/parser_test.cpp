#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "engine/expression/syntax.h"
#include "tests/unit/engine/expression/parsed.h"

namespace sluice {
namespace {

using namespace std::string_literals;

std::string repeated(std::string_view text, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += text;
  return out;
}

const std::string too_deep = "the expression is nested deeper than 128 levels";

bool is_too_deep(std::string_view text) {
  ExpressionMistake mistake;
  return !parse_expression(text, mistake) && mistake.message == too_deep;
}

std::size_t height_of(const SyntaxNode& node) {
  std::size_t below = node.target ? height_of(*node.target) : 0;
  for (const SyntaxNodePtr& child : node.arguments) below = std::max(below, height_of(*child));
  return below + 1;
}

TEST(ExpressionGrammar, Precedence) {
  EXPECT_EQ(parsed("a || b && c == d + e * -f"),
            "_||_(a, _&&_(b, _==_(c, _+_(d, _*_(e, -_(f))))))");
  EXPECT_EQ(parsed("-a * b + c < d && e || f ? g : h"),
            "_?_:_(_||_(_&&_(_<_(_+_(_*_(-_(a), b), c), d), e), f), g, h)");
  EXPECT_EQ(parsed("(a || b) && c"), "_&&_(_||_(a, b), c)");
  EXPECT_EQ(parsed("!a.b[0]"), "!_(_[_](a.b, 0))");
  EXPECT_EQ(parsed("(status >= 500) && !path.startsWith(\"/health\")"),
            "_&&_(_>=_(status, 500), !_(path.startsWith(\"/health\")))");
}

TEST(ExpressionGrammar, OperatorsLeanLeft) {
  EXPECT_EQ(parsed("a - b - c"), "_-_(_-_(a, b), c)");
  EXPECT_EQ(parsed("a / b * c % d"), "_%_(_*_(_/_(a, b), c), d)");
  EXPECT_EQ(parsed("a + b - c"), "_-_(_+_(a, b), c)");
  EXPECT_EQ(parsed("a < b <= c > d >= e == f != g in h"),
            "@in(_!=_(_==_(_>=_(_>_(_<=_(_<_(a, b), c), d), e), f), g), h)");
}

TEST(ExpressionGrammar, Conditionals) {
  EXPECT_EQ(parsed("a ? b : c ? d : e"), "_?_:_(a, b, _?_:_(c, d, e))");
  EXPECT_EQ(parsed("a ? (b ? c : d) : e"), "_?_:_(a, _?_:_(b, c, d), e)");
  EXPECT_EQ(parsed("a ? b ? c : d : e"),
            "6-7: expected ':', got '?' (a condition inside a condition stands in parentheses)");
  EXPECT_EQ(parsed("a ? b"), "5-5: expected an operator or ':', got the end");
}

TEST(ExpressionGrammar, AndOrChainsAreBalanced) {
  EXPECT_EQ(parsed("a && b && c"), "_&&_(_&&_(a, b), c)");
  EXPECT_EQ(parsed("a || b || c || d"), "_||_(_||_(a, b), _||_(c, d))");
  EXPECT_EQ(parsed("a || b || c || d || e"), "_||_(_||_(_||_(a, b), c), _||_(d, e))");
  for (const char* sign : {"||", "&&"}) {
    ExpressionMistake mistake;
    const SyntaxNodePtr tree = parse_expression(repeated("a"s + sign, 5000) + "a", mistake);
    ASSERT_TRUE(tree) << mistake.message;
    EXPECT_LE(height_of(*tree), 14U);
    EXPECT_EQ(tree->range, (TextRange{0, 15001}));
  }
}

TEST(ExpressionGrammar, Signs) {
  EXPECT_EQ(parsed("-a"), "-_(a)");
  EXPECT_EQ(parsed("--1"), "-_(-1)");
  EXPECT_EQ(parsed("---1.5"), "-_(-_(-1.5))");
  EXPECT_EQ(parsed("-(1)"), "-_(1)");
  EXPECT_EQ(parsed("-1u"), "-_(1u)");
  EXPECT_EQ(parsed("-1.abs()"), "-1.abs()");
  EXPECT_EQ(parsed("-1[0]"), "_[_](-1, 0)");
  EXPECT_EQ(parsed("a-1"), "_-_(a, 1)");
  EXPECT_EQ(parsed("a - -1"), "_-_(a, -1)");
  EXPECT_EQ(parsed("!!a"), "!_(!_(a))");
  EXPECT_EQ(parsed("!-a"), "!_(-_(a))");
  EXPECT_EQ(parsed("-0.0"), "-0.0");
}

TEST(ExpressionGrammar, Members) {
  EXPECT_EQ(parsed("a.b.c"), "a.b.c");
  EXPECT_EQ(parsed(".a.b"), ".a.b");
  EXPECT_EQ(parsed(". a"), ".a");
  EXPECT_EQ(parsed("a.b(c).d"), "a.b(c).d");
  EXPECT_EQ(parsed("f()"), "f()");
  EXPECT_EQ(parsed(".f(1, 2)"), ".f(1, 2)");
  EXPECT_EQ(parsed("a[b][c].d"), "_[_](_[_](a, b), c).d");
  EXPECT_EQ(parsed("'x'.size()"), "\"x\".size()");
  EXPECT_EQ(parsed("(a + b).c"), "_+_(a, b).c");
  EXPECT_EQ(parsed("a.if.for()"), "a.if.for()") << "reserved words behind dots are names";
  EXPECT_EQ(parsed("a.`x-y z/1.2`.c"), "a.`x-y z/1.2`.c");
  EXPECT_EQ(parsed("a.`b`"), "a.b");
  EXPECT_EQ(parsed("l.exists(x, x > 1)"), "l.exists(x, _>_(x, 1))");
}

TEST(ExpressionGrammar, ListsAndMaps) {
  EXPECT_EQ(parsed("[]"), "[]");
  EXPECT_EQ(parsed("[1, 'a', [2u]]"), "[1, \"a\", [2u]]");
  EXPECT_EQ(parsed("[1, 2,]"), "[1, 2]");
  EXPECT_EQ(parsed("[,]"), "[]");
  EXPECT_EQ(parsed("{}"), "{}");
  EXPECT_EQ(parsed("{'a': 1, b ? c : d: 2,}"), "{\"a\": 1, _?_:_(b, c, d): 2}");
  EXPECT_EQ(parsed("{,}"), "{}");
  EXPECT_EQ(parsed("{1: 2}[1]"), "_[_]({1: 2}, 1)");
  EXPECT_EQ(parsed("a in {'b': 1}"), "@in(a, {\"b\": 1})");
}

TEST(ExpressionGrammar, Messages) {
  EXPECT_EQ(parsed("C{}"), "C{}");
  EXPECT_EQ(parsed("a.b.C{x: 1, `y-z`: 2, if: 3,}.x"), "a.b.C{x: 1, `y-z`: 2, if: 3}.x");
  EXPECT_EQ(parsed(".a.C{,}"), ".a.C{}");
  EXPECT_EQ(parsed("package.for.C{}"), "package.for.C{}") << "reserved words name messages too";
  EXPECT_EQ(parsed("(a){}"), "3-4: expected an operator, got '{'");
  EXPECT_EQ(parsed("a.`b`{}"), "5-6: expected an operator, got '{'");
  EXPECT_EQ(parsed("f(){}"), "3-4: expected an operator, got '{'");
  EXPECT_EQ(parsed("C{1: 2}"), "2-3: expected a field name, got '1'");
  EXPECT_EQ(parsed("C{a 2}"), "4-5: expected ':', got '2'");
}

TEST(ExpressionGrammar, BlanksAndComments) {
  EXPECT_EQ(parsed(" \t\r\n\fa // one\n && // two\r b//"), "_&&_(a, b)");
  EXPECT_EQ(parsed("a /// b\n/ c"), "_/_(a, c)");
  EXPECT_EQ(parsed("\va"), "0-1: unexpected '\\x0b'");
}

TEST(ExpressionGrammar, PrintsTellTreesApart) {
  EXPECT_EQ(parsed("[null, true, 1, 1u, 1.0, 1e100, '1', b'1']"),
            "[null, true, 1, 1u, 1.0, 1e+100, \"1\", b\"1\"]");
  EXPECT_EQ(parsed(R"(['a"b\\\n', b'a"b\\\xff'])"), R"(["a\"b\\\n", b"a\x22b\x5c\xff"])");
}

TEST(ExpressionRanges, OfNodes) {
  ExpressionMistake mistake;
  const SyntaxNodePtr tree = parse_expression(" (a.bc(1)) + ( -22 ) ", mistake);
  ASSERT_TRUE(tree) << mistake.message;
  EXPECT_EQ(tree->range, (TextRange{1, 20}));
  EXPECT_EQ(tree->name_range, (TextRange{11, 12}));
  const SyntaxNode& call = *tree->arguments[0];
  EXPECT_EQ(call.range, (TextRange{2, 9}));
  EXPECT_EQ(call.name_range, (TextRange{4, 6}));
  EXPECT_EQ(call.target->range, (TextRange{2, 3}));
  EXPECT_EQ(call.arguments[0]->range, (TextRange{7, 8}));
  EXPECT_EQ(tree->arguments[1]->range, (TextRange{15, 18}));
}

TEST(ExpressionRanges, CountBytes) {
  ExpressionMistake mistake;
  const SyntaxNodePtr tree = parse_expression("'\u00fc' in .x[0].`y z`", mistake);
  ASSERT_TRUE(tree) << mistake.message;
  EXPECT_EQ(tree->name_range, (TextRange{5, 7}));
  const SyntaxNode& select = *tree->arguments[1];
  EXPECT_EQ(select.range, (TextRange{8, 19}));
  EXPECT_EQ(select.name_range, (TextRange{14, 19}));
  EXPECT_EQ(select.target->range, (TextRange{8, 13}));
  EXPECT_EQ(select.target->name_range, (TextRange{10, 13}));
  EXPECT_EQ(select.target->arguments[0]->range, (TextRange{8, 10}));
  EXPECT_EQ(select.target->arguments[0]->name_range, (TextRange{9, 10}));
}

TEST(ExpressionRanges, OfMessagesAndCollections) {
  ExpressionMistake mistake;
  const SyntaxNodePtr tree = parse_expression("[ .a.B{c: 1 } , { } ]", mistake);
  ASSERT_TRUE(tree) << mistake.message;
  EXPECT_EQ(tree->range, (TextRange{0, 21}));
  EXPECT_EQ(tree->arguments[0]->range, (TextRange{2, 13}));
  EXPECT_EQ(tree->arguments[0]->name_range, (TextRange{2, 6}));
  EXPECT_EQ(tree->arguments[0]->name, "a.B");
  EXPECT_TRUE(tree->arguments[0]->absolute);
  EXPECT_EQ(tree->arguments[1]->range, (TextRange{16, 19}));
}

TEST(ExpressionMistakes, SayWhatWasExpected) {
  EXPECT_EQ(parsed(""), "0-0: the expression is empty");
  EXPECT_EQ(parsed(" // nothing"), "11-11: the expression is empty");
  EXPECT_EQ(parsed("a + )"), "4-5: expected an operand, got ')'");
  EXPECT_EQ(parsed("a &&"), "4-4: expected an operand, got the end");
  EXPECT_EQ(parsed("a)"), "1-2: the ')' closes nothing");
  EXPECT_EQ(parsed("(a"), "0-1: the '(' is not closed");
  EXPECT_EQ(parsed("x + f(a, b"), "5-6: the '(' is not closed");
  EXPECT_EQ(parsed("[1, "), "0-1: the '[' is not closed");
  EXPECT_EQ(parsed("a[1"), "1-2: the '[' is not closed");
  EXPECT_EQ(parsed("C{"), "1-2: the '{' is not closed");
  EXPECT_EQ(parsed("(a]"), "2-3: expected an operator or ')', got ']'");
  EXPECT_EQ(parsed("[a}"), "2-3: expected ',' or ']', got '}'");
  EXPECT_EQ(parsed("{a}"), "2-3: expected an operator or ':', got '}'");
  EXPECT_EQ(parsed("f(a,)"), "4-5: expected an operand, got ')'");
  EXPECT_EQ(parsed("f(,)"), "2-3: expected an operand, got ','");
  EXPECT_EQ(parsed("a.1"), "1-3: expected an operator, got '.1'");
  EXPECT_EQ(parsed("a.in"), "2-4: expected a field name, got 'in'");
  EXPECT_EQ(parsed(".'x'"), "1-4: expected a name, got ''x''");
  EXPECT_EQ(parsed("a b"), "2-3: expected an operator, got 'b'");
  EXPECT_EQ(parsed("a ('x')"), "a(\"x\")");
}

TEST(ExpressionMistakes, HintAtTheOperatorThatWasMeant) {
  EXPECT_EQ(parsed("a = 1"), "2-3: '=' is no operator (did you mean '=='?)");
  EXPECT_EQ(parsed("a & b"), "2-3: '&' is no operator (did you mean '&&'?)");
  EXPECT_EQ(parsed("a | b"), "2-3: '|' is no operator (did you mean '||'?)");
  EXPECT_EQ(parsed("a === b"), "2-5: '===' is no operator (did you mean '=='?)");
  EXPECT_EQ(parsed("a <> b"), "2-4: '<>' is no operator (did you mean '!='?)");
  EXPECT_EQ(parsed("a ** b"), "2-4: '**' is no operator");
  EXPECT_EQ(parsed("a =~ 'b'"),
            "2-4: '=~' is no operator (did you mean text.matches(\"pattern\")?)");
  EXPECT_EQ(parsed("a and b"), "2-5: expected an operator, got 'and' (did you mean '&&'?)");
  EXPECT_EQ(parsed("(a OR b)"), "3-5: expected an operator or ')', got 'OR' (did you mean '||'?)");
  EXPECT_EQ(parsed("not a"), "4-5: expected an operator, got 'a' (did you mean '!'?)");
  EXPECT_EQ(parsed("a not in b"),
            "2-5: expected an operator, got 'not' (did you mean '!(... in ...)'?)");
  EXPECT_EQ(parsed("a contains 'b'"),
            "2-10: expected an operator, got 'contains' (did you mean 'text.contains(...)'?)");
}

TEST(ExpressionMistakes, Words) {
  for (const char* word : {"as", "break", "const", "continue", "for", "function", "import", "let",
                           "loop", "package", "namespace", "return", "var", "void", "while"}) {
    const std::string end = std::to_string(std::string_view(word).size());
    EXPECT_EQ(parsed(word), "0-" + end + ": '" + word + "' is a reserved word");
    EXPECT_EQ(parsed("a."s + word), "a."s + word);
  }
  EXPECT_EQ(parsed("if(a)"),
            "0-2: 'if' is a reserved word (a choice is written: condition ? value : other)");
  EXPECT_EQ(parsed(".let"), "1-4: 'let' is a reserved word");
  EXPECT_EQ(parsed("letter"), "letter");
  EXPECT_EQ(parsed("let.x.`y`{}"), "0-3: 'let' is a reserved word");
}

TEST(ExpressionMistakes, QuotedNames) {
  EXPECT_EQ(parsed("`a`"), "0-3: a quoted name may stand only behind a dot");
  EXPECT_EQ(parsed("a.`b`()"), "2-5: a quoted name is no function");
  EXPECT_EQ(parsed("a.`b"), "2-4: the quoted name is not closed");
  EXPECT_EQ(parsed("a.`b\n`"), "2-4: the quoted name is not closed");
  EXPECT_EQ(parsed("a.``"), "2-4: the quoted name is empty");
  EXPECT_EQ(parsed("a.`@b` + 1"),
            "2-6: a quoted name has only letters, digits, '_', '.', '-', '/' and spaces (other "
            "names can be read as record[\"name\"])");
}

TEST(ExpressionMistakes, StrangeCharacters) {
  EXPECT_EQ(parsed("a # b"), "2-3: unexpected '#' (a comment begins with //)");
  EXPECT_EQ(parsed("$a"), "0-1: unexpected '$'");
  EXPECT_EQ(parsed("a; b"), "1-2: unexpected ';'");
  EXPECT_EQ(parsed("a == \u201cb\u201d"), "5-8: unexpected '\u201c' (a text stands in \" or ')");
  EXPECT_EQ(parsed("gr\u00fc\u00dfe"),
            "2-4: unexpected '\u00fc' (only texts and comments may have characters beyond ASCII)");
  EXPECT_EQ(parsed("a\0"s), "1-2: unexpected '\\x00'");
}

TEST(ExpressionMistakes, InvalidUtf8) {
  EXPECT_EQ(parsed("'\xff'"), "1-2: the expression is not valid UTF-8");
  EXPECT_EQ(parsed("a // \xc3"), "5-6: the expression is not valid UTF-8");
  EXPECT_EQ(parsed("b'\xed\xa0\x80'"), "2-3: the expression is not valid UTF-8");
}

TEST(ExpressionLimit, TextBytes) {
  const std::string longest = "a" + std::string(ExpressionLimits::text_bytes - 1, ' ');
  EXPECT_EQ(parsed(longest), "a");
  EXPECT_EQ(parsed(longest + " "), "65536-65537: the expression is longer than 65536 bytes");
}

TEST(ExpressionLimit, Nesting) {
  const std::size_t depth = ExpressionLimits::depth;
  const auto nested = [](std::string_view open, std::string_view close, std::size_t count) {
    return repeated(open, count) + "a" + repeated(close, count);
  };
  for (const auto& [open, close] :
       std::vector<std::pair<const char*, const char*>>{{"(", ")"},
                                                        {"[", "]"},
                                                        {"f(", ")"},
                                                        {"a[", "]"},
                                                        {"{a: ", "}"},
                                                        {"C{a: ", "}"},
                                                        {"!", ""},
                                                        {"-", ""},
                                                        {"a ? b : ", ""},
                                                        {"a.f(", ")"}}) {
    ExpressionMistake mistake;
    const SyntaxNodePtr tree = parse_expression(nested(open, close, depth - 1), mistake);
    ASSERT_TRUE(tree) << open << mistake.message;
    EXPECT_LE(height_of(*tree), depth);
    EXPECT_TRUE(is_too_deep(nested(open, close, depth))) << open;
    EXPECT_TRUE(is_too_deep(nested(open, close, 3000))) << open;
    EXPECT_TRUE(is_too_deep(repeated(open, 3000))) << open;
  }
  EXPECT_EQ(parsed(repeated("(", 129)), "128-129: " + too_deep);
}

TEST(ExpressionLimit, Chains) {
  const std::size_t depth = ExpressionLimits::depth;
  for (const char* link : {"+a", "-a", "*a", "<a", " in a", ".a", "[0]", ".f()"}) {
    ExpressionMistake mistake;
    const SyntaxNodePtr tree = parse_expression("a" + repeated(link, depth - 1), mistake);
    ASSERT_TRUE(tree) << link << mistake.message;
    EXPECT_EQ(height_of(*tree), depth);
    EXPECT_TRUE(is_too_deep("a" + repeated(link, depth))) << link;
    EXPECT_TRUE(is_too_deep("a" + repeated(link, 5000))) << link;
  }
  EXPECT_EQ(parsed("1" + repeated("+1", 200)),
            "255-256: " + too_deep + " (parentheses around parts of a long chain make it flatter)");
}

TEST(ExpressionLimit, BreadthIsFree) {
  EXPECT_EQ(parsed("f(" + repeated("a, ", 5000) + "a)").substr(0, 8), "f(a, a, ");
  EXPECT_EQ(parsed("[" + repeated("a, ", 5000) + "]").substr(0, 7), "[a, a, ");
}

}  // namespace
}  // namespace sluice
