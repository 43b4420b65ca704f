// The same graph gives the same bytes, whatever the number of threads and tokens.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/scripted_stages.h"
#include "tests/support/stage_rig.h"

namespace sluice::scripted {
namespace {

/// A pipeline in which everything happens that could bring data into another order: parallel work
/// of uneven length, an expander, a diamond of branches that thin and that grow, a gather.
class Determinism : public ::testing::Test {
 protected:
  static constexpr std::uint64_t batches = 300;

  static Status uneven(Batch& batch, std::uint64_t one_in) {
    if (batch.key().unit % one_in == 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(20 * (batch.key().unit % 5)));
    }
    return Done{};
  }

  /// `times` outputs for each input.
  static ExpanderScript copies(int times) {
    auto made = std::make_shared<int>(0);
    ExpanderScript script;
    script.expand = [made, times](const Batch& in, Batch& out) -> Result<Next> {
      fill(out, std::to_string(*made) + ":" + text_of(in));
      *made = (*made + 1) % times;
      return *made == 0 ? Next::input : Next::again;
    };
    return script;
  }

  /// Outputs of up to seven inputs, cut by count, so that their borders are always the same.
  static GatherScript frames() {
    auto gathered = std::make_shared<std::string>();
    GatherScript script;
    script.gather = [gathered](const Batch& in, std::uint64_t, Batch& out) -> Result<Gather::Step> {
      *gathered += text_of(in);
      const bool full = std::count(gathered->begin(), gathered->end(), '\n') >= 7;
      if (full) fill(out, std::exchange(*gathered, {}));
      return Gather::Step{in.byte_count(), full};
    };
    script.finish = [gathered](Batch& out) -> Result<bool> {
      fill(out, std::exchange(*gathered, {}));
      return out.byte_count() > 0;
    };
    return script;
  }

  static std::string run(unsigned threads, unsigned tokens) {
    Bench bench(threads);
    Count reads;
    std::string written;
    SinkScript out;
    out.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
      written += text_of(batch) + "--\n";
      return Next::again;
    };
    bench.registry().add(source("src", numbers(reads, batches)));
    bench.registry().add(transform("work", [](Batch& batch) { return uneven(batch, 2); }));
    bench.registry().add(expander("twice", copies(2)));
    bench.registry().add(transform("left", [](Batch& batch) -> Status {
      if (batch.byte_count() % 2 == 0) batch.select_nothing();
      return uneven(batch, 3);
    }));
    bench.registry().add(expander("thrice", copies(3)));
    bench.registry().add(gather("frames", frames()));
    bench.registry().add(sink("out", out));
    Running running(bench,
                    {{"src"},
                     {"work"},
                     {"twice"},
                     {"left"},
                     {"thrice", {"twice"}},
                     {"frames", {"left", "thrice"}},
                     {"out"}},
                    tokens);
    const Outcome outcome = running.end();
    EXPECT_EQ(outcome.kind, OutcomeKind::done)
        << (outcome.error ? to_string(*outcome.error) : std::string());
    return written;
  }
};

TEST_F(Determinism, ThreadsAndTokensDoNotShowInTheOutput) {
  const std::string expected = run(1, 3);
  // Two copies of each, of which the left branch drops some and the right one makes three more.
  EXPECT_GE(std::count(expected.begin(), expected.end(), ':'), 2 * 3 * 300);
  for (const unsigned threads : {1U, 2U, 8U}) {
    for (const unsigned tokens : {3U, 16U}) {
      EXPECT_EQ(run(threads, tokens), expected) << threads << " threads, " << tokens << " tokens";
    }
  }
}

/// An expander that lets all but every third batch pass, under work of uneven length.
std::string run_with_passing(unsigned threads, unsigned tokens) {
  Bench bench(threads);
  Count reads;
  std::string written;
  SinkScript out;
  out.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
    written += text_of(batch);
    return Next::again;
  };
  auto made = std::make_shared<int>(0);
  ExpanderScript some;
  some.passes = [](const Batch& in) { return in.key().unit % 3 != 0; };
  some.expand = [made](const Batch& in, Batch& result) -> Result<Next> {
    fill(result, std::to_string(*made) + ":" + text_of(in));
    *made = (*made + 1) % 4;
    return *made == 0 ? Next::input : Next::again;
  };
  some.finish = [](Batch& result) -> Result<Next> {
    fill(result, "end\n");
    return Next::input;
  };
  bench.registry().add(source("src", numbers(reads, 300)));
  bench.registry().add(transform("work", [](Batch& batch) -> Status {
    std::this_thread::sleep_for(std::chrono::microseconds(20 * (batch.key().unit % 7)));
    return Done{};
  }));
  bench.registry().add(expander("some", some));
  bench.registry().add(sink("out", out));
  Running running(bench, {{"src"}, {"work"}, {"some"}, {"out"}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  return written;
}

TEST(Passing, KeepsTheOrder) {
  std::string expected;
  for (int number = 0; number < 300; ++number) {
    if (number % 3 != 0) expected += std::to_string(number) + "\n";
    for (int copy = 0; copy < 4 && number % 3 == 0; ++copy) {
      expected += std::to_string(copy) + ":" + std::to_string(number) + "\n";
    }
  }
  expected += "end\n";
  for (const unsigned threads : {1U, 2U, 8U}) {
    for (const unsigned tokens : {3U, 16U}) {
      EXPECT_EQ(run_with_passing(threads, tokens), expected)
          << threads << " threads, " << tokens << " tokens";
    }
  }
}

}  // namespace
}  // namespace sluice::scripted
