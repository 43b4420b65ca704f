#include "config/expand.h"

#include <gtest/gtest.h>

#include <ctime>
#include <map>
#include <string>

#include "config/document.h"
#include "tests/unit/config/diagnostic_text.h"

namespace sluice {
namespace {

EnvironmentVariables environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(std::string(name));
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

struct Expanded {
  Value tree;
  std::string messages;
};

Expanded expanded(const std::string& yaml,
                  const std::map<std::string, std::string>& variables = {}) {
  Diagnostics diagnostics;
  auto tree = parse_document(yaml, diagnostics);
  EXPECT_EQ(text_of(diagnostics), "");
  if (!tree) return {};
  expand(*tree, environment_of(variables), diagnostics);
  return {std::move(*tree), text_of(diagnostics)};
}

/// The text of key `a`, or the messages if there are any.
std::string value_of_a(const std::string& yaml,
                       const std::map<std::string, std::string>& variables = {}) {
  const Expanded result = expanded(yaml, variables);
  return result.messages.empty() ? result.tree.find("a")->text() : result.messages;
}

TEST(Expand, ReadsTheEnvironment) {
  EXPECT_EQ(value_of_a("a: out/${DAY}/x${N}.log", {{"DAY", "2026"}, {"N", "1"}}),
            "out/2026/x1.log");
  EXPECT_EQ(value_of_a("a: ${_A1}${_A1}", {{"_A1", "z"}}), "zz");
  EXPECT_EQ(value_of_a("a: '${A}'", {{"A", ""}}), "") << "set but empty";
}

TEST(Expand, LeavesOtherDollarsAlone) {
  EXPECT_EQ(value_of_a("a: $A $ $$ 5$ $(x) end$"), "$A $ $$ 5$ $(x) end$");
  EXPECT_EQ(value_of_a("a: $${A}"), "${A}");
  EXPECT_EQ(value_of_a("a: ${A}$${A}${A}", {{"A", "v"}}), "v${A}v");
  EXPECT_EQ(value_of_a("a: $$${A}", {{"A", "v"}}), "$${A}");
  EXPECT_EQ(value_of_a("a: ${A}", {{"A", "${B}$${C}"}}), "${B}$${C}") << "not expanded again";
}

TEST(Expand, UsesDefaults) {
  EXPECT_EQ(value_of_a("a: \"${A:-x y:-z}\""), "x y:-z");
  EXPECT_EQ(value_of_a("a: ${A:-}"), "");
  EXPECT_EQ(value_of_a("a: ${A:-d}", {{"A", ""}}), "d");
  EXPECT_EQ(value_of_a("a: ${A:-d}", {{"A", "v"}}), "v");
  EXPECT_EQ(value_of_a("a: ${A:?must be set}", {{"A", "v"}}), "v");
  EXPECT_EQ(value_of_a("a: ${vars.b:-d}"), "d");
  EXPECT_EQ(value_of_a("a: ${vars.b:-d}\nvars: {b: }"), "d") << "a var without a value is unset";
}

TEST(Expand, PointsAtTheVariableThatIsUnset) {
  EXPECT_EQ(value_of_a("x: 1\na: out/${DAY}"),
            "expand.unset 2:8+6 environment variable 'DAY' is not set (write '${DAY:-default}' to "
            "have a default)\n");
  EXPECT_EQ(value_of_a("a: 'ü ${DAY}'"),
            "expand.unset 1:7+6 environment variable 'DAY' is not set (write '${DAY:-default}' to "
            "have a default)\n");
  EXPECT_EQ(value_of_a("a: ${DAY:?give a day}"), "expand.unset 1:4+18 DAY: give a day\n");
  EXPECT_EQ(value_of_a("a: ${vars.d:?give it}"), "expand.unset 1:4+18 vars.d: give it\n");
}

TEST(Expand, MarksTheScalarWhereColumnsAreNotKnown) {
  const std::string message =
      " environment variable 'D' is not set (write '${D:-default}' to have a default)\n";
  EXPECT_EQ(value_of_a("a: \"\\t${D}\""), "expand.unset 1:4+8" + message);
  EXPECT_EQ(value_of_a("a: |\n  x ${D}\n"), "expand.unset 2:3+6" + message);
  EXPECT_EQ(value_of_a("a: x\n  ${D}\n"), "expand.unset 1:4+1" + message);
}

TEST(Expand, ReportsEveryMistakeOfAScalar) {
  EXPECT_EQ(
      value_of_a("a: ${A} ${B C} ${D"),
      "expand.unset 1:4+4 environment variable 'A' is not set (write '${A:-default}' to have a "
      "default)\n"
      "expand.syntax 1:9+6 '${B C}' is not a variable (write ${NAME}, ${NAME:-default}, "
      "${NAME:?message} or ${vars.name}; '$${' is a plain '${')\n"
      "expand.syntax 1:16+2 '${' without a '}' (write '$${' for a plain '${')\n");
}

TEST(Expand, RefusesWhatIsNotAVariable) {
  for (const char* text : {"${}", "${1A}", "${A-x}", "${A:+x}", "${A:}", "${A.b}", "${vars.}",
                           "${ A }", "${A:-${B}}"}) {
    EXPECT_EQ(value_of_a("a: '" + std::string(text) + "'", {{"A", "v"}}).substr(0, 13),
              "expand.syntax")
        << text;
  }
}

TEST(Expand, ReadsVarsInAnyOrder) {
  const Expanded result = expanded(
      "vars:\n  file: ${vars.dir}/${vars.day}.log\n  dir: /tmp\n  day: ${D:-monday}\na: "
      "${vars.file}\n");
  EXPECT_EQ(result.messages, "");
  EXPECT_EQ(result.tree.find("a")->text(), "/tmp/monday.log");
  EXPECT_EQ(result.tree.find("vars")->find("file")->text(), "/tmp/monday.log");
}

TEST(Expand, NamesAMissingVar) {
  EXPECT_EQ(value_of_a("vars: {date: x}\na: ${vars.dat}\n"),
            "expand.unset 2:4+11 'vars' has no 'dat' (did you mean 'date'?)\n");
  EXPECT_EQ(value_of_a("a: ${vars.day}\n"),
            "expand.unset 1:4+11 'vars' has no 'day' (add it to 'vars', or give it with --set "
            "vars.day=VALUE)\n");
}

TEST(Expand, RefusesVarsInACircle) {
  EXPECT_EQ(value_of_a("vars:\n  x: ${vars.y}\n  y: ${vars.z}\n  z: ${vars.x}\na: ${vars.x}\n"),
            "expand.cycle 4:6+9 vars need each other in a circle: x -> y -> z -> x\n")
      << "once, not at every use";
  EXPECT_EQ(value_of_a("vars:\n  x: ${vars.x:-d}\na: b\n"),
            "expand.cycle 2:6+12 vars need each other in a circle: x -> x\n");
}

TEST(Expand, RefusesLongChainsOfVars) {
  std::string yaml = "a: b\nvars:\n";
  for (int i = 0; i < 10'000; ++i) {
    yaml += "  v" + std::to_string(i) + ": ${vars.v" + std::to_string(i + 1) + "}\n";
  }
  EXPECT_NE(value_of_a(yaml).find("vars need each other more than 64 deep"), std::string::npos);
}

TEST(Expand, BoundsOneScalarAndTheWhole) {
  const std::map<std::string, std::string> big{{"K", std::string(1024, 'k')}};
  std::string vars = "vars:\n  m: '";
  for (int i = 0; i < 64; ++i) vars += "${K}";
  vars += "'\n";
  EXPECT_EQ(value_of_a(vars + "a: ${vars.m}\n", big).size(), 65536U);
  EXPECT_EQ(value_of_a(vars + "a: x${vars.m}\n", big),
            "expand.size 3:5+9 more than 64 KiB once the variables are expanded\n");
  std::string many = vars + "a:\n";
  for (int i = 0; i < 1000; ++i) many += "  - ${vars.m}\n";
  EXPECT_EQ(value_of_a(many, big),
            "expand.size 259:5+9 more than 16 MiB of expanded text in the config\n");
}

TEST(Expand, TakesTimeLinearInTheMistakes) {
  std::string references;
  for (int i = 0; i < 60'000; ++i) references += "${vars.b}";
  std::string vars;
  for (int i = 0; i < 40'000; ++i) vars += " a" + std::to_string(i) + ":\n";
  const std::clock_t start = std::clock();
  EXPECT_FALSE(value_of_a("vars:\n" + vars + "a: " + references).empty());
  EXPECT_LT(std::clock() - start, 5 * CLOCKS_PER_SEC);
}

TEST(Expand, KeepsKeysMarksAndQuotes) {
  const Expanded result = expanded("a:\n - '${A}'\n - ${A}\n'${A}': 1\n", {{"A", "null"}});
  ASSERT_EQ(result.messages, "");
  const Value& list = *result.tree.find("a");
  EXPECT_TRUE(list.items()[0].quoted());
  EXPECT_EQ(list.items()[0].mark().column, 4U);
  EXPECT_EQ(list.items()[1].kind(), Value::Kind::scalar) << "a variable cannot make a null";
  EXPECT_NE(result.tree.find("${A}"), nullptr);
}

TEST(Expand, WorksWithoutAnEnvironment) {
  Diagnostics diagnostics;
  Value value = Value::scalar("${A:-d}");
  expand(value, EnvironmentVariables(), diagnostics);
  EXPECT_EQ(value.text(), "d");
  EXPECT_TRUE(diagnostics.empty());
}

}  // namespace
}  // namespace sluice
