#include "stages/support/json_members.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "stages/support/json_elements.h"

namespace sluice {
namespace {

std::string without(const std::vector<std::string>& removed, std::string_view object) {
  std::string out;
  JsonMembers(removed).append(object, out);
  return out;
}

TEST(JsonMembers, StandAsTheyAreWritten) {
  EXPECT_EQ(without({}, R"({"a": 1 , "b":[1, {"c" : 2}] })"), R"("a": 1,"b":[1, {"c" : 2}])");
  EXPECT_EQ(without({}, "{}"), "");
  EXPECT_EQ(without({}, " {\t}"), "");
  EXPECT_EQ(without({}, "\xEF\xBB\xBF{\"a\":null}"), R"("a":null)");
}

TEST(JsonMembers, GoWithAllThatIsInThem) {
  constexpr std::string_view object = R"({"a":{"b":1,"c":{"d":2}},"x":[1,2],"b":3})";
  EXPECT_EQ(without({"a"}, object), R"("x":[1,2],"b":3)");
  EXPECT_EQ(without({"a", "x", "b"}, object), "");
  EXPECT_EQ(without({"a.b"}, object), R"("a":{"c":{"d":2}},"x":[1,2],"b":3)");
  EXPECT_EQ(without({"a.c.d", "b"}, object), R"("a":{"b":1,"c":{}},"x":[1,2])");
  EXPECT_EQ(without({"a.b", "a.c"}, object), R"("a":{},"x":[1,2],"b":3)");
  EXPECT_EQ(without({"a.b", "a"}, object), R"("x":[1,2],"b":3)");
}

TEST(JsonMembers, OfWhatIsNoObjectNothingIsRemoved) {
  EXPECT_EQ(without({"a.b"}, R"({"a":[{"b":1}],"c":1})"), R"("a":[{"b":1}],"c":1)");
  EXPECT_EQ(without({"a.b"}, R"({"a":"b","c":1})"), R"("a":"b","c":1)");
}

TEST(JsonMembers, KeysMayHaveDotsAndEscapes) {
  EXPECT_EQ(without({"a\\.b"}, R"({"a.b":1,"a":{"b":2}})"), R"("a":{"b":2})");
  EXPECT_EQ(without({"é\n\""}, R"({"\u00e9\n\"":1,"x":2})"), R"("x":2)");
  EXPECT_EQ(without({"\xF0\x9F\x98\x80"}, R"({"\ud83d\ude00":1,"x":2})"), R"("x":2)");
  EXPECT_EQ(without({"a"}, R"({"\u0061":1,"x":"\"a\":,}"})"), R"("x":"\"a\":,}")");
  EXPECT_EQ(without({"a"}, R"({"a":1,"a":2,"x":3})"), R"("x":3)");
}

TEST(JsonMembers, BrokenTextsComeToAnEnd) {
  for (const std::string_view text :
       {"", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":[", "{\"a\":\"\\", "{\"a\":1,", "[1]",
        "{\"\\u\":1}", "{\"\\ud83d\":1}", "{\"\\", "{\"a\":}", "{\"a\":{\"a\":{"}) {
    // Copied, so that a read beyond the end is seen by a sanitizer.
    const std::vector<char> exact(text.begin(), text.end());
    without({"a", "b.c"}, {exact.data(), exact.size()});
    without({"a.a.b"}, {exact.data(), exact.size()});
  }
}

std::vector<std::string> elements_of(std::string_view array, bool is_array = true) {
  std::vector<std::string_view> elements;
  EXPECT_EQ(split_json_array(array, elements), is_array) << array;
  return {elements.begin(), elements.end()};
}

using Texts = std::vector<std::string>;

TEST(JsonElements, StandAsTheyAreWritten) {
  EXPECT_EQ(elements_of("[]"), Texts());
  EXPECT_EQ(elements_of(" [ ] "), Texts());
  EXPECT_EQ(elements_of("[1]"), Texts({"1"}));
  EXPECT_EQ(elements_of(R"([ 1 , "a,]\"" ,null,[1,[2]] , {"b": "]"} ])"),
            Texts({"1", R"("a,]\"")", "null", "[1,[2]]", R"({"b": "]"})"}));
}

TEST(JsonElements, OfWhatIsNoArrayThereAreNone) {
  for (const std::string_view text :
       {"", "1", "{}", "\"[]\"", "[", "[1", "[1,", "[,]", "[1,]", "[1 2]", "[\"a", "[[1]"}) {
    elements_of(text, false);
  }
}

}  // namespace
}  // namespace sluice
