#include "tools/sluice/stage_flags.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/stage_type.h"

namespace sluice {
namespace {

using Words = std::vector<std::string>;

StageType type_of(Role role, std::string name, std::string main, bool required) {
  StageType type;
  type.role = role;
  type.name = std::move(name);
  type.main_option = main;
  if (!main.empty()) {
    OptionInfo option;
    option.name = std::move(main);
    option.required = required;
    type.options.push_back(option);
  }
  return type;
}

Registry toy_registry() {
  Registry registry;
  registry.add(type_of(Role::source, "file", "paths", true));
  registry.add(type_of(Role::source, "make", "count", false));
  registry.add(type_of(Role::transform, "keep", "where", true));
  registry.add(type_of(Role::transform, "sum", "", false));
  registry.add(type_of(Role::sink, "file", "path", true));
  registry.add(type_of(Role::sink, "out", "", false));
  registry.add(type_of(Role::sink, "threads", "", false));
  return registry;
}

const Registry& registry() {
  static const Registry toy = toy_registry();
  return toy;
}

SortedArguments sorted(const Words& arguments) {
  return take_stage_flags(arguments, {"--threads", "--quiet", "-f"}, registry());
}

/// "ROLE TYPE [VALUE]; " for each stage, then "| " and what is left, then "! " and the mistake.
std::string reading(const Words& arguments) {
  const SortedArguments result = sorted(arguments);
  std::string all;
  for (const StageFlag& flag : result.stages) {
    all += std::string(name_of(flag.type->role)) + ' ' + flag.type->name;
    if (flag.value) all += " [" + *flag.value + ']';
    all += "; ";
  }
  for (const std::string& word : result.others) all += "| " + word + ' ';
  if (result.mistake) all += "! " + result.mistake->message + " (" + result.mistake->hint + ')';
  return all;
}

std::string config(const Words& arguments, const Words& overrides = {}) {
  const SortedArguments result = sorted(arguments);
  EXPECT_FALSE(result.mistake);
  auto made = config_of(result.stages, overrides);
  if (const auto* mistake = std::get_if<UsageMistake>(&made)) {
    return "! " + mistake->message + mistake->shown;
  }
  return std::get<std::string>(made);
}

/// The stages of the config, without what is around them.
std::string stages(const Words& arguments) {
  const std::string head = "version: 1\npipelines:\n  main:\n    stages:\n";
  const std::string text = config(arguments);
  EXPECT_EQ(text.substr(0, head.size()), head);
  return text.substr(head.size());
}

TEST(StageFlags, AreTakenInOrderWithTheRoleOfTheirPlace) {
  EXPECT_EQ(reading({"--file", "a", "--keep", "x > 1", "--file", "b"}),
            "source file [a]; transform keep [x > 1]; sink file [b]; ");
  EXPECT_EQ(reading({"--file=a=b", "--out"}), "source file [a=b]; sink out; ");
  EXPECT_EQ(reading({"--keep", "x"}), "transform keep [x]; ");
}

TEST(StageFlags, LeaveEverythingElse) {
  EXPECT_EQ(reading({"--quiet", "--make", "--threads", "2", "--out", "-f", "x", "--sun"}),
            "source make; sink out; | --quiet | --threads | 2 | -f | x | --sun ");
  EXPECT_EQ(reading({"--out", "--", "--file", "a"}), "sink out; | -- | --file | a ");
  EXPECT_EQ(reading({"p", "--threads=3"}), "| p | --threads=3 ");
}

TEST(StageFlags, TakeAValueByTheirMainOption) {
  EXPECT_EQ(reading({"--make", "--out"}), "source make; sink out; ");
  EXPECT_EQ(reading({"--make", "3", "--out"}), "source make [3]; sink out; ");
  EXPECT_EQ(reading({"--make", "-f", "x"}), "source make; | -f | x ");
  EXPECT_EQ(reading({"--file", "-", "--file", "-"}), "source file [-]; sink file [-]; ");
  EXPECT_EQ(reading({"--make", "--sum", "{by: a}"}), "source make; transform sum [{by: a}]; ");
  EXPECT_EQ(reading({"--file="}), "source file []; ");
}

TEST(StageFlags, SayWhichValueIsMissingOrTooMuch) {
  const std::string needs =
      "! --file needs a value: paths (a value that begins with '--' is "
      "written --file=VALUE)";
  EXPECT_EQ(reading({"--file"}), "source file; " + needs);
  EXPECT_EQ(reading({"--file", "--out"}), "source file; sink out; " + needs);
  EXPECT_EQ(reading({"--make", "--out", "p"}),
            "source make; sink out [p]; ! --out takes no value, but was given 'p' (it has no "
            "options)");
  EXPECT_EQ(reading({"--file", "\xFF"}).substr(0, 25), "source file [\xFF]; ! --file");
}

TEST(StageFlags, AreLiteralText) {
  EXPECT_EQ(stages({"--file", "a b", "--keep", "status >= 500 # ${x} $${y}", "--file", "-"}),
            "      - source: file\n        paths: a b\n"
            "      - transform: keep\n        where: 'status >= 500 # $${x} $$${y}'\n"
            "      - sink: file\n        path: '-'\n");
  EXPECT_EQ(stages({"--file=", "--keep=!a: b", "--keep=[ab]*"}),
            "      - source: file\n        paths: \"\"\n"
            "      - transform: keep\n        where: '!a: b'\n"
            "      - transform: keep\n        where: '[ab]*'\n");
}

TEST(StageFlags, AreYamlInBrackets) {
  EXPECT_EQ(stages({"--file", "[a, \"b, ${x}\"]", "--sum", "{by: [p], id: s, of: {n: count()}}"}),
            "      - source: file\n        paths: [a, 'b, ${x}']\n"
            "      - transform: sum\n        by: [p]\n        id: s\n        of:\n"
            "          n: count()\n");
  EXPECT_EQ(config({"--file", "{a: 1"}),
            "! error: the text ends before this is closed\n"
            " --> --file:1:1\n"
            "  |\n"
            "1 | {a: 1\n"
            "  | ^ a '}' or ']' is missing\n");
  EXPECT_EQ(config({"--file", "{a: f(b, c)}"}),
            "! error: this option has no value\n"
            " --> --file:1:10\n"
            "  |\n"
            "1 | {a: f(b, c)}\n"
            "  |          ^^ in brackets a ',' ends the value: put the value in quotes\n");
}

TEST(StageFlags, TakeOverridesIntoTheConfig) {
  EXPECT_EQ(config({"--make", "--out"}, {"engine.threads=2", "vars.x=1",
                                         "engine.memory=", "pipelines.main.stages.0.count=3"}),
            "version: 1\nengine:\n  threads: 2\n  memory: \"\"\nvars:\n  x: 1\n"
            "pipelines:\n  main:\n    stages:\n      - source: make\n        count: 3\n"
            "      - sink: out\n");
  EXPECT_EQ(config({"--make"}, {"pipelines.main.stages.7.x=1"}),
            "! --set pipelines.main.stages.7.x=1: no item 7 in a list of 1 (the first is 0)");
  EXPECT_EQ(config({"--make"}, {"a=\xFF"}), "! 'a=\xFF': not UTF-8");
}

TEST(StageFlags, AreListedInTheHelp) {
  EXPECT_EQ(stage_flags_help(registry()),
            "  source     --file paths --make [count]\n"
            "  transform  --keep where --sum\n"
            "  sink       --file path --out --threads\n");
}

}  // namespace
}  // namespace sluice
