// Random graphs of filters, expanders, gathers, observers, duplexes, nested diamonds, merges of
// several sources, slow and threaded sinks, injected faults and stops, run through the real planner
// and runner and compared with a sequential model: every run ends, every token comes home, nothing
// is lost or doubled.
//
// SLUICE_SIMULATIONS=N runs N graphs instead of the short form; SLUICE_SIMULATION_SEED=S begins at
// S.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <string_view>
#include <thread>

#include "engine/run/planner.h"
#include "engine/run/runner.h"
#include "engine/run/source_node.h"
#include "tests/support/test_effort.h"
#include "tests/support/toy_graph.h"
#include "tests/support/toy_stages.h"

namespace sluice {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Simulation : public ::testing::Test {
 protected:
  Simulation() { toy::register_toys(registry_); }

  /// The end of a run as the runner saw it, with what must hold of every run checked.
  class Watcher final : public RunObserver {
   public:
    void on_end(const PipelineRun& run, const Outcome& outcome,
                const PipelineReport& total) override {
      for (const StageReport& stage : total.stages) dropped[stage.id] = stage.dropped;
      for (const auto& gate : run.gates()) {
        EXPECT_EQ(gate->outstanding(), 0U) << "gate " << gate->name();
        EXPECT_LE(gate->peak(), gate->tokens()) << "gate " << gate->name();
      }
      for (const SourceNode* source : run.sources()) {
        const CommitTracker& commits = source->commits();
        EXPECT_EQ(commits.settled(), commits.issued());
        if (outcome.kind == OutcomeKind::done) {
          EXPECT_EQ(commits.watermark(), commits.issued());
        }
      }
    }

    std::map<std::string, std::uint64_t> dropped;  ///< By stage.
  };

  /// `drain_after`: the first batch has arrived; 0: never.
  Outcome run(const GraphSpec& spec, std::chrono::microseconds drain_after = {}) {
    toy::Collected::instance().clear();
    Diagnostics diagnostics;
    FileClaims claims;
    const Environment environment{Io::system(), Clock::system(), claims, 2};
    std::optional<Plan> plan = make_plan(spec, registry_, environment, {}, diagnostics);
    if (!plan) {
      ADD_FAILURE() << render(diagnostics.all().front(), "", "") << toy::describe(spec);
      return {};
    }
    Watcher watcher;
    Runner runner(std::move(*plan), environment, watcher, {});
    std::atomic<bool> has_ended = false;
    std::thread stopper;
    if (drain_after.count() > 0) {
      stopper = std::thread([&] {
        while (toy::Collected::instance().empty() && !has_ended) std::this_thread::yield();
        std::this_thread::sleep_for(drain_after);
        runner.drain();
      });
    }
    Outcome outcome = runner.run().front();
    has_ended = true;
    if (stopper.joinable()) stopper.join();
    dropped_ = watcher.dropped;
    return outcome;
  }

  /// `check(graph, seed)` of so many graphs as `limits(seed)` has them, until one fails.
  template <class Limits, class Check>
  static void for_graphs(std::uint64_t usual, Limits limits, Check check) {
    const std::uint64_t first = from_environment("SLUICE_SIMULATION_SEED", 1);
    const std::uint64_t count = from_environment("SLUICE_SIMULATIONS", rounds(usual));
    for (std::uint64_t seed = first; seed < first + count && !HasFailure(); ++seed) {
      const toy::RandomGraph graph = toy::make_graph(seed, limits(seed));
      SCOPED_TRACE("SLUICE_SIMULATION_SEED=" + std::to_string(seed) + "\n" +
                   toy::describe(graph.spec));
      check(graph, seed);
    }
  }
  void expect_done(const GraphSpec& spec) {
    const Outcome outcome = run(spec);
    ASSERT_EQ(outcome.kind, OutcomeKind::done) << (outcome.error ? to_string(*outcome.error) : "");
  }

  static void expect_all(const GraphSpec& spec) { expect(toy::model(spec.pipelines.front())); }

  static void expect(const std::map<std::string, toy::Expected>& all) {
    for (const auto& [name, expected] : all) {
      toy::Collected::Sink sink = toy::Collected::instance().of(name);
      EXPECT_TRUE(sink.finished) << name;
      std::vector<std::string> wanted = expected.records;
      if (!expected.exact_order) {
        std::sort(wanted.begin(), wanted.end());
        std::sort(sink.records.begin(), sink.records.end());
      }
      ASSERT_EQ(sink.records, wanted) << name;
    }
  }

  /// In front of the best-effort sinks a part of what they would be given otherwise is missing, and
  /// counted; all others have all.
  std::uint64_t expect_all_but_dropped(const GraphSpec& spec) {
    std::uint64_t dropped = 0;
    auto expected = toy::model(spec.pipelines.front());
    for (const StageSpec& stage : spec.pipelines.front().stages) {
      const Value* name = stage.options.find("name");
      if (name == nullptr || !is_below_drop(spec.pipelines.front(), stage)) continue;
      std::vector<std::string> wanted = std::move(expected[name->text()].records);
      std::vector<std::string> given = toy::Collected::instance().of(name->text()).records;
      if (stage.when_full) {
        EXPECT_EQ(given.size() + dropped_[stage.id->text], wanted.size()) << name->text();
        dropped += dropped_[stage.id->text];
      }
      std::sort(wanted.begin(), wanted.end());
      std::sort(given.begin(), given.end());
      EXPECT_TRUE(std::includes(wanted.begin(), wanted.end(), given.begin(), given.end()))
          << name->text();
      expected.erase(name->text());
    }
    expect(expected);
    return dropped;
  }

  static bool is_below_drop(const PipelineSpec& pipeline, const StageSpec& stage) {
    if (stage.when_full) return true;
    return std::any_of(stage.from.begin(), stage.from.end(), [&](const MarkedText& from) {
      const std::string id = from.text.substr(0, from.text.find('.'));
      const auto above = std::find_if(pipeline.stages.begin(), pipeline.stages.end(),
                                      [&](const StageSpec& other) { return other.id->text == id; });
      return is_below_drop(pipeline, *above);
    });
  }

  Registry registry_;
  std::map<std::string, std::uint64_t> dropped_;  ///< Of the last run, by stage.
};

TEST_F(Simulation, RandomGraphsGiveWhatTheModelGives) {
  const auto limits = [](std::uint64_t) { return toy::GraphLimits{}; };
  for_graphs(400, limits, [&](const toy::RandomGraph& graph, std::uint64_t) {
    ASSERT_NO_FATAL_FAILURE(expect_done(graph.spec));
    expect_all(graph.spec);
  });
}

TEST_F(Simulation, BestEffortBranchesDropAndNobodyElseDoes) {
  std::uint64_t dropped = 0;
  const auto limits = [](std::uint64_t) { return toy::GraphLimits{.best_effort = true}; };
  for_graphs(200, limits, [&](const toy::RandomGraph& graph, std::uint64_t) {
    ASSERT_NO_FATAL_FAILURE(expect_done(graph.spec));
    dropped += expect_all_but_dropped(graph.spec);
  });
  EXPECT_GT(dropped, 0U);
}

TEST_F(Simulation, AFaultEndsTheRunWithOneErrorAndEveryTokenHome) {
  std::uint64_t failed = 0;
  const auto limits = [](std::uint64_t seed) {
    return toy::GraphLimits{.faults = true, .outages = seed % 2 == 0};
  };
  for_graphs(200, limits, [&](const toy::RandomGraph& graph, std::uint64_t) {
    const Outcome outcome = run(graph.spec);
    if (outcome.kind != OutcomeKind::failed) {
      expect_all(graph.spec);
      return;
    }
    ++failed;
    EXPECT_NE(outcome.error->message.find(" at "), std::string::npos) << to_string(*outcome.error);
    EXPECT_EQ(outcome.error->pipeline, "simulated");
    EXPECT_FALSE(outcome.error->stage.empty());
    for (const auto& [name, expected] : toy::model(graph.spec.pipelines.front())) {
      EXPECT_FALSE(toy::Collected::instance().of(name).finished) << name;
    }
  });
  EXPECT_GT(failed, 0U);
}

TEST_F(Simulation, EndsThatGoAwayAndComeBackLoseNothing) {
  const auto limits = [](std::uint64_t) { return toy::GraphLimits{.outages = true}; };
  for_graphs(150, limits, [&](const toy::RandomGraph& graph, std::uint64_t) {
    ASSERT_NO_FATAL_FAILURE(expect_done(graph.spec));
    expect_all(graph.spec);
  });
}

TEST_F(Simulation, APeerThatGoesAwayEndsTheRunInOrder) {
  const auto limits = [](std::uint64_t) { return toy::GraphLimits{.hang_ups = true}; };
  for_graphs(150, limits, [&](const toy::RandomGraph& graph, std::uint64_t) {
    ASSERT_NO_FATAL_FAILURE(expect_done(graph.spec));
    for (const auto& [name, expected] : toy::model(graph.spec.pipelines.front())) {
      EXPECT_TRUE(toy::Collected::instance().of(name).finished) << name;
    }
  });
}

TEST_F(Simulation, ADrainedRunDeliversAPrefix) {
  std::uint64_t cancelled = 0;
  const auto limits = [](std::uint64_t seed) {
    return toy::GraphLimits{.outages = seed % 2 == 0, .batches = 1000};
  };
  for_graphs(80, limits, [&](const toy::RandomGraph& graph, std::uint64_t seed) {
    const Outcome outcome = run(graph.spec, std::chrono::microseconds(200 + seed * 37 % 3000));
    ASSERT_NE(outcome.kind, OutcomeKind::failed) << to_string(*outcome.error);
    if (outcome.kind == OutcomeKind::done) return;
    ++cancelled;
    for (const auto& [name, expected] : toy::model(graph.spec.pipelines.front())) {
      const toy::Collected::Sink sink = toy::Collected::instance().of(name);
      // An observer has seen all that passed it.
      EXPECT_EQ(sink.finished, expected.is_observer) << name;
      EXPECT_EQ(sink.abandoned, !expected.is_observer) << name;
      if (!expected.exact_order || graph.spec.pipelines.front().stages.back().order) continue;
      ASSERT_LE(sink.records.size(), expected.records.size());
    }
  });
  EXPECT_GT(cancelled, 0U);
}

}  // namespace
}  // namespace sluice
