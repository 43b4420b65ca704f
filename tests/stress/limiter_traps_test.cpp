// The traps of oneTBB's flow graph that the engine is built around: each shown on raw TBB, where
// data is missing or a wait does not end, and then on the engine's own shape, where it is not.
//
// A stall in TBB is not a hang: wait_for_all returns, and only a count tells. What TBB does in a
// race is never asserted, only what must follow from its rules.
#include <gtest/gtest.h>
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include <atomic>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "engine/run/gate.h"
#include "engine/run/reorder.h"
#include "tests/support/scripted_stages.h"

namespace sluice::scripted {
namespace {

namespace flow = oneapi::tbb::flow;

constexpr int messages = 1000;
constexpr std::size_t threshold = 4;

flow::function_node<int, int> passing(flow::graph& graph) {
  return {graph, flow::unlimited, [](int value) { return value; }};
}

/// A source gate, a step gate or plain edges on the engine's graph, and what ran.
class EngineGraph : public ::testing::Test {
 protected:
  FlowGraph::NodeId counting_node(std::function<void(Work&&)> then = nullptr, bool serial = true) {
    return graph_.add_node(
        [this, then = std::move(then)](Work&& work) {
          if (then) then(std::move(work));
          ran_.add();
        },
        serial);
  }

  FlowArena arena_{2};
  RunState state_;
  Gate gate_{"gate", {threshold, 64, 0, 0}, Clock::system()};
  FlowGraph graph_{arena_};
  Count ran_;
};
using Traps = EngineGraph;

// --- A functional node in front of a limiter -----------------------------------------------------

TEST_F(Traps, AFunctionNodeDropsWhatALimiterRejects) {
  flow::graph graph;
  auto from = passing(graph);
  flow::limiter_node<int, int> limiter(graph, threshold);
  std::atomic<int> arrived{0};
  flow::function_node<int> to(graph, flow::serial, [&](int) { ++arrived; });
  flow::make_edge(from, limiter);
  flow::make_edge(limiter, to);
  for (int i = 0; i < messages; ++i) from.try_put(i);
  graph.wait_for_all();
  EXPECT_EQ(arrived, static_cast<int>(threshold));
  // The tokens come back too late: there is nothing left to let through.
  for (std::size_t i = 0; i < threshold; ++i) limiter.decrementer().try_put(1);
  graph.wait_for_all();
  EXPECT_EQ(arrived, static_cast<int>(threshold));
}

TEST_F(Traps, AMultifunctionNodeDropsWhatALimiterRejects) {
  flow::graph graph;
  std::atomic<int> refused{0};
  using Many = flow::multifunction_node<int, std::tuple<int>>;
  Many from(graph, flow::serial, [&](int value, Many::output_ports_type& ports) {
    for (int i = 0; i < 10; ++i) {
      if (!std::get<0>(ports).try_put(value)) ++refused;
    }
  });
  flow::limiter_node<int, int> limiter(graph, threshold);
  std::atomic<int> arrived{0};
  flow::function_node<int> to(graph, flow::serial, [&](int) { ++arrived; });
  flow::make_edge(flow::output_port<0>(from), limiter);
  flow::make_edge(limiter, to);
  from.try_put(1);
  graph.wait_for_all();
  EXPECT_EQ(arrived, static_cast<int>(threshold));
  EXPECT_EQ(refused, 10 - static_cast<int>(threshold));
}

TEST_F(Traps, AStepGateKeepsWhatItCannotLetThroughYet) {
  const FlowGraph::NodeId step = counting_node();
  const FlowGraph::GateId id = graph_.add_step_gate(step, threshold);
  for (int i = 0; i < messages; ++i) graph_.kick(id);
  graph_.wait_idle();
  EXPECT_EQ(ran_.value(), threshold);
  for (int i = 0; i < messages; ++i) graph_.give_back(id);
  graph_.wait_idle();
  EXPECT_EQ(ran_.value(), static_cast<std::uint64_t>(messages));
}

// --- The default decrementer ---------------------------------------------------------------------

TEST_F(Traps, AContinueDecrementerWaitsForEveryPredecessor) {
  flow::graph graph;
  flow::queue_node<int> queue(graph);
  flow::limiter_node<int> limiter(graph, threshold);  // Decremented by continue_msg.
  std::atomic<int> arrived{0};
  using Ends = flow::multifunction_node<int, std::tuple<flow::continue_msg, flow::continue_msg>>;
  // Each message gives its token back over one of two edges, as two sinks would.
  Ends to(graph, flow::serial, [&](int, Ends::output_ports_type& ports) {
    ++arrived;
    std::get<0>(ports).try_put(flow::continue_msg());
  });
  flow::make_edge(queue, limiter);
  flow::make_edge(limiter, to);
  flow::make_edge(flow::output_port<0>(to), limiter.decrementer());
  flow::make_edge(flow::output_port<1>(to), limiter.decrementer());
  for (int i = 0; i < messages; ++i) queue.try_put(i);
  graph.wait_for_all();
  EXPECT_LT(arrived, messages);
}

TEST_F(Traps, AnIntegralDecrementCountsEachOne) {
  FlowGraph::GateId id;
  const FlowGraph::NodeId step = counting_node([&](Work&&) { graph_.give_back(id); });
  id = graph_.add_step_gate(step, threshold);
  for (int i = 0; i < messages; ++i) graph_.kick(id);
  graph_.wait_idle();
  EXPECT_EQ(ran_.value(), static_cast<std::uint64_t>(messages));
}

// --- A message that is dropped on its way --------------------------------------------------------

TEST_F(Traps, AGapInFrontOfASequencerHoldsEverythingBehindIt) {
  flow::graph graph;
  flow::sequencer_node<int> sequencer(graph,
                                      [](int value) { return static_cast<std::size_t>(value); });
  std::atomic<int> arrived{0};
  flow::function_node<int> to(graph, flow::serial, [&](int) { ++arrived; });
  flow::make_edge(sequencer, to);
  for (int i = 0; i < messages; ++i) {
    if (i != 50) sequencer.try_put(i);  // A filter that sends nothing on.
  }
  graph.wait_for_all();
  EXPECT_EQ(arrived, 50);
}

TEST_F(Traps, AFilterSendsAnEmptyBatchOnSoNothingIsMissing) {
  Bench bench;
  Count reads;
  std::string written;
  bench.registry().add(source("src", numbers(reads, 100)));
  bench.registry().add(transform("drop", [](Batch& batch) -> Status {
    if (batch.bytes() == "50\n") batch.select_nothing();
    return Done{};
  }));
  SinkScript out;
  out.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
    batch.for_each_piece([&](std::string_view piece) { written += piece; });
    return Next::again;
  };
  bench.registry().add(sink("out", out));
  Running running(bench, {{"src"}, {"drop"}, {"out"}}, 3);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += i == 50 ? "" : std::to_string(i) + "\n";
  EXPECT_EQ(written, expected);
}

// --- A broadcast to a node and to a limiter ------------------------------------------------------

TEST_F(Traps, ABroadcastStarvesItsLimitedBranch) {
  flow::graph graph;
  flow::broadcast_node<int> from(graph);
  flow::limiter_node<int, int> limiter(graph, threshold);
  std::atomic<int> fast{0};
  std::atomic<int> limited{0};
  flow::function_node<int> fast_branch(graph, flow::serial, [&](int) { ++fast; });
  flow::function_node<int> limited_branch(graph, flow::serial, [&](int) { ++limited; });
  flow::make_edge(from, fast_branch);
  flow::make_edge(from, limiter);
  flow::make_edge(limiter, limited_branch);
  for (int i = 0; i < messages; ++i) from.try_put(i);
  graph.wait_for_all();
  for (std::size_t i = 0; i < threshold; ++i) limiter.decrementer().try_put(1);
  graph.wait_for_all();
  EXPECT_EQ(fast, messages);
  EXPECT_LT(limited, messages);
}

TEST_F(Traps, AFanOutFeedsAnExpanderAsWellAsASink) {
  Bench bench;
  Count reads;
  Count plain;
  Count expanded;
  const auto counted = [](Count& count) {
    SinkScript script;
    script.write = [&](const Batch&, const StageContext&) -> Result<Next> {
      count.add();
      return Next::again;
    };
    return script;
  };
  ExpanderScript copy;
  copy.expand = [](const Batch& in, Batch& out) -> Result<Next> {
    fill(out, in.bytes());
    return Next::input;
  };
  bench.registry().add(source("src", numbers(reads, messages)));
  bench.registry().add(expander("copy", copy));
  bench.registry().add(sink("limited", counted(expanded)));
  bench.registry().add(sink("fast", counted(plain)));
  Running running(bench, {{"src"}, {"copy"}, {"limited"}, {"fast", {"src"}}}, 2);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(plain.value(), static_cast<std::uint64_t>(messages));
  EXPECT_EQ(expanded.value(), static_cast<std::uint64_t>(messages));
}

// --- An input node runs ahead --------------------------------------------------------------------

TEST_F(Traps, AnInputNodeRunsItsBodyBeforeTheLimiterAgrees) {
  flow::graph graph;
  std::atomic<int> bodies{0};
  flow::input_node<int> from(graph, [&](oneapi::tbb::flow_control&) { return ++bodies; });
  flow::limiter_node<int, int> limiter(graph, threshold);
  std::atomic<int> arrived{0};
  flow::function_node<int> to(graph, flow::serial, [&](int) { ++arrived; });
  flow::make_edge(from, limiter);
  flow::make_edge(limiter, to);
  from.activate();
  graph.wait_for_all();
  EXPECT_EQ(arrived, static_cast<int>(threshold));
  EXPECT_EQ(bodies, static_cast<int>(threshold) + 1)
      << "a buffer taken there would be one too many";
}

TEST_F(Traps, ASourceGateLetsNoMoreThroughThanThereAreBuffers) {
  std::vector<BufferPtr> held;
  const FlowGraph::NodeId source = counting_node([&](Work&& work) {
    ASSERT_EQ(work.kind, Work::Kind::token);
    held.push_back(gate_.take());
    ASSERT_TRUE(held.back());
  });
  gate_.attach(graph_, graph_.add_source_gate(source, threshold, [] { return true; }));
  graph_.start();
  graph_.wait_idle();
  EXPECT_EQ(ran_.value(), threshold);
  // Each buffer that goes home lets another body through, which puts its own into `held`.
  std::vector<BufferPtr> returned(std::make_move_iterator(held.begin() + 1),
                                  std::make_move_iterator(held.end()));
  held.resize(1);
  returned.clear();
  graph_.wait_idle();
  EXPECT_EQ(ran_.value(), threshold + threshold - 1);
  gate_.detach();
}

// --- Serial is not ordered -----------------------------------------------------------------------

TEST_F(Traps, ASerialNodeBehindAParallelOneIsNotOrdered) {
  bool broken = false;
  for (int round = 0; round < 200 && !broken; ++round) {
    flow::graph graph;
    flow::function_node<int, int> parallel(graph, flow::unlimited, [](int value) {
      if (value % 2 == 0) std::this_thread::yield();
      return value;
    });
    int last = -1;
    flow::function_node<int> serial(graph, flow::serial, [&](int value) {
      broken = broken || value != last + 1;
      last = value;
    });
    flow::make_edge(parallel, serial);
    for (int i = 0; i < messages; ++i) parallel.try_put(i);
    graph.wait_for_all();
  }
  if (!broken) GTEST_SKIP() << "the threads kept the order by luck, in every round";
}

TEST_F(EngineGraph, AReorderRestoresTheOrder) {
  Reorder reorder;
  std::vector<std::uint64_t> taken;
  const FlowGraph::NodeId serial = counting_node([&](Work&& work) {
    reorder.put(std::move(work.batch));
    while (const BatchPtr next = reorder.take()) taken.push_back(next->key().unit);
  });
  const FlowGraph::EdgeId into_serial = graph_.add_edge(serial, 0);
  const FlowGraph::NodeId parallel = graph_.add_node(
      [&](Work&& work) {
        if (work.batch->key().unit % 2 == 0) std::this_thread::yield();
        graph_.send(into_serial, std::move(work.batch));
      },
      false);
  const FlowGraph::EdgeId into_parallel = graph_.add_edge(parallel, 0);
  for (std::uint64_t i = 0; i < messages; ++i) {
    BatchPtr batch = state_.batches().make();
    batch->set_key({i, 0, true});
    graph_.send(into_parallel, std::move(batch));
  }
  graph_.wait_idle();
  ASSERT_EQ(taken.size(), static_cast<std::size_t>(messages));
  for (std::uint64_t i = 0; i < messages; ++i) EXPECT_EQ(taken[i], i);
}

// --- An exception out of a body ------------------------------------------------------------------

TEST_F(Traps, AnExceptionOutOfABodyLosesATokenForGood) {
  flow::graph graph;
  flow::queue_node<int> queue(graph);
  flow::limiter_node<int, int> limiter(graph, 1);
  std::atomic<int> arrived{0};
  flow::function_node<int> to(graph, flow::serial, [&](int value) {
    if (value == 3) throw std::runtime_error("thrown");
    ++arrived;
    limiter.decrementer().try_put(1);
  });
  flow::make_edge(queue, limiter);
  flow::make_edge(limiter, to);
  for (int i = 0; i < messages; ++i) queue.try_put(i);
  EXPECT_THROW(graph.wait_for_all(), std::runtime_error);
  EXPECT_TRUE(graph.exception_thrown());
  EXPECT_EQ(arrived, 3);
}

TEST_F(Traps, AStageThatThrowsGivesItsTokenBack) {
  Bench bench;
  Count reads;
  bench.registry().add(source("src", numbers(reads)));
  bench.registry().add(transform("bad", [](Batch& batch) -> Status {
    if (batch.bytes() == "3\n") throw std::runtime_error("thrown");
    return Done{};
  }));
  SinkScript out;
  out.write = [](const Batch&, const StageContext&) -> Result<Next> { return Next::again; };
  bench.registry().add(sink("out", out));
  Running running(bench, {{"src"}, {"bad"}, {"out"}}, 1);
  const Outcome outcome = running.end();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->message, "thrown");
  EXPECT_EQ(running.gate("src").outstanding(), 0U);
}

// --- An expander fed in arrival order ------------------------------------------------------------

/// Inputs arrive as 1, 0; each becomes `pieces` outputs, each of which takes one of two tokens
/// until an ordered sink lets it go. Returns how many outputs the sink let go.
std::size_t expanded_by_raw_tbb(bool reordered) {
  constexpr int pieces = 4;
  flow::graph graph;
  const std::vector<int> arrival = reordered ? std::vector<int>{0, 1} : std::vector<int>{1, 0};
  flow::queue_node<int> queue(graph);
  flow::limiter_node<int, int> limiter(graph, 2);
  flow::sequencer_node<int> sequencer(graph,
                                      [](int value) { return static_cast<std::size_t>(value); });
  std::size_t written = 0;
  flow::function_node<int> sink(graph, flow::serial, [&](int) {
    ++written;
    limiter.decrementer().try_put(1);
  });
  flow::make_edge(queue, limiter);
  flow::make_edge(limiter, sequencer);
  flow::make_edge(sequencer, sink);
  for (const int input : arrival) {
    for (int piece = 0; piece < pieces; ++piece) queue.try_put(input * pieces + piece);
  }
  graph.wait_for_all();
  return written;
}

TEST_F(Traps, AnExpanderFedInArrivalOrderStalls) {
  // Both tokens are with outputs of input 1, which the sink cannot take before those of input 0.
  EXPECT_EQ(expanded_by_raw_tbb(false), 0U);
  EXPECT_EQ(expanded_by_raw_tbb(true), 8U);
}

TEST_F(Traps, AnExpanderBehindAReorderDoesNot) {
  constexpr std::uint64_t inputs = 40;
  Bench bench;
  Count reads;
  Count writes;
  auto piece = std::make_shared<int>(0);
  ExpanderScript copy;
  copy.expand = [piece](const Batch& in, Batch& out) -> Result<Next> {
    fill(out, in.bytes());
    *piece = (*piece + 1) % 4;
    return *piece == 0 ? Next::input : Next::again;
  };
  SinkScript out;
  out.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
    const std::uint64_t expected = (writes.add() - 1) / 4;
    EXPECT_EQ(batch.bytes(), std::to_string(expected) + "\n");
    return Next::again;
  };
  bench.registry().add(source("src", numbers(reads, inputs)));
  // Every other batch takes longer, so that the expander's input comes out of order.
  bench.registry().add(transform("jitter", [](Batch& batch) -> Status {
    if (batch.key().unit % 2 == 0) std::this_thread::sleep_for(std::chrono::microseconds(300));
    return Done{};
  }));
  bench.registry().add(expander("copy", copy));
  bench.registry().add(sink("out", out));
  Running running(bench, {{"src"}, {"jitter"}, {"copy"}, {"out"}}, 2);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes.value(), 4 * inputs);
}

// --- One thread, and main asleep -----------------------------------------------------------------

TEST_F(Traps, WithParallelismOneNobodyRunsWhatIsSentFromOutside) {
  const oneapi::tbb::global_control one(oneapi::tbb::global_control::max_allowed_parallelism, 1);
  oneapi::tbb::task_arena arena(1, 0);
  std::unique_ptr<flow::graph> graph;
  arena.execute([&] { graph = std::make_unique<flow::graph>(); });
  Count ran;
  flow::function_node<int> node(*graph, flow::serial, [&](int) { ran.add(); });
  node.try_put(1);
  // A worker left over from another test may still be about; TBB promises none.
  if (!ran.stays_at(0)) GTEST_SKIP() << "a worker was there after all";
  arena.execute([&] { graph->wait_for_all(); });
  EXPECT_EQ(ran.value(), 1U) << "it runs as soon as somebody waits for it";
}

TEST(TrapsOfOneThread, AnArenaOfOneRunsWhatIsSentFromOutside) {
  FlowArena arena(1);
  FlowGraph graph(arena);
  Count ran;
  const FlowGraph::NodeId node = graph.add_node([&](Work&&) { ran.add(); }, true);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    graph.send_end(node);
    ASSERT_TRUE(ran.reaches(i));  // This thread sleeps; it does not help.
  }
  graph.wait_idle();
}

}  // namespace
}  // namespace sluice::scripted
