#include "stages/support/json_parser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/buffer_pool.h"

namespace sluice {
namespace {

/// What is wrong with `record`; empty: it is read. Nothing but the record itself may be looked at.
std::string problem_of(std::string_view record, const std::vector<std::string>& wanted) {
  std::string text(record);
  text.append(Buffer::slack, '\0');
  JsonParser parser(wanted);
  std::vector<Cell> cells(wanted.size());
  std::vector<Cell*> places;
  for (Cell& cell : cells) places.push_back(&cell);
  parser.set_columns(std::move(places));
  TextArena arena;
  return std::string(parser.parse({text.data(), record.size()}, 0, arena).reason);
}

TEST(JsonParser, RefusesWhatJsonForbids) {
  for (const std::string_view record : {R"()",
                                        R"({)",
                                        R"({"a")",
                                        R"({"a":)",
                                        R"({"a":})",
                                        R"({"a":1)",
                                        R"({"a":1,})",
                                        R"({,"a":1})",
                                        R"({"a":1,,"b":2})",
                                        R"({"a" 1})",
                                        R"({a:1})",
                                        R"({'a':1})",
                                        R"({"a":1}})",
                                        R"({"a":1} x)",
                                        R"({"a":01})",
                                        R"({"a":+1})",
                                        R"({"a":1.})",
                                        R"({"a":.5})",
                                        R"({"a":1e})",
                                        R"({"a":0x1})",
                                        R"({"a":NaN})",
                                        R"({"a":True})",
                                        R"({"a":nul})",
                                        R"({"a":"x":1})",
                                        R"({"a":["x":1]})",
                                        R"({"a":{"c":"x":1}})",
                                        R"({"a":{"c":"x":1,"y":{"z"b":3,"w\"./D ": ""q",}]})",
                                        R"({"a":[1,]})",
                                        R"({"a":[1 2]})",
                                        R"({"a":[1}})",
                                        R"({"a":{"b":1]})",
                                        R"({"a":"\x"})",
                                        R"({"a":"\u12"})",
                                        R"({"a":"x})",
                                        "{\"a\":\"\x01\"}",
                                        "{\"a\":\"\xff\"}",
                                        "{\"a\":\"\xed\xa0\x80\"}",
                                        R"([1])",
                                        R"("a")",
                                        R"(1)"}) {
    EXPECT_NE(problem_of(record, {"a"}), "") << record;
    EXPECT_NE(problem_of(record, {"a.c"}), "") << record;
    EXPECT_NE(problem_of(record, {"other"}), "") << record;
    EXPECT_NE(problem_of(record, {}), "") << record;
  }
}

TEST(JsonParser, ReadsWhatJsonAllows) {
  for (const std::string_view record :
       {R"({})", R"( { "a" : 1 } )", R"({"a":{"c":"x"},"a":[1,{"d":[]}]})", R"({"":0})",
        R"({"a":"\u00e9\n\"","b":-0.5e-7})", R"({"a":":","b":"\":"})",
        R"({"a":123456789012345678901234567890})", "{\"a\":\"\xc3\xa9\"}"}) {
    for (const char* wanted : {"a", "a.c", "other"}) {
      EXPECT_EQ(problem_of(record, {wanted}), "") << record;
    }
  }
}

}  // namespace
}  // namespace sluice
