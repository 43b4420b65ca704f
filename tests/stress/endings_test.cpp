// The ways a run can end: a sink that wants no more, a stage that fails or throws in any of its
// calls, a stage that keeps what is not its own. Each ends the run, with the right outcome.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "engine/run/source_node.h"
#include "tests/support/scripted_stages.h"
#include "tests/support/stage_rig.h"

namespace sluice::scripted {
namespace {

constexpr unsigned tokens = 4;

class Endings : public ::testing::Test {
 protected:
  SinkScript closing_after(std::uint64_t writes) {
    SinkScript script;
    script.write = [this, writes](const Batch&, const StageContext&) -> Result<Next> {
      return writes_.add() >= writes ? Next::finished : Next::again;
    };
    return script;
  }

  Bench bench_;
  Count reads_;
  Count writes_;
};

TEST_F(Endings, AClosedSinkStopsTheSource) {
  constexpr std::uint64_t wanted = 10;
  for (const bool own_thread : {false, true}) {
    Bench bench;
    Count reads;
    Count writes;
    SinkScript out;
    out.write = [&](const Batch&, const StageContext&) -> Result<Next> {
      return writes.add() == wanted ? Next::finished : Next::again;
    };
    out.may_block = own_thread;
    bench.registry().add(source("src", numbers(reads)));
    bench.registry().add(transform("map", [](Batch&) -> Status { return Done{}; }));
    bench.registry().add(sink("out", out));
    Running running(bench, {{"src"}, {"map"}, {"out"}}, tokens);
    EXPECT_EQ(running.end().kind, OutcomeKind::done);
    EXPECT_EQ(writes.value(), wanted);
    // It closes while its last batch still holds a token.
    EXPECT_LE(reads.value(), wanted - 1 + tokens);
  }
}

TEST_F(Endings, AClosedParallelSinkStopsTheSource) {
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(parallel_sink("out", closing_after(10)));
  Running running(bench_, {{"src"}, {"out"}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_GE(writes_.value(), 10U);
}

TEST_F(Endings, AClosedSinkLeavesTheOtherOneItsData) {
  constexpr std::uint64_t total = 200;
  Count others;
  SinkScript other;
  other.write = [&](const Batch&, const StageContext&) -> Result<Next> {
    others.add();
    return Next::again;
  };
  bench_.registry().add(source("src", numbers(reads_, total)));
  bench_.registry().add(sink("out", closing_after(5)));
  bench_.registry().add(sink("other", other));
  Running running(bench_, {{"src"}, {"out", {"src"}}, {"other", {"src"}}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), 5U);
  EXPECT_EQ(others.value(), total);
}

TEST_F(Endings, AClosedSinkCallsAWaitingSourceBack) {
  Valve input;
  Valve never;
  SourceScript src = numbers(reads_);
  FileClaims claims;
  StageContext interrupted(Io::system(), Clock::system(), claims);
  src.read = [&, read = src.read](Batch& batch) -> Result<Next> {
    if (reads_.value() < 3) return read(batch);
    input.pass(interrupted);
    return Next::input;
  };
  src.stop = [&] { input.open(); };
  src.may_block = true;
  bench_.registry().add(source("src", src));
  bench_.registry().add(sink("out", closing_after(3)));
  Running running(bench_, {{"src"}, {"out"}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), 3U);
}

TEST_F(Endings, AnExpanderThatWantsNoMoreLeavesTheOtherBranchItsData) {
  constexpr std::uint64_t total = 50;
  auto expanded = std::make_shared<int>(0);
  ExpanderScript head;
  head.expand = [expanded](const Batch& in, Batch& out) -> Result<Next> {
    fill(out, in.bytes());
    return ++*expanded == 3 ? Next::finished : Next::input;
  };
  bench_.registry().add(source("src", numbers(reads_, total)));
  bench_.registry().add(expander("head", head));
  bench_.registry().add(sink("out", closing_after(1000)));
  Running running(bench_, {{"src"}, {"head"}, {"out", {"src", "head"}}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(*expanded, 3);
  EXPECT_EQ(writes_.value(), total + 3);
}

TEST_F(Endings, ASourceErrorKeepsWhatCameBefore) {
  SourceScript src = numbers(reads_);
  src.read = [&, read = src.read](Batch& batch) -> Result<Next> {
    if (reads_.value() == 5 && writes_.reaches(5)) return error_saying("torn cable");
    return read(batch);
  };
  std::atomic<bool> abandoned{false};
  SinkScript out = closing_after(1000);
  out.finish = []() -> Status { return error_saying("finished a failed run"); };
  out.abandon = [&] { abandoned = true; };
  bench_.registry().add(source("src", src));
  bench_.registry().add(sink("out", out));
  Running running(bench_, {{"src"}, {"out"}}, 8);
  const Outcome outcome = running.end();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->message, "torn cable");
  EXPECT_EQ(outcome.error->stage, "src");
  EXPECT_EQ(outcome.error->pipeline, "p");
  EXPECT_EQ(writes_.value(), 5U);
  EXPECT_TRUE(abandoned);
}

// --- A fault in each call of each contract -------------------------------------------------------

enum class Fault : std::uint8_t { error, exception, odd_exception };

struct FaultCase {
  std::string call;
  Fault fault = Fault::error;
  bool own_threads = false;
};

std::ostream& operator<<(std::ostream& out, const FaultCase& fault) {
  constexpr std::array<const char*, 3> names{"error", "exception", "odd"};
  std::string call = fault.call;
  std::replace(call.begin(), call.end(), '.', '_');
  return out << call << "_" << names[static_cast<std::size_t>(fault.fault)]
             << (fault.own_threads ? "_thread" : "");
}

class FaultIn : public ::testing::TestWithParam<FaultCase> {
 protected:
  /// Every call of every stage comes by here.
  Status at(const std::string& call) const {
    if (call != GetParam().call) return Done{};
    switch (GetParam().fault) {
      case Fault::error:
        return error_saying("fault in " + call);
      case Fault::exception:
        throw std::runtime_error("fault in " + call);
      case Fault::odd_exception:
        throw 7;  // NOLINT: what stages must not do and libraries do.
    }
    return Done{};
  }
  template <class T>
  Result<T> at(const std::string& call, T otherwise) const {
    Status status = at(call);
    if (!status) return std::move(status).error();
    return otherwise;
  }

  SinkScript sink_named(const std::string& name) {
    SinkScript script;
    script.open = [=, this] { return at(name + ".open"); };
    script.write = [=, this](const Batch&, const StageContext&) {
      return at<Next>(name + ".write", Next::again);
    };
    script.flush = [=, this] { return at(name + ".flush"); };
    script.finish = [=, this]() -> Status {
      Status status = at(name + ".finish");
      if (status) ++finished_;
      return status;
    };
    script.may_block = GetParam().own_threads;
    return script;
  }

  void register_source(Registry& registry) {
    SourceScript src = numbers(reads_, 20);
    src.open = [this] { return at("src.open"); };
    src.read = [this, read = src.read](Batch& batch) -> Result<Next> {
      // Not at once, so that there is something to lose.
      if (reads_.value() == 10) {
        Status status = at("src.read");
        if (!status) return std::move(status).error();
      }
      batch.set_flush(reads_.value() % 4 == 0);
      return read(batch);
    };
    src.load = [this](Batch&) { return at("src.load"); };
    src.may_block = GetParam().own_threads;
    registry.add(source("src", src));
  }

  void register_all(Registry& registry) {
    register_source(registry);
    GatherScript gat;
    gat.gather = [this](const Batch& in, std::uint64_t, Batch& out) -> Result<Gather::Step> {
      Status status = at("gat.gather");
      if (!status) return std::move(status).error();
      fill(out, text_of(in));
      // The last one stays open for finish().
      return Gather::Step{in.byte_count(), reads_.value() < 20};
    };
    gat.finish = [this](Batch&) { return at<bool>("gat.finish", true); };
    registry.add(gather("gat", gat));
    ExpanderScript exp;
    exp.expand = [this](const Batch& in, Batch& out) -> Result<Next> {
      fill(out, text_of(in));
      return at<Next>("exp.expand", Next::input);
    };
    exp.finish = [this](Batch&) { return at<Next>("exp.finish", Next::finished); };
    registry.add(expander("exp", exp));
    registry.add(transform(
        "map", [this](Batch&) { return at("map.apply"); }, [this] { return at("map.make"); }));
    using Written = std::optional<std::size_t>;
    registry.add(rewrite("rew", [this](const Batch& batch, std::span<char> out) {
      const std::string text = text_of(batch);
      text.copy(out.data(), out.size());
      return at<Written>("rew.rewrite", text.size());
    }));
    registry.add(sink("out", sink_named("out")));
    registry.add(sink("tap", sink_named("tap")));
    registry.add(parallel_sink("par", sink_named("par"), [this] { return at("par.make"); }));
  }

  Count reads_;
  std::atomic<int> finished_{0};
};

std::vector<FaultCase> fault_cases() {
  std::vector<FaultCase> cases;
  for (const std::string call :
       {"src.open", "src.read", "src.load", "gat.gather", "gat.finish", "exp.expand", "exp.finish",
        "map.make", "map.apply", "rew.rewrite", "out.open", "out.write", "out.finish", "tap.flush",
        "par.make", "par.write", "par.finish"}) {
    for (const Fault fault : {Fault::error, Fault::exception, Fault::odd_exception}) {
      for (const bool own_threads : {false, true}) cases.push_back({call, fault, own_threads});
    }
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Calls, FaultIn, ::testing::ValuesIn(fault_cases()),
                         ::testing::PrintToStringParamName());

TEST_P(FaultIn, EndsTheRunAsFailedWithItsCause) {
  const FaultCase& fault = GetParam();
  Bench bench;
  register_all(bench.registry());
  Running running(
      bench,
      {{"src"}, {"gat"}, {"exp"}, {"map"}, {"rew"}, {"out"}, {"par", {"map"}}, {"tap", {"src"}}},
      tokens);
  const Outcome outcome = running.end();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->message, fault.fault == Fault::odd_exception
                                        ? "a stage threw something that is no std::exception"
                                        : "fault in " + fault.call);
  EXPECT_EQ(outcome.error->code, fault.fault == Fault::error ? ErrorCode::io : ErrorCode::internal);
  EXPECT_EQ(outcome.error->stage, fault.call.substr(0, 3));
  EXPECT_EQ(outcome.error->pipeline, "p");

  for (const auto& gate : running.run().gates()) EXPECT_EQ(gate->outstanding(), 0U);
  const CommitTracker& commits = running.run().sources().front()->commits();
  EXPECT_EQ(commits.settled(), commits.issued());
  const bool at_the_end = fault.call.ends_with(".finish");
  if (!at_the_end) {
    EXPECT_EQ(finished_, 0) << "a sink was finished though the run had failed";
  }
  const bool loses_data =
      !at_the_end && !fault.call.ends_with(".open") && fault.call != "tap.flush";
  if (loses_data || fault.call == "gat.finish") {
    EXPECT_LT(commits.watermark(), commits.issued()) << "lost data counts as delivered";
  }
}

TEST(FaultInNone, TheSamePipelineRunsToItsEnd) {
  // The faults above are worth something only if nothing else goes wrong.
  Bench bench;
  Count reads;
  Count writes;
  SinkScript out;
  out.write = [&](const Batch&, const StageContext&) -> Result<Next> {
    writes.add();
    return Next::again;
  };
  SourceScript src = numbers(reads, 20);
  src.load = [](Batch&) -> Status { return Done{}; };
  bench.registry().add(source("src", src));
  bench.registry().add(sink("out", out));
  Running running(bench, {{"src"}, {"out"}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes.value(), 20U);
}

// --- The watchdog --------------------------------------------------------------------------------

TEST_F(Endings, AStageThatKeepsBuffersStallsTheRunAndSaysSo) {
  std::mutex mutex;
  std::vector<BufferPtr> hidden;
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(transform("thief", [&](Batch& batch) -> Status {
    const std::lock_guard lock(mutex);
    if (batch.buffer()) hidden.push_back(batch.buffer());
    return Done{};
  }));
  bench_.registry().add(sink("out", closing_after(1000)));
  Running running(bench_, {{"src"}, {"thief"}, {"out"}}, tokens);
  ASSERT_TRUE(writes_.reaches(tokens));
  // Each look that finds something retired since the last one passes.
  while (!running.run().state().stopped()) EXPECT_EQ(running.run().watch(), "");
  const Outcome outcome = running.end();
  hidden.clear();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->code, ErrorCode::stalled);
  EXPECT_NE(outcome.error->message.find("src 4 of 4"), std::string::npos) << outcome.error->message;
}

TEST_F(Endings, ABatchThatNeverCameOutIsNotDone) {
  std::mutex mutex;
  BatchPtr hidden;
  bench_.registry().add(source("src", numbers(reads_, 20)));
  bench_.registry().add(transform("thief", [&](Batch& batch) -> Status {
    const std::lock_guard lock(mutex);
    if (hidden || !batch.buffer()) return Done{};
    batch.add_reference();
    hidden = BatchPtr::adopt(&batch);
    return Done{};
  }));
  bench_.registry().add(sink("out", closing_after(1000)));
  Running running(bench_, {{"src"}, {"thief"}, {"out"}}, tokens);
  ASSERT_TRUE(writes_.reaches(20));
  while (!running.run().state().stopped()) EXPECT_EQ(running.run().watch(), "");
  const Outcome outcome = running.end();
  hidden.reset();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->code, ErrorCode::stalled);
}

TEST_F(Endings, ABufferThatIsKeptIsNoticedAtTheEnd) {
  std::mutex mutex;
  BufferPtr hidden;
  bench_.registry().add(source("src", numbers(reads_, 20)));
  bench_.registry().add(transform("thief", [&](Batch& batch) -> Status {
    const std::lock_guard lock(mutex);
    if (!hidden) hidden = batch.buffer();
    return Done{};
  }));
  bench_.registry().add(sink("out", closing_after(1000)));
  Running running(bench_, {{"src"}, {"thief"}, {"out"}}, tokens);
  const Outcome outcome = running.end();
  hidden.reset();
  ASSERT_EQ(outcome.kind, OutcomeKind::failed);
  EXPECT_EQ(outcome.error->code, ErrorCode::stalled);
  EXPECT_NE(outcome.error->message.find("src 1 of 4"), std::string::npos) << outcome.error->message;
}

TEST_F(Endings, WaitingForSomebodyIsNoStall) {
  Valve valve;
  SinkScript out = closing_after(1000);
  out.write = [&, write = out.write](const Batch& batch, const StageContext& context) {
    Result<Next> next = write(batch, context);
    valve.pass(context);
    return next;
  };
  out.may_block = true;
  bench_.registry().add(source("src", numbers(reads_, 20)));
  bench_.registry().add(sink("out", out));
  Running running(bench_, {{"src"}, {"out"}}, tokens);
  ASSERT_TRUE(reads_.reaches(tokens));
  ASSERT_TRUE(writes_.reaches(1));
  for (int look = 0; look < 3; ++look) {
    EXPECT_EQ(running.run().watch(), "sink 'out' waits for its reader");
  }
  valve.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), 20U);
}

TEST_F(Endings, WaitingForInputIsNoStall) {
  Valve input;
  FileClaims claims;
  const StageContext context(Io::system(), Clock::system(), claims);
  SourceScript src = numbers(reads_, 20);
  src.read = [&, read = src.read](Batch& batch) {
    if (reads_.value() == 5) input.pass(context);
    return read(batch);
  };
  src.stop = [&] { input.open(); };
  src.may_block = true;
  bench_.registry().add(source("src", src));
  bench_.registry().add(sink("out", closing_after(1000)));
  Running running(bench_, {{"src"}, {"out"}}, tokens);
  ASSERT_TRUE(writes_.reaches(5));
  // The fifth batch goes home some time after its write, and until then a look sees that things
  // move.
  std::string words;
  for (int look = 0; words.empty() && look < 10'000'000; ++look) words = running.run().watch();
  EXPECT_EQ(words, "source 'src' waits for input");
  input.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), 20U);
}

TEST_F(Endings, ABodyThatTakesLongIsNoStall) {
  bench_.registry().add(source("src", numbers(reads_, 3)));
  bench_.registry().add(transform("slow", [](Batch&) -> Status {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return Done{};
  }));
  bench_.registry().add(sink("out", closing_after(1000)));
  Running running(bench_, {{"src"}, {"slow"}, {"out"}}, tokens);
  ASSERT_TRUE(reads_.reaches(1));
  for (int look = 0; look < 4; ++look) EXPECT_EQ(running.run().watch(), "");
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
}

}  // namespace
}  // namespace sluice::scripted
