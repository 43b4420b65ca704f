// A duplex in a pipeline: its source answers after its sink has been told of the end, the one stops
// the other, and whatever peer there is, every token comes home.
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/run/report.h"
#include "engine/run/source_node.h"
#include "tests/support/scripted_stages.h"
#include "tests/support/stage_rig.h"

namespace sluice::scripted {
namespace {

constexpr unsigned tokens = 4;

/// Gives back what it is told, and remembers the order of the calls. Thread-safe.
class Peer {
 public:
  void put(std::string message) {
    const std::lock_guard lock(mutex_);
    said_.push_back(std::move(message));
    changed_.notify_all();
  }
  void end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  bool is_stopped() const {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }
  /// The next message, in order; nothing when it has ended or was stopped.
  std::optional<std::string> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_ || ended_ || !said_.empty(); });
    if (stopped_ || said_.empty()) return std::nullopt;
    std::string message = std::move(said_.front());
    said_.pop_front();
    return message;
  }
  /// Waits until it is stopped.
  void hang() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stopped_; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> said_;
  bool ended_ = false;
  bool stopped_ = false;
};

class Duplex : public ::testing::TestWithParam<unsigned> {
 protected:
  SinkScript input() {
    SinkScript script;
    script.write = [this](const Batch& batch, const StageContext&) -> Result<Next> {
      peer_.put(text_of(batch));
      return Next::again;
    };
    script.end_input = [this]() -> Status {
      ends_.add();
      peer_.end();
      return Done{};
    };
    script.stop = [this] { peer_.stop(); };
    script.may_block = true;
    return script;
  }

  SourceScript output() {
    SourceScript script;
    script.read = [this](Batch& batch) -> Result<Next> {
      const std::optional<std::string> message = peer_.take();
      if (!message) return Next::finished;
      fill(batch, *message);
      return Next::again;
    };
    script.stop = [this] { peer_.stop(); };
    script.may_block = true;
    return script;
  }

  SinkScript collecting() {
    SinkScript script;
    script.write = [this](const Batch& batch, const StageContext&) -> Result<Next> {
      out_ += text_of(batch);
      writes_.add();
      return Next::again;
    };
    return script;
  }

  void expect_home(const Running& running) {
    for (const auto& gate : bench_gates(running)) EXPECT_EQ(gate->outstanding(), 0U);
  }
  static const std::vector<std::unique_ptr<Gate>>& bench_gates(const Running& running) {
    return const_cast<Running&>(running).run().gates();  // NOLINT(*-const-cast)
  }

  Bench bench_{GetParam()};
  Peer peer_;
  Count reads_;
  Count writes_;
  Count ends_;
  std::string out_;
};

INSTANTIATE_TEST_SUITE_P(Threads, Duplex, ::testing::Values(1U, 2U, 8U));

TEST_P(Duplex, AnswersAfterTheEndOfItsInput) {
  // A peer that says nothing before it has heard everything.
  std::vector<std::string> calls;
  SinkScript in = input();
  in.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
    calls.push_back(text_of(batch));
    return Next::again;
  };
  in.flush = [&]() -> Status {
    if (calls.empty() || calls.back() != "flush") calls.emplace_back("flush");
    return Done{};
  };
  in.end_input = [&]() -> Status {
    EXPECT_EQ(calls.back(), "flush") << "what is held back belongs in front of the end";
    calls.emplace_back("end");
    for (const std::string& call : calls) peer_.put(call + "\n");
    peer_.end();
    return Done{};
  };
  in.finish = [&]() -> Status {
    EXPECT_NE(out_.find("end\n"), std::string::npos) << "finished before the answer";
    return Done{};
  };
  bench_.registry().add(source("src", numbers(reads_, 30)));
  bench_.registry().add(duplex("dup", in, output()));
  bench_.registry().add(sink("out", collecting()));
  Running running(bench_, {{"src"}, {"dup"}, {"out"}}, tokens);
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_NE(out_.find("29\n"), std::string::npos);
  EXPECT_TRUE(out_.ends_with("end\n")) << out_;
  expect_home(running);
}

TEST_P(Duplex, GivesBackAllInOrder) {
  bench_.registry().add(source("src", numbers(reads_, 500)));
  bench_.registry().add(transform("map", [](Batch&) -> Status { return Done{}; }));
  bench_.registry().add(duplex("dup", input(), output()));
  bench_.registry().add(sink("out", collecting()));
  Running running(bench_, {{"src"}, {"map"}, {"dup"}, {"out"}}, tokens);
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  std::string expected;
  for (int i = 0; i < 500; ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(out_, expected);
  EXPECT_EQ(ends_.value(), 1U);
  for (const SourceNode* source : running.run().sources()) {
    EXPECT_EQ(source->commits().watermark(), source->commits().issued());
  }
}

TEST_P(Duplex, CountsWhatItTookAndWhatItGave) {
  SinkScript in = input();
  in.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
    if (text_of(batch) != "0\n") return Next::again;  // Answers to one of them, three times.
    peer_.put("a\nb\nc\n");
    return Next::again;
  };
  bench_.registry().add(source("src", numbers(reads_, 10)));
  bench_.registry().add(duplex("dup", in, output()));
  bench_.registry().add(sink("out", collecting()));
  Running running(bench_, {{"src"}, {"dup"}, {"out"}}, tokens);
  const Snapshot start = take_snapshot(running.run(), 0, 0);
  ASSERT_EQ(running.end().kind, OutcomeKind::done);
  const PipelineReport report =
      make_report(running.run(), GetParam(), Snapshot{.stages = start.stages},
                  take_snapshot(running.run(), 1'000'000'000, 0));
  const StageReport& dup = report.stages[1];
  EXPECT_EQ(dup.type, "duplex/dup");
  EXPECT_EQ(dup.records_out, 3U);
  EXPECT_EQ(dup.filtered, 0U);
  EXPECT_EQ(running.run().plan().stages[1].meters[0]->records_in.load(), 10U);
}

TEST_P(Duplex, AReaderThatWantsNoMoreStopsBothEndsAndTheSource) {
  SinkScript out = collecting();
  out.write = [&](const Batch&, const StageContext&) -> Result<Next> {
    return writes_.add() == 3 ? Next::finished : Next::again;
  };
  SinkScript in = input();
  in.write = [&, write = in.write](const Batch& batch, const StageContext& context) {
    if (reads_.value() > 50) peer_.hang();  // It reads no more, and only stop() gets us out.
    return write(batch, context);
  };
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(duplex("dup", in, output()));
  bench_.registry().add(sink("out", out));
  Running running(bench_, {{"src"}, {"dup"}, {"out"}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(writes_.value(), 3U);
  EXPECT_TRUE(peer_.is_stopped());
  expect_home(running);
}

TEST_P(Duplex, APeerThatTakesNoMoreStopsTheSourceAndIsHeardToTheEnd) {
  Count taken;
  SinkScript in = input();
  in.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
    peer_.put(text_of(batch));
    if (taken.add() < 5) return Next::again;
    peer_.put("bye\n");
    peer_.end();
    return Next::finished;
  };
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(duplex("dup", in, output()));
  bench_.registry().add(sink("out", collecting()));
  Running running(bench_, {{"src"}, {"dup"}, {"out"}}, tokens);
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
  EXPECT_EQ(out_, "0\n1\n2\n3\n4\nbye\n");
  EXPECT_EQ(ends_.value(), 0U) << "a sink that wanted no more is told of no end";
  EXPECT_LE(reads_.value(), 5 + tokens);
}

TEST_P(Duplex, ADrainedRunHearsTheAnswerToWhatWasSent) {
  SinkScript in = input();
  in.end_input = [&]() -> Status {
    peer_.put("last words\n");
    peer_.end();
    return Done{};
  };
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(duplex("dup", in, output()));
  bench_.registry().add(sink("out", collecting()));
  Running running(bench_, {{"src"}, {"dup"}, {"out"}}, tokens);
  ASSERT_TRUE(writes_.reaches(20));
  running.run().drain();
  EXPECT_EQ(running.end().kind, OutcomeKind::cancelled);
  std::string expected;
  for (std::uint64_t i = 0; i < reads_.value(); ++i) expected += std::to_string(i) + "\n";
  EXPECT_EQ(out_, expected + "last words\n");
  expect_home(running);
}

TEST_P(Duplex, AnAbortedRunInterruptsBothEnds) {
  SinkScript in = input();
  in.write = [&](const Batch&, const StageContext&) -> Result<Next> {
    writes_.add();
    peer_.hang();
    return Next::finished;
  };
  bench_.registry().add(source("src", numbers(reads_)));
  bench_.registry().add(duplex("dup", in, output()));
  bench_.registry().add(sink("out", collecting()));
  Running running(bench_, {{"src"}, {"dup"}, {"out"}}, tokens);
  ASSERT_TRUE(writes_.reaches(1));
  running.run().abort();
  EXPECT_EQ(running.end().kind, OutcomeKind::cancelled);
  expect_home(running);
}

TEST_P(Duplex, SaysOnWhomItWaits) {
  Valve reading;
  Valve answering;
  SinkScript in = input();
  in.write = [&, write = in.write](const Batch& batch, const StageContext& context) {
    writes_.add();
    reading.pass(context);
    return write(batch, context);
  };
  FileClaims claims;
  StageContext patient(Io::system(), Clock::system(), claims);
  in.end_input = [&]() -> Status {
    ends_.add();
    return Done{};
  };
  in.stop = [&] { answering.open(); };
  SourceScript out = output();
  out.read = [&](Batch&) -> Result<Next> {
    answering.pass(patient);
    return Next::finished;
  };
  bench_.registry().add(source("src", numbers(reads_, 20)));
  bench_.registry().add(duplex("dup", in, out));
  bench_.registry().add(sink("out", collecting()));
  Running running(bench_, {{"src"}, {"dup"}, {"out"}}, tokens);
  ASSERT_TRUE(reads_.reaches(tokens));
  ASSERT_TRUE(writes_.reaches(1));
  const auto words = [&] {
    std::string said;
    for (int look = 0; said.empty() && look < 10'000'000; ++look) said = running.run().watch();
    return said;
  };
  EXPECT_EQ(words(), "duplex 'dup' waits for its peer to read");
  reading.open();
  ASSERT_TRUE(ends_.reaches(1));
  std::string said = words();
  for (int look = 0; said.ends_with("to read") && look < 10'000'000; ++look) said = words();
  EXPECT_EQ(said, "duplex 'dup' waits for its peer to answer");
  answering.open();
  EXPECT_EQ(running.end().kind, OutcomeKind::done);
}

TEST_P(Duplex, AFaultInAnyOfItsCallsEndsTheRun) {
  for (const std::string call : {"write", "end_input", "read", "finish"}) {
    Bench bench(GetParam());
    Count reads;
    Peer peer;
    const auto fault = [&](const std::string& here) -> Status {
      if (here == call) return error_saying("fault in " + here);
      return Done{};
    };
    SinkScript in;
    in.write = [&](const Batch& batch, const StageContext&) -> Result<Next> {
      Status status = fault("write");
      if (!status) return std::move(status).error();
      peer.put(text_of(batch));
      return Next::again;
    };
    in.end_input = [&] {
      peer.end();
      return fault("end_input");
    };
    in.finish = [&] { return fault("finish"); };
    in.stop = [&] { peer.stop(); };
    in.may_block = true;
    SourceScript out;
    out.read = [&](Batch& batch) -> Result<Next> {
      const std::optional<std::string> message = peer.take();
      Status status = fault("read");
      if (!status) return std::move(status).error();
      if (!message) return Next::finished;
      fill(batch, *message);
      return Next::again;
    };
    out.stop = [&] { peer.stop(); };
    out.may_block = true;
    bench.registry().add(source("src", numbers(reads, 20)));
    bench.registry().add(duplex("dup", in, out));
    bench.registry().add(sink("out", collecting()));
    Running running(bench, {{"src"}, {"dup"}, {"out"}}, tokens);
    const Outcome outcome = running.end();
    ASSERT_EQ(outcome.kind, OutcomeKind::failed) << call;
    EXPECT_EQ(outcome.error->message, "fault in " + call);
    EXPECT_EQ(outcome.error->stage, "dup");
    expect_home(running);
  }
}

}  // namespace
}  // namespace sluice::scripted
