#include "config/loader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/document.h"
#include "config/override.h"
#include "tests/unit/config/diagnostic_text.h"

namespace sluice {
namespace {

constexpr const char* one_pipeline = "pipelines: {p: {stages: [stdin, stdout]}}\n";

struct Loaded {
  std::optional<GraphSpec> graph;
  std::string messages;
};

Loaded loaded(const std::string& text, const std::vector<std::string>& overrides = {}) {
  Diagnostics diagnostics;
  const EnvironmentVariables none = [](std::string_view) { return std::optional<std::string>(); };
  Loaded result;
  result.graph = load({"test.yaml", text, overrides, none}, diagnostics);
  result.messages = text_of(diagnostics);
  EXPECT_EQ(result.graph.has_value(), diagnostics.empty());
  return result;
}

/// What is said about `text`; the version is given and line 1 is the text's own.
std::string messages_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  std::vector<std::string> all{"version=1"};
  all.insert(all.end(), overrides.begin(), overrides.end());
  return loaded(text, all).messages;
}

/// What is said about the one stage `stage`, in flow style; it begins at 1:27.
std::string messages_of_stage(const std::string& stage) {
  return messages_of("pipelines: {p: {stages: [ " + stage + " ]}}");
}

/// The one stage `stage`, in flow style.
StageSpec stage_of(const std::string& stage) {
  const Loaded result = loaded("version: 1\npipelines: {p: {stages: [ " + stage + " ]}}");
  EXPECT_EQ(result.messages, "");
  return result.graph ? result.graph->pipelines.at(0).stages.at(0) : StageSpec();
}

constexpr const char* contract_example = R"(version: 1

engine:                         # every key optional
  threads: auto
  memory: 128MiB
  buffer: auto

metrics:
  log:  { every: 5s, format: json }

vars: { day: "${DAY:-2026-01-01}" }

pipelines:
  http-errors:
    stages:
      - source: file
        paths: [ "logs/access*.log.gz" ]
      - transform: parse
        format: combined
      - id: errors
        transform: filter
        where: status >= 500
      - sink: file
        path: out/errors-${vars.day}.jsonl.zst
      - transform: aggregate
        from: errors
        group_by: [ path ]
        compute:
          hits: count()
          p99: quantile(bytes, 0.99)
      - sink: stdout
        encoding: table
)";

TEST(Loader, ReadsTheExampleOfTheContract) {
  const Loaded result = loaded(contract_example);
  ASSERT_EQ(result.messages, "");
  const GraphSpec& graph = *result.graph;
  EXPECT_EQ(graph.engine.threads, std::nullopt);
  EXPECT_EQ(graph.engine.memory, 128_MiB);
  EXPECT_EQ(graph.engine.buffer, std::nullopt);
  EXPECT_EQ(graph.metrics.every.value, std::chrono::seconds(5));
  EXPECT_EQ(graph.metrics.format, LogFormat::json);
  ASSERT_EQ(graph.pipelines.size(), 1U);
  EXPECT_EQ(graph.pipelines[0].name.text, "http-errors");
  EXPECT_EQ(graph.pipelines[0].name.mark.line, 14U);

  const std::vector<StageSpec>& stages = graph.pipelines[0].stages;
  ASSERT_EQ(stages.size(), 6U);
  EXPECT_EQ(stages[0].role, Role::source);
  EXPECT_EQ(stages[0].type.text, "file");
  EXPECT_EQ(stages[0].type.mark.column, 17U);
  EXPECT_FALSE(stages[0].role_from_registry);
  EXPECT_EQ(stages[0].mark.line, 16U);
  EXPECT_EQ(stages[0].mark.column, 9U);
  EXPECT_EQ(stages[0].options.find("paths")->items()[0].text(), "logs/access*.log.gz");
  EXPECT_EQ(stages[2].id->text, "errors");
  EXPECT_EQ(stages[2].type.text, "filter");
  EXPECT_EQ(stages[2].options.entries().size(), 1U);
  EXPECT_EQ(stages[2].options.entries()[0].key_mark.line, 22U);
  EXPECT_EQ(stages[3].options.find("path")->text(), "out/errors-2026-01-01.jsonl.zst");
  ASSERT_EQ(stages[4].from.size(), 1U);
  EXPECT_EQ(stages[4].from[0].text, "errors");
  EXPECT_EQ(stages[4].from[0].mark.line, 26U);
  EXPECT_EQ(stages[4].options.find("compute")->find("hits")->text(), "count()");
  EXPECT_EQ(stages[5].role, Role::sink);
}

TEST(Loader, KeepsTheEnginesOwnChoicesWhereNothingIsGiven) {
  const Loaded result =
      loaded("version: 1\nengine:\nmetrics:\nvars:\n" + std::string(one_pipeline));
  ASSERT_EQ(result.messages, "");
  EXPECT_EQ(result.graph->engine.memory, 256_MiB);
  EXPECT_EQ(result.graph->engine.tokens, std::nullopt);
  EXPECT_EQ(result.graph->metrics.every.value, std::chrono::seconds(10));
  EXPECT_EQ(result.graph->metrics.format, LogFormat::text);
}

TEST(Loader, ReadsTheEngine) {
  const Loaded result =
      loaded("version: 1\nengine: {threads: 1024, memory: 1B, buffer: 64B, tokens: 3}\n" +
             std::string(one_pipeline));
  ASSERT_EQ(result.messages, "");
  EXPECT_EQ(result.graph->engine.threads, 1024U);
  EXPECT_EQ(result.graph->engine.memory, 1_B);
  EXPECT_EQ(result.graph->engine.buffer, 64_B);
  EXPECT_EQ(result.graph->engine.tokens, 3U);
}

TEST(Loader, RefusesEngineValuesOutOfRange) {
  EXPECT_EQ(
      messages_of("engine:\n  threads: 0\n  memory: 256\n  buffer: 65MiB\n  tokens: 2\n" +
                  std::string(one_pipeline)),
      "config.value 2:12+1 'engine.threads' must be auto or a number from 1 to 1024, not '0'\n"
      "config.value 3:11+3 'engine.memory' must be a size from 1B, not '256' (a size has a "
      "unit, as in 64KiB)\n"
      "config.value 4:11+5 'engine.buffer' must be auto or a size from 64B to 64MiB, not "
      "'65MiB'\n"
      "config.value 5:11+1 'engine.tokens' must be auto or a number from 3 to 256, not '2'\n");
  EXPECT_EQ(
      messages_of("engine:\n  threads: [1]\n  memory: {}\n  buffer:\n  tokens: 3x\n" +
                  std::string(one_pipeline)),
      "config.type 2:12+1 'engine.threads' must be auto or a number from 1 to 1024, not a "
      "list\n"
      "config.type 3:11+1 'engine.memory' must be a size from 1B, not a map\n"
      "config.value 4:3+6 'engine.buffer' must be auto or a size from 64B to 64MiB, not "
      "nothing\n"
      "config.value 5:11+2 'engine.tokens' must be auto or a number from 3 to 256, not '3x'\n");
}

TEST(Loader, RefusesMetricsValuesOutOfRange) {
  EXPECT_EQ(messages_of("metrics: {log: {every: 10, format: jsn}}\n" + std::string(one_pipeline)),
            "config.value 1:24+2 'metrics.log.every' must be a duration from 1ms, not '10' (write "
            "for example 10s)\n"
            "config.value 1:36+3 'metrics.log.format' must be text, json or logfmt, not 'jsn' (did "
            "you mean 'json'?)\n");
  EXPECT_EQ(messages_of("metrics: {log: {every: 0s}}\n" + std::string(one_pipeline)),
            "config.value 1:24+2 'metrics.log.every' must be a duration from 1ms, not '0s' (write "
            "for example 10s)\n");
}

TEST(Loader, RequiresVersionOne) {
  EXPECT_EQ(loaded(one_pipeline).messages,
            "config.version 1:1+1 the config has no version (begin it with 'version: 1')\n");
  EXPECT_EQ(loaded("version: 2\n" + std::string(one_pipeline)).messages,
            "config.version 1:10+1 the version must be 1, not '2'\n");
  EXPECT_EQ(loaded("version: [1]\n" + std::string(one_pipeline)).messages,
            "config.version 1:10+1 the version must be 1, not a list\n");
  EXPECT_EQ(loaded("version: 1.0\n" + std::string(one_pipeline)).messages,
            "config.version 1:10+3 the version must be 1, not '1.0'\n");
}

TEST(Loader, RefusesUnknownKeysWithTheNearestOne) {
  EXPECT_EQ(
      loaded("verison: 1\nengin: {}\nengine: {thread: 2}\nmetrics: {log: {evry: 1s}, x: 1}\n"
             "pipelines: {p: {stages: [stdin], stage: 1}}\n")
          .messages,
      "config.unknown_key 1:1+7 unknown key 'verison' (did you mean 'version'?)\n"
      "config.unknown_key 2:1+5 unknown key 'engin' (did you mean 'engine'?)\n"
      "config.unknown_key 3:10+6 unknown key 'thread' in 'engine' (did you mean 'threads'?)\n"
      "config.unknown_key 4:17+4 unknown key 'evry' in 'metrics.log' (did you mean 'every'?)\n"
      "config.unknown_key 4:28+1 unknown key 'x' in 'metrics'\n"
      "config.unknown_key 5:34+5 unknown key 'stage' in 'pipelines.p' (did you mean "
      "'stages'?)\n");
}

TEST(Loader, SaysWhichKeysAreNotAvailable) {
  EXPECT_EQ(
      messages_of("include: [a.yaml]\ntests: []\nmetrics: {http: '127.0.0.1:9464'}\npipelines:\n"
                  "  p: {stages: [stdin, stdout]}\n"),
      "config.not_available 1:1+7 'include' is not available in this version\n"
      "config.not_available 2:1+5 'tests' is not available in this version\n"
      "config.not_available 3:11+4 'metrics.http' is not available in this version\n");
}

TEST(Loader, RefusesAConfigThatIsNotOne) {
  EXPECT_EQ(loaded("").messages,
            "config.missing 1:1+1 the config is empty (it begins with 'version: 1' and has "
            "'pipelines:')\n");
  EXPECT_EQ(loaded("- a\n").messages,
            "config.type 1:1+1 a config must be a map, not a list (it begins with 'version: 1')\n");
  EXPECT_EQ(messages_of("engine: 3\nmetrics: []\nvars: x\npipelines: []\n"),
            "config.type 1:9+1 'engine' must be a map, not '3'\n"
            "config.type 2:10+1 'metrics' must be a map, not a list\n"
            "config.type 3:7+1 'vars' must be a map, not 'x'\n"
            "config.type 4:12+1 'pipelines' must be a map, not a list\n");
}

TEST(Loader, RequiresPipelinesAndStages) {
  const std::string hint = " (write 'pipelines: { main: { stages: [...] } }')\n";
  EXPECT_EQ(messages_of("vars: {}\n"), "config.missing 1:1+1 the config has no pipelines" + hint);
  EXPECT_EQ(messages_of("\npipelines:\n"),
            "config.missing 2:1+9 the config has no pipelines" + hint);
  EXPECT_EQ(messages_of("pipelines: {}\n"),
            "config.missing 1:1+9 the config has no pipelines" + hint);
  EXPECT_EQ(
      messages_of("pipelines:\n  a:\n  b: {}\n  c: {stages: }\n  d: {stages: []}\n"
                  "  e: {stages: x}\n  f: [stdin]\n  g: {stagse: [stdin]}\n"),
      "config.missing 2:3+1 pipeline 'a' has no stages\n"
      "config.missing 3:3+1 pipeline 'b' has no stages\n"
      "config.missing 4:7+6 pipeline 'c' has no stages\n"
      "config.missing 5:7+6 pipeline 'd' has no stages\n"
      "config.type 6:15+1 'pipelines.e.stages' must be a list, not 'x' (each stage begins with "
      "'- ')\n"
      "config.type 7:6+1 'pipelines.f' must be a map, not a list (its stages go below "
      "'stages:')\n"
      "config.unknown_key 8:7+6 unknown key 'stagse' in 'pipelines.g' (did you mean "
      "'stages'?)\n");
}

TEST(Loader, RefusesNamesWithOtherLetters) {
  EXPECT_EQ(messages_of("vars: {'a b': 1, c: [1]}\npipelines: {'p/q': {stages: [stdin]}, a.b-c_1: "
                        "{stages: [stdin]}}\n"),
            "config.name 1:8+5 'a b' cannot name a variable (use letters, digits, '_', '-' and "
            "'.')\n"
            "config.type 1:21+1 'vars.c' must be text, not a list\n"
            "config.name 2:13+5 'p/q' cannot name a pipeline (use letters, digits, '_', '-' and "
            "'.')\n");
}

TEST(Loader, ReadsStagesWithARole) {
  const StageSpec stage =
      stage_of("{path: a.log, sink: file, id: x, from: [a, b.errors], order: time}");
  EXPECT_EQ(stage.role, Role::sink);
  EXPECT_EQ(stage.type.text, "file");
  EXPECT_FALSE(stage.role_from_registry);
  EXPECT_EQ(stage.main, std::nullopt);
  EXPECT_EQ(stage.id->text, "x");
  ASSERT_EQ(stage.from.size(), 2U);
  EXPECT_EQ(stage.from[1].text, "b.errors");
  EXPECT_EQ(stage.order->text, "time");
  ASSERT_EQ(stage.options.entries().size(), 1U);
  EXPECT_EQ(stage.options.entries()[0].key, "path");
  EXPECT_EQ(stage_of("{duplex: tcp}").role, Role::duplex);
  EXPECT_EQ(stage_of("{transform: filter}").role, Role::transform);
}

TEST(Loader, ReadsStagesInTheShortForm) {
  StageSpec stage = stage_of("{id: big, filter: status >= 500, on_error: drop}");
  EXPECT_TRUE(stage.role_from_registry);
  EXPECT_EQ(stage.type.text, "filter");
  EXPECT_EQ(stage.type.mark.line, 2U);
  EXPECT_EQ(stage.type.mark.column, 37U);
  EXPECT_EQ(stage.main->text(), "status >= 500");
  EXPECT_EQ(stage.id->text, "big");
  EXPECT_EQ(stage.options.find("on_error")->text(), "drop");
  EXPECT_EQ(stage_of("{file: [a, b]}").main->kind(), Value::Kind::list);
  EXPECT_EQ(stage_of("{stdout: }").main, std::nullopt);
  EXPECT_EQ(stage_of("{limit: 10}").type.text, "limit") << "a type, not the key of the same name";
}

TEST(Loader, ReadsAMapInTheShortFormAsOptions) {
  const StageSpec stage =
      stage_of("{file: {path: a, level: 9, id: x, from: [b, c], order: input}, on_error: drop}");
  EXPECT_TRUE(stage.role_from_registry);
  EXPECT_EQ(stage.main, std::nullopt);
  EXPECT_EQ(stage.options.entries().size(), 3U);
  EXPECT_EQ(stage.options.find("path")->text(), "a");
  EXPECT_EQ(stage.options.find("level")->mark().column, 51U);
  EXPECT_EQ(stage.options.entries()[1].key_mark.column, 44U);
  EXPECT_EQ(stage.options.find("on_error")->text(), "drop");
  EXPECT_EQ(stage.id->text, "x");
  EXPECT_EQ(stage.from.size(), 2U);
  EXPECT_EQ(stage.order->text, "input");
  EXPECT_TRUE(stage_of("{file: {}}").options.entries().empty());
}

TEST(Loader, RefusesAnOptionInTheMapOfAShortFormAndBesideIt) {
  EXPECT_EQ(messages_of_stage("{file: {path: a, id: x}, path: b, id: y}"),
            "option.duplicate 1:52+4 option 'path' is given twice: in the map of the short form "
            "and beside it\n"
            "option.duplicate 1:61+2 option 'id' is given twice: in the map of the short form and "
            "beside it\n");
}

TEST(Loader, ReadsStagesThatAreATypeAlone) {
  const StageSpec stage = stage_of("stdin");
  EXPECT_EQ(stage.type.text, "stdin");
  EXPECT_TRUE(stage.role_from_registry);
  EXPECT_EQ(stage.main, std::nullopt);
  EXPECT_EQ(stage.options.kind(), Value::Kind::map);
  EXPECT_EQ(stage_of("'null'").type.text, "null");
}

TEST(Loader, RefusesStagesWithoutAType) {
  const std::string missing =
      " a stage without a type (write for example '- source: file'; the type 'null' needs "
      "quotes)\n";
  EXPECT_EQ(messages_of_stage("null"), "config.missing 1:27+4" + missing);
  EXPECT_EQ(messages_of_stage("''"), "config.missing 1:27+2" + missing);
  EXPECT_EQ(messages_of_stage("{}"), "config.missing 1:27+1" + missing);
  EXPECT_EQ(messages_of_stage("{id: a, from: b}"), "config.missing 1:27+1" + missing);
  EXPECT_EQ(messages_of_stage("[file]"),
            "config.type 1:27+1 a stage must be a map or a type, not a list\n");
  EXPECT_EQ(messages_of_stage("{sink: null}"),
            "config.type 1:34+4 'sink' must be a stage type, not nothing (the type 'null' needs "
            "quotes)\n");
  EXPECT_EQ(messages_of_stage("{sink: {file: x}, id: y}"),
            "config.type 1:34+1 'sink' must be a stage type, not a map (options go below it, as "
            "keys)\n");
}

TEST(Loader, RefusesTwoRoles) {
  EXPECT_EQ(messages_of_stage("{source: file, sink: file}"),
            "config.role 1:42+4 a stage has one role, and this one is a 'source' already (a new "
            "stage begins with '- ')\n");
}

TEST(Loader, RefusesReservedKeysOfTheWrongKind) {
  EXPECT_EQ(messages_of_stage("{sink: a, id: [x], from: {}, order: tme}"),
            "config.type 1:41+1 'id' must be a name, not a list\n"
            "config.type 1:52+1 'from' must be a name, not a map\n"
            "config.value 1:63+3 'order' must be arrival, input or time, not 'tme' (did you mean "
            "'time'?)\n");
  EXPECT_EQ(messages_of_stage("{sink: a, from: []}"),
            "config.value 1:43+1 'from' names no stage (leave it out to read from the stage "
            "above)\n");
  EXPECT_EQ(messages_of_stage("{sink: a, from: [x, [y]]}"),
            "config.type 1:47+1 'from' must be a name, not a list\n");
}

TEST(Loader, MergesSharedOptions) {
  const Loaded result = loaded(
      "version: 1\nvars: &ignored {}\npipelines:\n  p:\n    stages:\n"
      "      - &out {sink: file, durability: fsync}\n      - {<<: *out, path: b, durability: "
      "rename}\n");
  ASSERT_EQ(result.messages, "");
  const StageSpec& stage = result.graph->pipelines[0].stages[1];
  EXPECT_EQ(stage.role, Role::sink);
  EXPECT_EQ(stage.options.find("durability")->text(), "rename");
}

TEST(Loader, ReportsAllMistakesOfAllKindsInOrder) {
  EXPECT_EQ(
      loaded("version: 1\npipelines:\n  p:\n    stages:\n      - file: ${NO}\n      - sink: "
             "x\n        sink: y\nengine:\n  threads: ${NO}\n  buffer: 1\n",
             {"nonsense"})
          .messages,
      "config.override 0:0+1 --set nonsense: not KEY=VALUE (write for example --set "
      "vars.day=2026-01-02)\n"
      "expand.unset 5:15+5 environment variable 'NO' is not set (write '${NO:-default}' to "
      "have a default)\n"
      "yaml.duplicate_key 7:9+4 duplicate key 'sink' (first on line 6)\n"
      "expand.unset 9:12+5 environment variable 'NO' is not set (write '${NO:-default}' to "
      "have a default)\n"
      "config.value 10:11+1 'engine.buffer' must be auto or a size from 64B to 64MiB, not '1' "
      "(a size has a unit, as in 64KiB)\n");
}

TEST(Loader, AppliesOverridesBeforeVariables) {
  const Loaded result =
      loaded(contract_example, {"vars.day=2027", "engine.threads=2", "engine.tokens=5",
                                "vars.new=x", "pipelines.http-errors.stages.5.encoding=jsonl"});
  ASSERT_EQ(result.messages, "");
  EXPECT_EQ(result.graph->engine.threads, 2U);
  EXPECT_EQ(result.graph->engine.tokens, 5U);
  const auto& stages = result.graph->pipelines[0].stages;
  EXPECT_EQ(stages[3].options.find("path")->text(), "out/errors-2027.jsonl.zst");
  EXPECT_EQ(stages[5].options.find("encoding")->text(), "jsonl");
}

TEST(Loader, RefusesABadOverrideWithoutAPlace) {
  EXPECT_EQ(
      messages_of(one_pipeline, {"engine.threads=0"}),
      "config.value 0:0+1 'engine.threads' must be auto or a number from 1 to 1024, not '0'\n");
}

TEST(Override, FindsCreatesAndReplaces) {
  Diagnostics diagnostics;
  Value config = *parse_document("a: {b.c: 1, b: {c: 2}}\nl: [x, {y: z}]\nn:\n", diagnostics);
  for (const char* change :
       {"a.b.c=3", "a.b.d=4", "l.0=5", "l.1.q=6", "n.m.o=7", "p.q=8=9", "r="}) {
    apply_override(config, change, diagnostics);
  }
  EXPECT_EQ(text_of(diagnostics), "");
  EXPECT_EQ(config.find("a")->find("b.c")->text(), "3") << "the longest key that fits";
  EXPECT_EQ(config.find("a")->find("b")->find("d")->text(), "4");
  EXPECT_EQ(config.find("l")->items()[0].text(), "5");
  EXPECT_EQ(config.find("l")->items()[1].find("q")->text(), "6");
  EXPECT_EQ(config.find("n")->find("m")->find("o")->text(), "7");
  EXPECT_EQ(config.find("p")->find("q")->text(), "8=9");
  EXPECT_EQ(config.find("r")->kind(), Value::Kind::scalar);
  EXPECT_EQ(config.find("r")->mark().line, 0U);
}

TEST(Override, RefusesPathsThatLeadNowhere) {
  Diagnostics diagnostics;
  Value config = *parse_document("a: text\nl: [x]\n", diagnostics);
  for (const char* change : {"a.b=1", "l.1=2", "l.x=3", "l.-1=4", "=5", ".a=6", "a.=7", "a..b=8"}) {
    apply_override(config, change, diagnostics);
  }
  std::string deep = "d";
  for (int i = 0; i < 64; ++i) deep += ".d";
  apply_override(config, deep + "=9", diagnostics);
  EXPECT_EQ(text_of(diagnostics),
            "config.override 0:0+1 --set a.b=1: 'b' is looked for in a text\n"
            "config.override 0:0+1 --set l.1=2: no item 1 in a list of 1 (the first is 0)\n"
            "config.override 0:0+1 --set l.x=3: 'x' is not an index of a list\n"
            "config.override 0:0+1 --set l.-1=4: '-1' is not an index of a list\n"
            "config.override 0:0+1 --set =5: the key has an empty part\n"
            "config.override 0:0+1 --set .a=6: the key has an empty part\n"
            "config.override 0:0+1 --set a.=7: the key has an empty part\n"
            "config.override 0:0+1 --set a..b=8: the key has an empty part\n"
            "config.override 0:0+1 --set " +
                deep + "=9: the key has too many parts\n");
  EXPECT_EQ(config.entries().size(), 2U);
}

}  // namespace
}  // namespace sluice
