#include "stages/support/http_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stages/support/bulk_answer.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;

HttpBody body_of(BodyForm form, const std::vector<std::string>& lines) {
  HttpBody body(form);
  for (const std::string& line : lines) body.add_line(line);
  return body;
}

TEST(HttpBody, IsLinesOrAnArray) {
  EXPECT_EQ(body_of(BodyForm::lines, {"a", "", "b"}).content(), "a\n\nb\n");
  EXPECT_EQ(body_of(BodyForm::array, {"{}", "1"}).content(), "[{},1]");
  EXPECT_EQ(body_of(BodyForm::array, {"{}"}).content(), "[{}]");
}

TEST(HttpBody, HasPairsOfLinesForElasticsearch) {
  HttpBody body = body_of(BodyForm::elasticsearch, {"h1", "r1", "h2", "r2", "h3"});
  EXPECT_EQ(body.records(), 2U);
  EXPECT_EQ(body.record(1), "r2");
  EXPECT_EQ(body.content(), "h1\nr1\nh2\nr2\n");
  EXPECT_EQ(body.only({1}).content(), "h2\nr2\n");
  EXPECT_EQ(body.only({0, 1}).only({0}).content(), "h1\nr1\n");
}

TEST(HttpBody, IsSortedByLabelsForLoki) {
  HttpBody body = body_of(BodyForm::loki, {"{A}", "[1]", "{B}", "[2]", "{A}", "[3]"});
  EXPECT_EQ(body.content(),
            R"({"streams":[{"stream":{A},"values":[[1],[3]]},{"stream":{B},"values":[[2]]}]})");
  EXPECT_EQ(body.only({1, 2}).content(),
            R"({"streams":[{"stream":{B},"values":[[2]]},{"stream":{A},"values":[[3]]}]})");
}

TEST(HttpBody, IsCutOffBehindAWholeRecord) {
  HttpBody body = body_of(BodyForm::elasticsearch, {"h1", "r1", "h2"});
  HttpBody first = body.cut_off();
  EXPECT_EQ(first.content(), "h1\nr1\n");
  EXPECT_TRUE(body.empty());
  body.add_line("r2");
  EXPECT_EQ(body.cut_off().content(), "h2\nr2\n");
  EXPECT_EQ(body.bytes(), 0U);
}

std::string answer(const std::string& items) {
  return R"({"took":3,"errors":true,"items":[)" + items + "]}";
}

TEST(BulkAnswer, SaysWhatBecameOfEachRecord) {
  const auto failures = read_bulk_answer(
      answer(R"({"create":{"_id":"1","status":201}},)"
             R"({"create":{"status":429,"error":{"type":"t","reason":"r"}}},)"
             R"({"create":{"status":409,"error":{"type":"version_conflict_engine_exception"}}},)"
             R"({"index":{"status":409,"error":"old"}},)"
             R"({"index":{"status":400}})"),
      5);
  ASSERT_TRUE(failures);
  ASSERT_EQ(failures.value().size(), 3U);
  EXPECT_EQ(failures.value()[0].number, 1U);
  EXPECT_EQ(failures.value()[0].status, 429);
  EXPECT_EQ(failures.value()[0].reason, "t: r");
  EXPECT_EQ(failures.value()[1].number, 3U);
  EXPECT_EQ(failures.value()[1].reason, "old");
  EXPECT_EQ(failures.value()[2].reason, "");
}

TEST(BulkAnswer, NeedNotListItemsWithoutErrors) {
  const auto failures = read_bulk_answer(R"({"errors":false})", 7);
  ASSERT_TRUE(failures);
  EXPECT_TRUE(failures.value().empty());
}

TEST(BulkAnswer, MustBeOne) {
  for (const std::string& text :
       {std::string(), std::string("<html>"), std::string("[]"), std::string("{}"),
        answer(R"({"create":{"status":201}})"), answer(R"(1,2)"), answer(R"({},{})"),
        answer(R"({"create":{"status":"x"}},{"create":1})"), answer("").substr(0, 20)}) {
    const auto failures = read_bulk_answer(text, 2);
    ASSERT_FALSE(failures) << text;
    EXPECT_THAT(failures.error().message, HasSubstr("no answer of the bulk API"));
  }
}

}  // namespace
}  // namespace sluice
