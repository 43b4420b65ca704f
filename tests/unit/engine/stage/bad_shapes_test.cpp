#include "engine/stage/bad_shapes.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

TEST(BadShapes, SeesWordsAndNumbers) {
  EXPECT_EQ(shape_of(""), "");
  EXPECT_EQ(shape_of("10.0.0.1 - - [01/Jan/2026:00:00:01 +0000] \"GET /a?b=12"),
            "0.0.0.0 - [0/a/0:0:0:0 +0] \"a /a?a=0");
  EXPECT_EQ(shape_of("Caused by: java.io.IOException at line 12"), "a: a.a.a 0");
  EXPECT_EQ(shape_of("12 13\t14"), "0");
  EXPECT_EQ(shape_of("id=3fe2 ==== \x01"), "a=x = ?");
  EXPECT_EQ(shape_of("\xc3\xa9t\xc3\xa9 \xff"), "a");
  EXPECT_EQ(shape_of(std::string(300, '.')), "....");
  EXPECT_EQ(shape_of(std::string(256, ',') + "x"), ",...");
}

TEST(BadShapes, BoundsItsShapes) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "a,b;";
  EXPECT_EQ(shape_of(text).size(), 51U);
  EXPECT_TRUE(shape_of(text).ends_with("..."));
  BadShapes shapes;
  for (int i = 0; i < 200; ++i) shapes.add("reason", "shape " + std::to_string(i), 1, {});
  const auto all = shapes.all();
  EXPECT_EQ(all.size(), 65U);
  EXPECT_EQ(all.front().shape, "...");
  EXPECT_EQ(all.front().count, 136U);
}

BadSample sample_at(std::uint32_t file, std::uint64_t offset) {
  BadSample sample;
  sample.file = "f" + std::to_string(file);
  sample.origin.file = file;
  sample.input_offset = offset;
  return sample;
}

TEST(BadShapes, KeepsTheFirstPlaceWhateverCameFirst) {
  BadShapes shapes;
  shapes.add("r", "s", 2, sample_at(1, 10));
  shapes.add("r", "s", 3, sample_at(0, 500));
  shapes.add("r", "s", 1, sample_at(0, 700));
  shapes.add("q", "s", 1, sample_at(0, 1));
  const auto all = shapes.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].count, 6U);
  EXPECT_EQ(all[0].first.where(), "f0:?:500");
  EXPECT_EQ(all[1].reason, "q");
}

}  // namespace
}  // namespace sluice
