#include "config/document.h"

#include <gtest/gtest.h>

#include <ctime>
#include <sstream>
#include <string>
#include <vector>

#include "engine/base/utf8.h"
#include "tests/unit/config/diagnostic_text.h"

namespace sluice {
namespace {

/// A value in flow style: quoted scalars in quotes, null as ~.
void write(const Value& value, std::ostream& out) {
  switch (value.kind()) {
    case Value::Kind::null:
      out << '~';
      return;
    case Value::Kind::scalar:
      out << (value.quoted() ? "\"" : "") << value.text() << (value.quoted() ? "\"" : "");
      return;
    case Value::Kind::list: {
      out << '[';
      const char* comma = "";
      for (const Value& item : value.items()) {
        out << comma;
        comma = ", ";
        write(item, out);
      }
      out << ']';
      return;
    }
    case Value::Kind::map: {
      out << '{';
      const char* comma = "";
      for (const Entry& entry : value.entries()) {
        out << comma << entry.key << ": ";
        comma = ", ";
        write(entry.value, out);
      }
      out << '}';
      return;
    }
  }
}

/// The tree of `text`, after its diagnostics if there are any; "nothing" if there is no tree.
std::string parsed(std::string_view text) {
  Diagnostics diagnostics;
  const auto value = parse_document(text, diagnostics);
  std::ostringstream out;
  out << text_of(diagnostics);
  if (value) {
    write(*value, out);
  } else {
    out << "nothing";
  }
  return out.str();
}

Value tree(std::string_view text) {
  Diagnostics diagnostics;
  const auto value = parse_document(text, diagnostics);
  EXPECT_EQ(text_of(diagnostics), "");
  return value.value_or(Value());
}

std::string place(const Mark& mark) {
  return std::to_string(mark.line) + ":" + std::to_string(mark.column) + "+" +
         std::to_string(mark.length);
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(Document, ReadsScalarsListsAndMaps) {
  EXPECT_EQ(parsed("a: 1\nb: [x, 'y', \"z\"]\nc:\n  d: e\n"),
            "{a: 1, b: [x, \"y\", \"z\"], c: {d: e}}");
  EXPECT_EQ(parsed("- a\n- - b\n  - c\n"), "[a, [b, c]]");
  EXPECT_EQ(parsed("text"), "text");
  EXPECT_EQ(parsed("a: >-\n  status >= 500\n  && x\nb: |\n  l1\n  l2\n"),
            "{a: \"status >= 500 && x\", b: \"l1\nl2\n\"}");
  EXPECT_EQ(parsed("a: \"\\u00fc\\n\"\nb: 'it''s'"), "{a: \"ü\n\", b: \"it's\"}");
  EXPECT_EQ(parsed("[]"), "[]");
  EXPECT_EQ(parsed("{}"), "{}");
}

TEST(Document, KnowsNullFromText) {
  EXPECT_EQ(parsed("{a: ~, b: null, c: , d: 'null', e: '~', f: '', g: nulls}"),
            "{a: ~, b: ~, c: ~, d: \"null\", e: \"~\", f: \"\", g: nulls}");
  EXPECT_EQ(parsed("- \n- x\n-\n"), "[~, x, ~]");
}

TEST(Document, ReadsATextWithoutANodeAsNull) {
  for (const char* text :
       {"", "\n\n", "# only a comment\n", "\xEF\xBB\xBF", "---\n", "---\n...\n"}) {
    EXPECT_EQ(parsed(text), "~") << text;
  }
  EXPECT_EQ(place(tree("").mark()), "1:1+1");
}

TEST(Document, MarksScalarsAndKeys) {
  const Value root = tree("one: plain text # c\n\"two\": 'quoted'\nthree: [ä, bc]\n");
  EXPECT_EQ(place(root.mark()), "1:1+1");
  EXPECT_EQ(place(root.entries()[0].key_mark), "1:1+3");
  EXPECT_EQ(place(root.entries()[0].value.mark()), "1:6+10");
  EXPECT_EQ(place(root.entries()[1].key_mark), "2:1+5");
  EXPECT_EQ(place(root.entries()[1].value.mark()), "2:8+8");
  EXPECT_EQ(place(root.entries()[2].value.mark()), "3:8+1");
  EXPECT_EQ(place(root.entries()[2].value.items()[0].mark()), "3:9+1");
  EXPECT_EQ(place(root.entries()[2].value.items()[1].mark()), "3:12+2");
}

TEST(Document, MarksCountCodePointsAndSkipTheByteOrderMark) {
  const Value root = tree(
      "\xEF\xBB\xBF"
      "größe: 日本\n");
  EXPECT_EQ(root.entries()[0].key, "größe");
  EXPECT_EQ(place(root.entries()[0].key_mark), "1:1+5");
  EXPECT_EQ(place(root.entries()[0].value.mark()), "1:8+2");
}

TEST(Document, MarksTheFirstLineOfLongScalars) {
  const Value root = tree("a: \"x y\n  z\"\nb: one\n  two\nc: |\n    block\n    more\nd: ''\n");
  EXPECT_EQ(place(root.find("a")->mark()), "1:4+4");
  EXPECT_EQ(place(root.find("b")->mark()), "3:4+3");
  EXPECT_EQ(place(root.find("c")->mark()), "6:5+5");
  EXPECT_EQ(place(root.find("d")->mark()), "8:4+2");
}

/// "LINE:COLUMN" of each of `words` in the scalar `a` of `text`, as its parts tell it.
std::string places(std::string_view text, const std::vector<std::string>& words) {
  const Value scalar = *tree(text).find("a");
  std::string all;
  for (const std::string& word : words) {
    const std::size_t at = scalar.text().find(word);
    const TextPart* part = nullptr;
    for (const TextPart& other : scalar.parts()) {
      if (other.offset <= at) part = &other;
    }
    if (part == nullptr || at == std::string::npos) return "none";
    const std::string_view before =
        std::string_view(scalar.text()).substr(part->offset, at - part->offset);
    all += (all.empty() ? "" : " ") + std::to_string(part->line) + ":" +
           std::to_string(part->column + utf8_count(before));
  }
  return all;
}

TEST(Document, KnowsWherePartsOfLongScalarsStand) {
  EXPECT_EQ(places("a: >-\n  one é two\n  three\n\n  four\n", {"one", "two", "three", "four"}),
            "2:3 2:9 3:3 5:3");
  EXPECT_EQ(places("a: |\n  one\n    two\n\n  three", {"one", "two", "three"}), "2:3 3:5 5:3");
  EXPECT_EQ(places("a: 'it''s one\n  two'", {"it", "one", "two"}), "1:5 1:11 2:3");
  EXPECT_EQ(places("a: \"x\\ty \\u00fc one\n  two\"", {"x", "y", "one", "two"}),
            "1:5 1:8 1:17 2:3");
  EXPECT_EQ(places("a: one\n   two\r\n   three", {"one", "two", "three"}), "1:4 2:4 3:4");
  // What is on one line just as it is needs none.
  EXPECT_EQ(places("a: 'one'", {"one"}), "none");
}

TEST(Document, MarksMissingValuesByTheirKeyOrDash) {
  const Value root = tree("a:\nlist:\n  - # - none\n  - x\n\n  -\n  -\n");
  EXPECT_EQ(place(root.find("a")->mark()), "1:1+1");
  const Value& list = *root.find("list");
  EXPECT_EQ(place(list.items()[0].mark()), "3:3+1");
  EXPECT_EQ(place(list.items()[1].mark()), "4:5+1");
  EXPECT_EQ(place(list.items()[2].mark()), "6:3+1");
  EXPECT_EQ(place(list.items()[3].mark()), "7:3+1");
}

TEST(Document, ReadsCrLfLikeLf) {
  const Value root = tree("a: 1\r\nb:\r\n  - x\r\n  -\r\n  - \"y\"\r\n");
  EXPECT_EQ(place(root.find("b")->items()[0].mark()), "3:5+1");
  EXPECT_EQ(place(root.find("b")->items()[1].mark()), "4:3+1");
  EXPECT_EQ(place(root.find("b")->items()[2].mark()), "5:5+3");
  EXPECT_EQ(parsed("a: |\r\n  x\r\n  y\r\n"), "{a: \"x\ny\n\"}");
}

TEST(Document, ReadsSingleQuotes) {
  EXPECT_EQ(parsed("['', '''', '''''''', 'a''''b', ' c ', '\\n\"']"),
            "[\"\", \"'\", \"'''\", \"a''b\", \" c \", \"\\n\"\"]");
  EXPECT_EQ(parsed("a: 'b ''''  \n  ''''c  \n\n \t\n  d \r\n  '\n"), "{a: \"b '' ''c\n\nd \"}");
}

TEST(Document, ReportsSyntaxErrorsWithTheirPlace) {
  EXPECT_EQ(parsed("a:\n\tb: 1\n"),
            "yaml.syntax 2:1+1 tab character may not be used as indentation (indent with spaces)\n"
            "nothing");
  EXPECT_EQ(parsed("a: b: c\n"),
            "yaml.syntax 1:5+1 invalid nested block mapping on the same line (a value with ': ' in "
            "it needs quotes, or '>-')\nnothing");
  EXPECT_EQ(
      parsed("a: 1\nb: @x\n"),
      "yaml.syntax 2:4+1 plain scalar cannot start with '@' (put the value in quotes)\nnothing");
  EXPECT_EQ(parsed("a: \"x\n"),
            "yaml.syntax 1:5+1 double-quoted scalar without closing quote (the quote opens here)\n"
            "nothing");
  EXPECT_EQ(parsed("a: [1,\nb: 2\n"), "yaml.syntax 2:1+1 wrongly indented flow sequence\nnothing");
  EXPECT_EQ(parsed("%YAML 2.0\n---\na: 1\n"),
            "yaml.syntax 1:1+1 unsupport version number 2.0\nnothing");
}

TEST(Document, WritesNothingToStderr) {
  testing::internal::CaptureStderr();
  parsed("a: [\n");
  parsed("%YAML 2.0\n---\n");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Document, RefusesDuplicateKeysAndFindsThemAll) {
  EXPECT_EQ(parsed("a: 1\nb:\n  x: 1\n  y: 2\n  x: 3\n\"a\": 2\n"),
            "yaml.duplicate_key 5:3+1 duplicate key 'x' (first on line 3)\n"
            "yaml.duplicate_key 6:1+3 duplicate key 'a' (first on line 1)\n"
            "{a: 1, b: {x: 1, y: 2}}");
}

TEST(Document, RefusesASecondDocument) {
  EXPECT_EQ(parsed("a: 1\n---\nb: 2\n"),
            "yaml.documents 2:1+3 a config is one YAML document, and a second one begins here "
            "(remove the '---' or use another file)\n{a: 1}");
  EXPECT_EQ(parsed("---\na: 1\n...\n"), "{a: 1}");
}

TEST(Document, RefusesKeysThatAreNotText) {
  EXPECT_EQ(parsed("? [a, b]\n: 1\nc: 2\n"),
            "yaml.key 1:3+1 a key must be text (write the key out as a word)\n{c: 2}");
  EXPECT_EQ(parsed("~: 1\nnull: 2\n'null': 3\n"),
            "yaml.key 1:1+1 a key must be text (put the key in quotes)\n"
            "yaml.key 2:1+4 a key must be text (put the key in quotes)\n{null: 3}");
  EXPECT_EQ(parsed("x: &k a\n*k : 1\n"),
            "yaml.key 2:1+2 a key must be text (write the key out as a word)\n{x: a}");
}

TEST(Document, TakesCoreTagsOnly) {
  EXPECT_EQ(parsed("{a: !!str null, b: !!int 3, c: !!map {}, d: !!seq [], e: !!null x, f: !!str }"),
            "{a: \"null\", b: 3, c: {}, d: [], e: ~, f: \"\"}");
  const std::string hint =
      " cannot be used here (a value that begins with '!' needs quotes, or '>-')\n";
  EXPECT_EQ(parsed("where: !path\n"), "yaml.tag 1:8+5 tag '!path'" + hint + "{where: !path}");
  EXPECT_EQ(parsed("where: !has(x) && y\n"),
            "yaml.tag 1:8+7 tag '!has(x)'" + hint + "{where: !has(x) && y}");
  EXPECT_EQ(parsed("where: !path.startsWith(\"/x\")\n"),
            "yaml.syntax 1:25+1 invalid tag terminator (a value that begins with '!' needs "
            "quotes, or '>-')\nnothing");
  EXPECT_EQ(parsed("a: ! b\nc: !!map d\ne: !!set {}\n"),
            "yaml.tag 1:4+1 tag '!'" + hint + "yaml.tag 2:4+5 tag '!!map'" + hint +
                "yaml.tag 3:4+5 tag '!!set'" + hint + "{a: ! b, c: !!map d, e: {}}");
}

TEST(Document, SaysWhatToDoWhereAnExpressionIsNoYaml) {
  const std::string brackets =
      " (in brackets a value with a bracket, a quote, ',' or ': ' in it needs quotes)\nnothing";
  EXPECT_EQ(parsed("a: [${X}]\n"), "yaml.syntax 1:6+1 missing comma in flow sequence" + brackets);
  EXPECT_EQ(parsed("{a: b in [1, 2]}\n"),
            "yaml.syntax 1:10+1 missing comma in flow mapping" + brackets);
  EXPECT_EQ(parsed("{a: b ? c : d}\n"),
            "yaml.syntax 1:11+1 missing comma in flow mapping" + brackets);
  EXPECT_EQ(parsed("a: \"b\" in c\n"),
            "yaml.syntax 1:8+1 invalid trailing content after double-quoted scalar (a value that "
            "goes on behind a quote needs other quotes around it, or '>-')\nnothing");
  EXPECT_EQ(parsed("a: [b].exists(c)\n"),
            "yaml.syntax 1:7+1 invalid value after mapping (a value that begins with a bracket "
            "needs quotes, or '>-')\nnothing");
}

TEST(Document, PointsAtABracketThatIsNotClosed) {
  const std::string open =
      " the text ends before this is closed (a '}' or ']' is missing)\nnothing";
  EXPECT_EQ(parsed("{a: 1"), "yaml.syntax 1:1+1" + open);
  EXPECT_EQ(parsed("a: [b,\n  c\n"), "yaml.syntax 1:4+1" + open);
  EXPECT_EQ(parsed("a:\n  - {b: [c], d: e\n"), "yaml.syntax 2:5+1" + open);
}

TEST(Document, FollowsAliases) {
  EXPECT_EQ(parsed("a: &x {k: v}\nb: *x\nc: [*x, *x]\n"),
            "{a: {k: v}, b: {k: v}, c: [{k: v}, {k: v}]}");
  EXPECT_EQ(parsed("- &x a\n- &x b\n- *x\n"), "[a, b, b]") << "the latest anchor of the name";
  EXPECT_EQ(place(tree("a: &x val\nb: *x\n").find("b")->mark()), "1:7+3");
}

TEST(Document, RefusesAliasesOfNothingAndOfThemselves) {
  EXPECT_EQ(
      parsed("a: *nope\n"),
      "yaml.alias 1:4+5 no anchor '&nope' above this alias (a value that begins with '*' needs "
      "quotes)\n{a: ~}");
  EXPECT_EQ(parsed("a: &x [1, *x]\n"),
            "yaml.cycle 1:11+2 alias '*x' is inside its own anchor\n{a: [1, ~]}");
  EXPECT_EQ(parsed("a: &x\n  b:\n    c: *x\n"),
            "yaml.cycle 3:8+2 alias '*x' is inside its own anchor\n{a: {b: {c: ~}}}");
  EXPECT_EQ(parsed("&x a: 1\nb: *x\n"), "{a: 1, b: a}") << "an anchor of a key";
}

TEST(Document, MergesMaps) {
  EXPECT_EQ(parsed("b: &b {x: 1, y: 2}\nm:\n  <<: *b\n  y: 3\n  z: 4\n"),
            "{b: {x: 1, y: 2}, m: {y: 3, z: 4, x: 1}}");
  EXPECT_EQ(parsed("a: &a {x: 1}\nb: &b {x: 2, y: 2}\nm: {<<: [*a, *b], z: 3}\n"),
            "{a: {x: 1}, b: {x: 2, y: 2}, m: {z: 3, x: 1, y: 2}}");
  EXPECT_EQ(parsed("a: &a {x: 1}\nb: &b {<<: *a, y: 2}\nm: {<<: *b}\n"),
            "{a: {x: 1}, b: {y: 2, x: 1}, m: {y: 2, x: 1}}");
  EXPECT_EQ(parsed("'<<': plain\n"), "{<<: plain}") << "quoted, it is a key like any other";
}

TEST(Document, RefusesOtherMerges) {
  EXPECT_EQ(parsed("a: {<<: text}\n"),
            "yaml.merge 1:9+4 '<<' merges maps, not text (write '<<: *anchor' or '<<: [*a, *b]')\n"
            "{a: {}}");
  EXPECT_EQ(parsed("a: &a {x: 1}\nb: {<<: [*a, 7]}\n"),
            "yaml.merge 2:14+1 '<<' merges maps, not text (write '<<: *anchor' or '<<: [*a, *b]')\n"
            "{a: {x: 1}, b: {x: 1}}");
  EXPECT_EQ(parsed("a: &a {x: 1}\nb:\n  <<: *a\n  <<: *a\n"),
            "yaml.duplicate_key 4:3+2 duplicate key '<<' (first on line 3)\n"
            "{a: {x: 1}, b: {x: 1}}");
}

TEST(Document, ReportsAMistakeInAnAnchorOnce) {
  EXPECT_EQ(parsed("a: &a {x: 1, x: 2}\nb: *a\nc: {<<: *a}\n"),
            "yaml.duplicate_key 1:14+1 duplicate key 'x' (first on line 1)\n"
            "{a: {x: 1}, b: {x: 1}, c: {x: 1}}");
}

TEST(Document, RefusesDeepNesting) {
  EXPECT_EQ(parsed(repeated("[", 64) + repeated("]", 64)), repeated("[", 64) + repeated("]", 64));
  const std::string message = "lists and maps nested deeper than 64\nnothing";
  EXPECT_EQ(parsed(repeated("[", 65) + repeated("]", 65)), "yaml.depth 1:65+1 " + message);
  EXPECT_EQ(parsed(repeated("- ", 300'000)), "yaml.depth 1:129+1 " + message);
  EXPECT_EQ(parsed(repeated("{a: ", 200'000)), "yaml.depth 1:257+1 " + message);
  EXPECT_EQ(parsed("- &a " + repeated("[", 40) + repeated("]", 40) + "\n- " + repeated("[", 30) +
                   "*a" + repeated("]", 30)),
            "yaml.depth 2:33+2 " + message)
      << "through an alias";
}

TEST(Document, RefusesManyAliases) {
  EXPECT_EQ(parsed("- &a x\n" + repeated("- *a\n", 65)),
            "yaml.aliases 66:3+2 more than 64 aliases\nnothing");
  EXPECT_NE(parsed("- &a x\n" + repeated("- *a\n", 64)).find("[x, x"), std::string::npos);
}

TEST(Document, RefusesAnAliasBombBeforeItGoesOff) {
  std::string bomb = "a0: &a0 [" + repeated("x,", 10) + "]\n";
  for (int i = 1; i <= 6; ++i) {
    const std::string name = "a" + std::to_string(i);
    const std::string last = "*a" + std::to_string(i - 1) + ",";
    bomb += name + ": &" + name + " [" + repeated(last, 10) + "]\n";
  }
  const std::clock_t start = std::clock();
  EXPECT_EQ(parsed(bomb),
            "yaml.aliases 5:38+3 more than 100000 values once the aliases are followed\nnothing");
  EXPECT_LT(std::clock() - start, 2 * CLOCKS_PER_SEC);
}

TEST(Document, CountsTheTextBehindAliasesToo) {
  EXPECT_EQ(parsed("a: &a " + std::string(500'000, 'x') + "\nb: &b [" + repeated("*a,", 20) +
                   "]\nc: [" + repeated("*b,", 20) + "]\n"),
            "yaml.aliases 3:5+2 more than 16 MiB of text once the aliases are followed\nnothing");
}

TEST(Document, ReadsScalarsOfManyPieces) {
  EXPECT_EQ(tree("a: '" + repeated("x''", 1000) + "'").find("a")->text(), repeated("x'", 1000));
  EXPECT_EQ(tree("a: |\n" + repeated("  line\n", 1000)).find("a")->text(),
            repeated("line\n", 1000));
  EXPECT_EQ(tree("a: \"" + repeated("\\n\\u00fc", 1000) + "\"").find("a")->text(),
            repeated("\nü", 1000));
}

TEST(Document, RefusesTooMuchText) {
  EXPECT_EQ(parsed("a: " + std::string(1U << 20U, 'x')),
            "yaml.size 1:1+1 the config is larger than 1 MiB\nnothing");
  EXPECT_NE(parsed(repeated("- a\n", 99'999)).find("[a, a"), std::string::npos);
  EXPECT_EQ(parsed(repeated("- a\n", 100'000)),
            "yaml.size 100000:3+1 more than 100000 values in a config\nnothing");
}

TEST(Document, RefusesBytesThatAreNotText) {
  EXPECT_EQ(parsed("a: 1\nb: ü\xFF\n"),
            "yaml.encoding 2:5+1 invalid UTF-8 in the config (save the file as UTF-8)\nnothing");
  EXPECT_EQ(parsed(std::string_view("a: \0b", 5)),
            "yaml.encoding 1:4+1 control byte in the config (write it as an escape in double "
            "quotes)\nnothing");
  EXPECT_EQ(parsed("\xFF\xFE"
                   "a"),
            "yaml.encoding 1:1+1 invalid UTF-8 in the config (save the file as UTF-8)\nnothing");
}

}  // namespace
}  // namespace sluice
