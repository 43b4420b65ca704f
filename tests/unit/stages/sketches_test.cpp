#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "stages/support/cell_hash.h"
#include "stages/support/distinct_sketch.h"
#include "stages/support/quantile_sketch.h"

namespace sluice {
namespace {

template <class Sketch>
std::string bytes_of(const Sketch& sketch) {
  std::string bytes;
  StateWriter out(bytes);
  sketch.write(out);
  return bytes;
}

DistinctSketch integers(std::int64_t from, std::int64_t to) {
  DistinctSketch sketch;
  for (std::int64_t i = from; i < to; ++i) sketch.add(uniform_hash(Cell::integer(i)));
  return sketch;
}

TEST(DistinctSketch, IsExactUpToItsBound) {
  EXPECT_EQ(DistinctSketch().estimate(), 0U);
  for (const std::int64_t count : {1, 2, 7, 100, 4095, 4096}) {
    DistinctSketch sketch = integers(0, count);
    sketch.merge(integers(0, count));
    EXPECT_EQ(sketch.estimate(), static_cast<std::uint64_t>(count));
  }
}

TEST(DistinctSketch, StaysWithinItsErrorBeyondIt) {
  double squares = 0;
  int rounds = 0;
  for (const std::int64_t count : {4097, 8000, 20000, 50000, 80000, 200000, 1000000}) {
    for (std::int64_t start = 0; start < 3; ++start) {
      const std::int64_t from = start * 10'000'000;
      const auto estimate = static_cast<double>(integers(from, from + count).estimate());
      const double error = estimate / static_cast<double>(count) - 1;
      EXPECT_LT(std::fabs(error), 4 * DistinctSketch::standard_error) << count;
      squares += error * error;
      ++rounds;
    }
  }
  EXPECT_LT(std::sqrt(squares / rounds), 1.5 * DistinctSketch::standard_error);
}

TEST(DistinctSketch, DoesNotDependOnTheSplit) {
  for (const std::int64_t count : {100, 4096, 4097, 6000, 30000}) {
    const std::string whole = bytes_of(integers(0, count));
    DistinctSketch small = integers(0, count / 3);
    const DistinctSketch large = integers(count / 4, count);
    DistinctSketch other = large;
    other.merge(small);
    small.merge(large);
    EXPECT_EQ(bytes_of(small), whole) << count;
    EXPECT_EQ(bytes_of(other), whole) << count;
  }
}

QuantileSketch sketch_of(const std::vector<double>& values) {
  QuantileSketch sketch;
  for (const double value : values) sketch.add(value);
  return sketch;
}

void expect_within_one_percent(std::vector<double> values) {
  const QuantileSketch sketch = sketch_of(values);
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1));
    const double exact = values[rank];
    EXPECT_NEAR(sketch.quantile(q), exact, std::fabs(exact) * 0.0100001) << q;
  }
}

TEST(QuantileSketch, StaysWithinOnePercent) {
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> latencies(3, 2);
  std::normal_distribution<double> both_signs(0, 1000);
  std::vector<double> values;
  for (int i = 0; i < 20000; ++i) values.push_back(latencies(random));
  expect_within_one_percent(values);
  for (double& value : values) value = both_signs(random);
  for (int i = 0; i < 500; ++i) values.push_back(0);
  expect_within_one_percent(values);
  expect_within_one_percent({5});
  expect_within_one_percent({1, 9e18, 1e-3});
}

TEST(QuantileSketch, KnowsInfinitiesAndNoNaN) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const QuantileSketch sketch =
      sketch_of({infinity, -infinity, 1, std::numeric_limits<double>::quiet_NaN(), 2, 3});
  EXPECT_EQ(sketch.count(), 5U);
  EXPECT_EQ(sketch.quantile(0), -infinity);
  EXPECT_NEAR(sketch.quantile(0.5), 2, 0.02);
  EXPECT_EQ(sketch.quantile(1), infinity);
}

TEST(QuantileSketch, DoesNotDependOnTheSplit) {
  std::mt19937_64 random(5);
  std::vector<double> values;
  for (int i = 0; i < 3000; ++i) {
    // Over more decades than there are buckets for.
    const double value = std::pow(10.0, static_cast<double>(random() % 300) - 150);
    values.push_back(random() % 5 == 0 ? -value : value);
  }
  const std::string whole = bytes_of(sketch_of(values));
  for (int round = 0; round < 20; ++round) {
    std::shuffle(values.begin(), values.end(), random);
    std::vector<QuantileSketch> parts(4);
    for (const double value : values) parts[random() % 4].add(value);
    parts[1].merge(parts[0]);
    parts[2].merge(parts[3]);
    parts[2].merge(parts[1]);
    EXPECT_EQ(bytes_of(parts[2]), whole);
  }
}

}  // namespace
}  // namespace sluice
