#include "tools/sluice/command_line.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/register_all.h"

namespace sluice {
namespace {

using Words = std::vector<std::string>;

RunOptions run_of(Words arguments) {
  arguments.insert(arguments.begin(), "run");
  CommandLine line = read_command_line(arguments);
  if (auto* run = std::get_if<RunOptions>(&line)) return std::move(*run);
  const auto* mistake = std::get_if<UsageMistake>(&line);
  ADD_FAILURE() << (mistake != nullptr ? mistake->message : "help");
  return {};
}

/// "MESSAGE (HINT)"
std::string mistake_of(Words arguments) {
  arguments.insert(arguments.begin(), "run");
  const CommandLine line = read_command_line(arguments);
  const auto* mistake = std::get_if<UsageMistake>(&line);
  if (mistake == nullptr) return "none";
  return mistake->message + " (" + mistake->hint + ")";
}

TEST(CommandLine, TakesEngineOptionsAmongStages) {
  const RunOptions run = run_of({"--threads", "2", "--generate", "5", "--strict", "--null",
                                 "--memory=64MiB", "--timeout", "3s", "--quiet"});
  EXPECT_EQ(run.config.text,
            "version: 1\nengine:\n  threads: 2\n  memory: 64MiB\npipelines:\n  main:\n"
            "    stages:\n      - source: generate\n        records: 5\n      - sink: 'null'\n");
  EXPECT_TRUE(run.config.overrides.empty());
  EXPECT_TRUE(run.strict && run.quiet && !run.emit_yaml);
  EXPECT_EQ(run.timeout, std::chrono::seconds(3));
}

TEST(CommandLine, ReadsAConfigWithoutStages) {
  const RunOptions run = run_of({"p", "-f", "x.yaml", "--set", "vars.a=b", "--threads", "2", "q"});
  EXPECT_FALSE(run.config.text);
  EXPECT_EQ(run.config.file, "x.yaml");
  EXPECT_EQ(run.config.overrides, (Words{"vars.a=b", "engine.threads=2"}));
  EXPECT_EQ(run.pipelines, (Words{"p", "q"}));
}

TEST(CommandLine, RefusesStagesTogetherWithAConfig) {
  EXPECT_EQ(mistake_of({"--stdin", "-f", "x", "--stdout"}),
            "stages as flags ('--stdin') and a config (-f) exclude each other (--emit-yaml prints "
            "the stages as a config, to be put into the file)");
  EXPECT_EQ(mistake_of({"p", "--stdin", "--stdout"}),
            "stages as flags ('--stdin') and a pipeline ('p') exclude each other (a stage takes "
            "one value; several paths are '[a.log, b.log]', a pattern is quoted)");
  EXPECT_EQ(mistake_of({"-f", "x", "--emit-yaml"}),
            "--emit-yaml prints the config that stages as flags stand for, and there are none (as "
            "in: sluice run --file a.log --stdout --emit-yaml)");
}

TEST(CommandLine, GuessesWhatAnUnknownFlagWasMeantToBe) {
  EXPECT_EQ(mistake_of({"--stdni", "--stdout"}),
            "unknown option '--stdni' (did you mean "
            "'--stdin'?)");
  EXPECT_EQ(mistake_of({"--stdin", "--treads=2"}),
            "unknown option '--treads' (did you mean "
            "'--threads'?)");
}

TEST(CommandLine, ShowsHelpWhateverElseIsWrong) {
  EXPECT_TRUE(std::holds_alternative<HelpText>(read_command_line({"run", "--file", "--help"})));
}

/// An option of `run` hides a stage type of its name, which would then need a config.
TEST(CommandLine, HasNoOptionThatHidesAStageType) {
  Registry registry;
  register_all_stages(registry);
  for (const StageType& type : registry.all()) {
    const auto line = read_command_line({"run", "--" + type.name + "={}", "--emit-yaml"});
    EXPECT_TRUE(std::holds_alternative<RunOptions>(line)) << type.name;
  }
}

}  // namespace
}  // namespace sluice
