#include "engine/stage/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sluice {
namespace {

using ::testing::ElementsAre;

struct Options {
  std::string path;
  int level = 3;
  std::optional<ByteSize> roll_size;
  bool raw = false;
};

StageType make_type(Role role, std::string name) {
  return Declare<Options>(role, std::move(name), "Does it.")
      .required("path", &Options::path, "Where.", NotEmpty{})
      .option("level", &Options::level, "How hard.", between(1, 19))
      .option("roll_size", &Options::roll_size, "When.", between(1_B, 1_GiB))
      .option("raw", &Options::raw, "As is.")
      .main("path")
      .named_output("rest")
      .output(
          [](const Options& options) { return options.raw ? EdgeType::bytes : EdgeType::records; })
      .check([](const Options& options, const OptionErrors& errors) {
        if (!options.raw || options.level == 3) return;
        errors.add("level", "test.level", "raw has no level", "leave it out");
      })
      .make([](const Options& options, StageContext&) -> Result<Parts> {
        Error error;
        error.message = options.path + " at level " + std::to_string(options.level);
        return error;
      })
      .done();
}

TEST(Registry, FindsByRoleAndName) {
  Registry registry;
  registry.add(make_type(Role::source, "file"));
  registry.add(make_type(Role::sink, "file"));
  registry.add(make_type(Role::sink, "null"));
  ASSERT_NE(registry.find(Role::sink, "file"), nullptr);
  EXPECT_EQ(registry.find(Role::sink, "file")->role, Role::sink);
  EXPECT_EQ(registry.find(Role::transform, "file"), nullptr);
  EXPECT_EQ(registry.find(Role::sink, "fil"), nullptr);
  EXPECT_THAT(registry.names(Role::sink), ElementsAre("file", "null"));
  EXPECT_EQ(registry.all().size(), 3U);
}

TEST(RegistryDeathTest, RefusesTheSameTypeTwice) {
  Registry registry;
  registry.add(make_type(Role::sink, "file"));
  EXPECT_DEATH(registry.add(make_type(Role::sink, "file")), "sink 'file' is registered twice");
}

TEST(Declare, ShowsOptionsAsTheDocsNeedThem) {
  const StageType type = make_type(Role::transform, "press");
  EXPECT_EQ(type.main_option, "path");
  ASSERT_EQ(type.named_outputs.size(), 1U);
  EXPECT_EQ(type.named_outputs.front().name, "rest");
  ASSERT_EQ(type.options.size(), 4U);
  EXPECT_TRUE(type.options[0].required);
  EXPECT_EQ(type.options[0].default_text, "");
  EXPECT_EQ(type.options[0].check, "must not be empty");
  EXPECT_EQ(type.options[1].default_text, "3");
  EXPECT_EQ(type.options[1].type, "whole number");
  EXPECT_EQ(type.options[2].default_text, "");
  EXPECT_EQ(type.options[2].type, "size");
  EXPECT_THAT(type.options[3].choices, ElementsAre("true", "false"));
}

TEST(Declare, EdgesFollowFromTheRole) {
  EXPECT_EQ(make_type(Role::source, "a").input, EdgeType::none);
  EXPECT_EQ(make_type(Role::transform, "a").input, EdgeType::records);
  EXPECT_EQ(make_type(Role::transform, "a").output, EdgeType::records);
  EXPECT_EQ(make_type(Role::sink, "a").output, EdgeType::none);
}

/// Binds options that stand in lines 10, 11, ... of a stage in line 9.
class DeclareBind : public ::testing::Test {
 protected:
  std::unique_ptr<BoundStage> bind(
      const std::vector<std::pair<std::string, std::string>>& options) {
    std::vector<Entry> entries;
    for (const auto& [key, value] : options) {
      const auto line = static_cast<std::uint32_t>(10 + entries.size());
      entries.push_back({key, {line, 5, 1}, Value::scalar(value, {line, 20, 1})});
    }
    return type_.bind(Value::map(std::move(entries)), {9, 3, 1}, diagnostics_);
  }

  /// "CODE@LINE:COLUMN MESSAGE [HINT]" of each mistake.
  std::vector<std::string> mistakes() const {
    std::vector<std::string> all;
    for (const Diagnostic& mistake : diagnostics_.all()) {
      all.push_back(mistake.code + "@" + std::to_string(mistake.mark.line) + ":" +
                    std::to_string(mistake.mark.column) + " " + mistake.message +
                    (mistake.hint.empty() ? "" : " [" + mistake.hint + "]"));
    }
    return all;
  }

  StageType type_ = make_type(Role::transform, "press");
  Diagnostics diagnostics_;
};

TEST_F(DeclareBind, KeepsDefaultsAndReadsWhatIsGiven) {
  const auto plain = bind({{"path", "out"}});
  ASSERT_NE(plain, nullptr);
  EXPECT_EQ(plain->input(), EdgeType::records);
  EXPECT_EQ(plain->output(), EdgeType::records);
  const auto raw = bind({{"path", "out"}, {"raw", "true"}});
  ASSERT_NE(raw, nullptr);
  EXPECT_EQ(raw->output(), EdgeType::bytes);

  FileClaims claims;
  StageContext context(Io::system(), Clock::system(), claims);
  EXPECT_EQ(plain->make_parts(context).error().message, "out at level 3");
  EXPECT_EQ(bind({{"path", "p"}, {"level", "19"}})->make_parts(context).error().message,
            "p at level 19");
  EXPECT_THAT(mistakes(), ElementsAre());
}

TEST_F(DeclareBind, ReportsAnUnknownOptionAtItsKey) {
  EXPECT_EQ(bind({{"path", "out"}, {"levl", "4"}}), nullptr);
  EXPECT_THAT(mistakes(),
              ElementsAre("option.unknown@11:5 unknown option 'levl' for transform 'press' "
                          "[did you mean 'level'?]"));
}

TEST_F(DeclareBind, ReportsAMissingOptionAtTheStage) {
  EXPECT_EQ(bind({}), nullptr);
  EXPECT_THAT(mistakes(),
              ElementsAre("option.missing@9:3 transform 'press' needs the option 'path'"));
}

TEST_F(DeclareBind, ReportsTypeAndRangeAtTheValue) {
  EXPECT_EQ(bind({{"path", ""}, {"level", "x"}, {"roll_size", "2GiB"}}), nullptr);
  EXPECT_THAT(mistakes(),
              ElementsAre("option.range@10:20 option 'path': must not be empty",
                          "option.type@11:20 option 'level': expected a whole number, got 'x'",
                          "option.range@12:20 option 'roll_size': must be from 1B to 1GiB"));
}

TEST_F(DeclareBind, ReportsEveryMistakeAtOnce) {
  EXPECT_EQ(bind({{"level", "20"}, {"colour", "red"}}), nullptr);
  EXPECT_THAT(mistakes(),
              ElementsAre("option.unknown@11:5 unknown option 'colour' for transform 'press'",
                          "option.missing@9:3 transform 'press' needs the option 'path'",
                          "option.range@10:20 option 'level': must be from 1 to 19"));
}

TEST_F(DeclareBind, ChecksSeveralOptionsTogetherOnceEachIsGood) {
  EXPECT_EQ(bind({{"path", "out"}, {"raw", "true"}, {"level", "4"}}), nullptr);
  EXPECT_THAT(mistakes(), ElementsAre("test.level@12:20 raw has no level [leave it out]"));
}

}  // namespace
}  // namespace sluice
