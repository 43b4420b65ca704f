#include "engine/stage/option.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "engine/stage/registry.h"

namespace sluice {
namespace {
enum class Colour : std::uint8_t { red, green };
}  // namespace

template <>
struct EnumNames<Colour> {
  static constexpr std::array<std::pair<std::string_view, Colour>, 2> names{
      {{"red", Colour::red}, {"green", Colour::green}}};
};

namespace {

template <class T>
T parsed(const Value& value) {
  T to{};
  std::string why;
  EXPECT_TRUE(OptionType<T>::parse(value, to, why)) << why;
  return to;
}

template <class T>
void expect_round_trip(std::initializer_list<T> values) {
  for (const T& value : values) {
    const std::string text = OptionType<T>::print(value);
    EXPECT_EQ(parsed<T>(Value::scalar(text)), value) << text;
  }
}

template <class T>
std::string refusal(const Value& value) {
  T to{};
  std::string why;
  EXPECT_FALSE(OptionType<T>::parse(value, to, why));
  return why;
}

TEST(OptionType, ParsesWhatItPrints) {
  expect_round_trip<std::string>({"", "a", "two words", "\xC3\xA4\n\t"});
  expect_round_trip<bool>({true, false});
  expect_round_trip<int>({0, -1, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()});
  expect_round_trip<std::uint16_t>({0, 65535});
  expect_round_trip<std::uint64_t>({0, std::numeric_limits<std::uint64_t>::max()});
  expect_round_trip<ByteSize>({{}, 1_B, 1000_B, 64_KiB, 65_KiB, 3_GiB, {1'000'000'007}});
  expect_round_trip<Duration>({{},
                               {std::chrono::nanoseconds(1)},
                               {std::chrono::milliseconds(1500)},
                               {std::chrono::hours(36)}});
  expect_round_trip<Colour>({Colour::red, Colour::green});
  expect_round_trip<std::optional<int>>({-7, 7});
}

TEST(OptionType, AnAbsentOptionPrintsAsNothing) {
  EXPECT_EQ(OptionType<std::optional<int>>::print(std::nullopt), "");
  EXPECT_EQ(OptionType<std::vector<int>>::print({}), "");
}

TEST(OptionType, AListMayBeWrittenAsItsOnlyItem) {
  using List = std::vector<std::string>;
  EXPECT_EQ(parsed<List>(Value::scalar("a")), List{"a"});
  EXPECT_EQ(parsed<List>(Value::list({})), List{});
  EXPECT_EQ(parsed<List>(Value::list({Value::scalar("a"), Value::scalar("b, c")})),
            (List{"a", "b, c"}));
  EXPECT_EQ(OptionType<List>::print({"a", "b"}), "[a, b]");
  EXPECT_EQ(OptionType<List>::name(), "list of text");
}

TEST(OptionType, SaysWhatItExpectedAndGot) {
  EXPECT_EQ(refusal<int>(Value::scalar("12a")), "expected a whole number, got '12a'");
  EXPECT_EQ(refusal<int>(Value::scalar("1.5")), "expected a whole number, got '1.5'");
  EXPECT_EQ(refusal<int>(Value::scalar("")), "expected a whole number, got ''");
  EXPECT_EQ(refusal<std::uint8_t>(Value::scalar("256")), "expected a whole number, got '256'");
  EXPECT_EQ(refusal<std::uint8_t>(Value::scalar("-1")), "expected a whole number, got '-1'");
  EXPECT_EQ(refusal<int>(Value::list({})), "expected a whole number, got list");
  EXPECT_EQ(refusal<bool>(Value::scalar("yes")), "expected true or false, got 'yes'");
  EXPECT_EQ(refusal<std::string>(Value::map({})), "expected text, got map");
  EXPECT_EQ(refusal<std::string>(Value()), "expected text, got nothing");
  EXPECT_EQ(refusal<ByteSize>(Value::scalar("64")),
            "expected a size with its unit, such as 64KiB or 10MB, got '64'");
  EXPECT_EQ(refusal<Duration>(Value::scalar("10")),
            "expected a duration with its unit, such as 10s or 5m, got '10'");
  EXPECT_EQ(refusal<Colour>(Value::scalar("blue")), "expected one of red | green, got 'blue'");
  EXPECT_EQ(refusal<std::vector<int>>(Value::list({Value::scalar("1"), Value::scalar("x")})),
            "expected a whole number, got 'x'");
  EXPECT_EQ(refusal<std::optional<int>>(Value::scalar("x")), "expected a whole number, got 'x'");
}

TEST(OptionType, OffersChoices) {
  EXPECT_EQ(OptionType<Colour>::choices(), (std::vector<std::string>{"red", "green"}));
  EXPECT_EQ(OptionType<std::optional<Colour>>::choices(), OptionType<Colour>::choices());
  EXPECT_EQ(OptionType<std::vector<Colour>>::choices(), OptionType<Colour>::choices());
  EXPECT_EQ(OptionType<bool>::choices(), (std::vector<std::string>{"true", "false"}));
  EXPECT_TRUE(OptionType<int>::choices().empty());
}

TEST(OptionCheck, BetweenIncludesItsBorders) {
  const auto check = between(1, 19);
  EXPECT_FALSE(check.holds(0));
  EXPECT_TRUE(check.holds(1));
  EXPECT_TRUE(check.holds(19));
  EXPECT_FALSE(check.holds(20));
  EXPECT_TRUE(check.holds(std::optional<int>()));
  EXPECT_FALSE(check.holds(std::optional<int>(20)));
  EXPECT_EQ(check.text(), "must be from 1 to 19");
  EXPECT_EQ(between(1_B, 1_MiB).text(), "must be from 1B to 1MiB");
}

TEST(OptionCheck, NotEmptyLetsAnAbsentOptionPass) {
  const NotEmpty check;
  EXPECT_FALSE(check.holds(std::string()));
  EXPECT_TRUE(check.holds(std::string("a")));
  EXPECT_FALSE(check.holds(std::vector<int>()));
  EXPECT_TRUE(check.holds(std::optional<std::string>()));
  EXPECT_FALSE(check.holds(std::optional<std::string>("")));
}

}  // namespace
}  // namespace sluice
