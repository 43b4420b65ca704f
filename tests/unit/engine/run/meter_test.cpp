#include "engine/run/meter.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice {
namespace {

TEST(DurationHistogram, IsZeroWithoutData) {
  const DurationHistogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0);
}

TEST(DurationHistogram, IsAtMostAQuarterTooHigh) {
  for (std::int64_t ns = 4; ns < std::numeric_limits<std::int64_t>::max() / 4; ns = ns * 5 / 3) {
    DurationHistogram histogram;
    histogram.add(ns);
    EXPECT_GE(histogram.quantile(0.99), ns);
    EXPECT_LE(histogram.quantile(0.99), ns + ns / 4 + 1);
  }
}

TEST(DurationHistogram, TellsTheFewFromTheMany) {
  DurationHistogram histogram;
  for (int i = 0; i < 98; ++i) histogram.add(1000);
  histogram.add(1'000'000);
  histogram.add(1'000'000);
  EXPECT_LE(histogram.quantile(0.5), 1250);
  EXPECT_LE(histogram.quantile(0.98), 1250);
  EXPECT_GE(histogram.quantile(0.99), 1'000'000);
  EXPECT_LE(histogram.quantile(0), 1250);
  EXPECT_GE(histogram.quantile(1), 1'000'000);
}

TEST(DurationHistogram, TakesAnyNumber) {
  DurationHistogram histogram;
  histogram.add(0);
  histogram.add(-5);
  histogram.add(std::numeric_limits<std::int64_t>::max());
  EXPECT_LE(histogram.quantile(0.5), 2);
}

class SteppedClock final : public Clock {
 public:
  std::int64_t steady_ns() const noexcept override { return now_ns; }
  std::int64_t now_ns = 0;
};

TEST(PartMeter, AddsUp) {
  PartMeter meter;
  meter.count_in(10, 1000);
  meter.count_in(5, 500);
  meter.count_out(7, 70);
  EXPECT_EQ(meter.batches, 2U);
  EXPECT_EQ(meter.records_in, 15U);
  EXPECT_EQ(meter.bytes_in, 1500U);
  EXPECT_EQ(meter.records_out, 7U);
  EXPECT_EQ(meter.bytes_out, 70U);
}

TEST(BusyTimer, CountsItsOwnLifetime) {
  SteppedClock clock;
  PartMeter meter;
  for (const std::int64_t spent : {100, 300}) {
    const BusyTimer timer(meter, clock);
    clock.now_ns += spent;
  }
  clock.now_ns += 1'000'000;
  EXPECT_EQ(meter.busy_ns, 400);
  EXPECT_LE(meter.latency.quantile(0.5), 125);
  EXPECT_GE(meter.latency.quantile(1), 300);
}

}  // namespace
}  // namespace sluice
