#include "config/flow_reader.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "config/loader.h"
#include "tests/unit/config/diagnostic_text.h"

namespace sluice {
namespace {

TEST(FlowReader, ReadsWhatAPipelineSaysOfItsCourse) {
  const std::string text =
      "version: 1\nengine: {shutdown_timeout: 5s}\npipelines:\n"
      "  a: {limit: {records: 10, bytes: 1KiB}, restart: on_failure, stages: [stdin, stdout]}\n"
      "  b: {restart: {backoff: 2s, attempts: 3}, stages: [stdin, {stdout: null, when_full: "
      "drop_oldest}]}\n"
      "  c: {restart: never, stages: [stdin, stdout]}\n";
  Diagnostics diagnostics;
  const EnvironmentVariables none = [](std::string_view) { return std::optional<std::string>(); };
  const std::optional<GraphSpec> graph = load({"test.yaml", text, {}, none}, diagnostics);
  ASSERT_EQ(text_of(diagnostics), "");
  using std::chrono::seconds;
  EXPECT_EQ(graph->engine.shutdown_timeout.value, seconds(5));
  const PipelineSpec& a = graph->pipelines.at(0);
  const PipelineSpec& b = graph->pipelines.at(1);
  EXPECT_EQ(a.limit->records, 10U);
  EXPECT_EQ(a.limit->bytes, 1_KiB);
  EXPECT_EQ(a.restart->backoff.value, seconds(1));
  EXPECT_EQ(a.restart->max_backoff.value, seconds(60));
  EXPECT_FALSE(a.restart->attempts);
  EXPECT_EQ(b.restart->backoff.value, seconds(2));
  EXPECT_EQ(b.restart->attempts, 3U);
  EXPECT_EQ(b.stages[1].when_full->text, "drop_oldest");
  EXPECT_FALSE(b.limit);
  EXPECT_FALSE(graph->pipelines.at(2).restart);
}

}  // namespace
}  // namespace sluice
