#include <gtest/gtest.h>

#include "tests/support/stage_rig.h"

namespace sluice {

void register_null(Registry& registry);

namespace {

TEST(NullSinkTest, TakesEverything) {
  StageRig rig(register_null);
  TextBatches batches;
  const Parts parts = rig.parts({});
  const auto sink = std::get<ParallelSinkPart>(parts[0]).make();
  ASSERT_TRUE(sink);
  const auto next = sink.value()->write(*batches.make("a\nb\n"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next.value(), Next::again);
  EXPECT_TRUE(sink.value()->finish());
}

}  // namespace
}  // namespace sluice
