// The short form of stages whose main option is a map.
#include "config/stage_reader.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "config/document.h"
#include "tests/unit/config/diagnostic_text.h"

namespace sluice {
namespace {

StageSpec stage_of(const std::string& text) {
  Diagnostics diagnostics;
  const auto item = parse_document(text, diagnostics);
  const std::map<std::string, std::string, std::less<>> map_options{{"set", "fields"}};
  const auto stage = read_stage(*item, map_options, diagnostics);
  EXPECT_EQ(text_of(diagnostics), "");
  return stage.value_or(StageSpec());
}

std::vector<std::string> keys_of(const Value& map) {
  std::vector<std::string> keys;
  for (const Entry& entry : map.entries()) keys.push_back(entry.key);
  return keys;
}

using Keys = std::vector<std::string>;

TEST(StageReader, TakesAMapAsTheMainOptionWhateverItsKeysAre) {
  const StageSpec stage = stage_of("{set: {id: a, from: b, retry: c}, id: x, on_error: keep}");
  ASSERT_TRUE(stage.main);
  EXPECT_EQ(keys_of(*stage.main), (Keys{"id", "from", "retry"}));
  EXPECT_EQ(keys_of(stage.options), (Keys{"on_error"}));
  EXPECT_EQ(stage.id->text, "x");
  EXPECT_TRUE(stage.from.empty());
}

TEST(StageReader, TakesAMapThatNamesTheMainOptionAsTheOptions) {
  const StageSpec stage = stage_of("{set: {id: x, fields: {a: b}, on_error: keep}}");
  EXPECT_FALSE(stage.main);
  EXPECT_EQ(keys_of(stage.options), (Keys{"fields", "on_error"}));
  EXPECT_EQ(stage.id->text, "x");
}

TEST(StageReader, TakesAMapOfOtherTypesAsTheOptions) {
  const StageSpec stage = stage_of("{keep: {names: [a]}}");
  EXPECT_FALSE(stage.main);
  EXPECT_EQ(keys_of(stage.options), (Keys{"names"}));
}

}  // namespace
}  // namespace sluice
