#include "stages/support/json_parser.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <random>
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

/// simdjson's own reader of whole documents. Its numbers must fit, which none of the records break.
bool is_object(const std::string& record) {
  simdjson::dom::parser parser(64 << 10);
  simdjson::dom::element document;
  const simdjson::padded_string text(record);
  return parser.parse(text).get(document) == simdjson::SUCCESS && document.is_object();
}

/// `record` with some bytes replaced, left out, or put in.
std::string changed(std::string record, std::mt19937& random) {
  constexpr std::string_view bytes = "{}[]:,\"\\ \ta0e-.tn\x01\xc3";
  const auto below = [&](std::size_t limit) { return random() % limit; };
  for (std::size_t changes = 1 + below(3); changes > 0 && !record.empty(); --changes) {
    const std::size_t at = below(record.size());
    switch (below(3)) {
      case 0:
        record[at] = bytes[below(bytes.size())];
        break;
      case 1:
        record.erase(at, 1 + below(4));
        break;
      default:
        record.insert(at, 1, bytes[below(bytes.size())]);
    }
  }
  return record;
}

TEST(JsonParser, AgreesWithAReaderOfDocuments) {
  const std::vector<std::string> records{
      R"({"a":1,"b":"x","c":[1,2,{"d":null}],"e":{"f":true,"g":"\u00e9\n"}})",
      R"({ "time" : "2025-03-01" , "n" : -0.5e-7 , "list" : [ ] , "o" : { } })",
      R"({"a":"\\","b":"\"","c":{"a":{"a":[[[]]]}}})"};
  std::mt19937 random(1);
  std::size_t good = 0;
  for (unsigned i = 0; i < 20'000; ++i) {
    const std::string record = changed(records[i % records.size()], random);
    const bool expected = is_object(record);
    for (const char* wanted : {"a", "e.g"}) {
      const std::string problem = problem_of(record, {wanted});
      ASSERT_EQ(problem.empty(), expected) << record << ": " << problem;
    }
    good += expected ? 1 : 0;
  }
  EXPECT_GT(good, 200U);
}

}  // namespace
}  // namespace sluice
