#include "engine/run/slots.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice {
namespace {

struct Counter {
  int number = 0;
};

class SlotsTest : public ::testing::Test {
 protected:
  int made_ = 0;
  Slots<Counter> slots_{[this]() -> Result<std::unique_ptr<Counter>> {
    return std::make_unique<Counter>(Counter{made_++});
  }};
};

TEST_F(SlotsTest, MakesOneOnlyWhenAllOthersAreInUse) {
  slots_.give_back(slots_.take().value());
  slots_.give_back(slots_.take().value());
  EXPECT_EQ(made_, 1);
  auto first = slots_.take().value();
  auto second = slots_.take().value();
  EXPECT_EQ(made_, 2);
  EXPECT_NE(first->number, second->number);
  slots_.give_back(std::move(first));
  slots_.give_back(std::move(second));
}

TEST_F(SlotsTest, GivesTheLastReturnedFirst) {
  auto first = slots_.take().value();
  auto second = slots_.take().value();
  slots_.give_back(std::move(second));
  slots_.give_back(std::move(first));
  EXPECT_EQ(slots_.take().value()->number, 0);
}

TEST_F(SlotsTest, VisitsEveryInstance) {
  auto first = slots_.take().value();
  auto second = slots_.take().value();
  slots_.give_back(std::move(first));
  slots_.give_back(std::move(second));
  std::vector<int> seen;
  slots_.for_each([&](Counter& counter) { seen.push_back(counter.number); });
  EXPECT_EQ(seen, (std::vector<int>{0, 1}));
}

TEST(Slots, PassesOnWhatTheFactorySays) {
  Slots<Counter> slots([]() -> Result<std::unique_ptr<Counter>> {
    Error error;
    error.message = "no more";
    return error;
  });
  const auto slot = slots.take();
  ASSERT_FALSE(slot);
  EXPECT_EQ(slot.error().message, "no more");
}

}  // namespace
}  // namespace sluice
