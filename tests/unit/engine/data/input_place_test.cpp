#include "engine/data/input_place.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(InputLedger, NumbersLinesWhateverTheOrderOfFraming) {
  InputLedger ledger;
  const auto first = ledger.next();
  const auto second = ledger.next();
  const auto third = ledger.next();
  EXPECT_EQ(first->first_line(), 1U);
  EXPECT_EQ(second->first_line(), 0U);
  ledger.framed(*second, 5);
  EXPECT_EQ(third->first_line(), 0U);
  ledger.framed(*first, 10);
  EXPECT_EQ(second->first_line(), 11U);
  EXPECT_EQ(third->first_line(), 16U);
  ledger.framed(*third, 0);
  EXPECT_EQ(ledger.next()->first_line(), 16U);
}

TEST(InputLedger, NeedsNoBatchThatIsGone) {
  InputLedger ledger;
  auto first = ledger.next();
  auto second = ledger.next();
  const auto third = ledger.next();
  ledger.framed(*second, 2);
  second.reset();
  ledger.framed(*first, 3);
  first.reset();
  EXPECT_EQ(third->first_line(), 6U);
}

TEST(InputLedger, AddsUpPartsWhateverTheOrderOfFraming) {
  InputLedger ledger;
  const auto first = ledger.next(true);
  const auto second = ledger.next(false);
  const auto third = ledger.next(false);
  EXPECT_EQ(second->in_front_of_part(), std::nullopt);
  ledger.framed(*second, 1, 50);
  EXPECT_EQ(third->in_front_of_part(), std::nullopt);
  ledger.framed(*first, 1, 100);  // From the start of the input on.
  EXPECT_EQ(second->in_front_of_part(), 100U);
  EXPECT_EQ(third->in_front_of_part(), 150U);
  ledger.framed(*third, 1, 0);  // The first batch of a stream; its other ones count from there.
  EXPECT_EQ(ledger.next(false)->in_front_of_part(), 150U);
}

TEST(InputLedger, KnowsWhatItCannotKnow) {
  InputLedger ledger(0);
  const auto first = ledger.next();
  const auto second = ledger.next(false);
  ledger.framed(*first, 7, std::nullopt);
  ledger.framed(*second, 7, 10);
  EXPECT_EQ(second->first_line(), 0U);
  EXPECT_EQ(second->in_front_of_part(), std::nullopt);
  const auto third = ledger.next(false);
  EXPECT_EQ(third->first_line(), 0U);
  EXPECT_EQ(third->in_front_of_part(), std::nullopt);
  EXPECT_EQ(ledger.next(true)->in_front_of_part(), std::nullopt);
}

TEST(InputPlace, KnowsWhatWasAdded) {
  InputPlace place;
  EXPECT_EQ(place.added_before(100), 0U);
  place.added_every = 5;  // Records of 4 bytes, each with a line end.
  EXPECT_EQ(place.added_before(4), 0U);
  EXPECT_EQ(place.added_before(5), 1U);
  EXPECT_EQ(place.added_before(10), 2U);
}

TEST(InputPlace, KnowsWhatIsMissing) {
  InputPlace place;
  place.gaps = {{10, 100, 1}, {10, 5, 0}, {20, 7, 1}};
  EXPECT_EQ(place.missing_before(9).bytes, 0U);
  EXPECT_EQ(place.missing_before(10).bytes, 105U);
  EXPECT_EQ(place.missing_before(10).lines, 1U);
  EXPECT_EQ(place.missing_before(25).bytes, 112U);
  EXPECT_EQ(place.missing_before(25).lines, 2U);
}

}  // namespace
}  // namespace sluice
