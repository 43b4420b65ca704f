// Stages whose every call is a function of the test, and what a test needs to run a pipeline of
// them step by step: counters to wait for, a valve to stop them with, a run on a thread of its own.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/run/pipeline_run.h"
#include "engine/run/planner.h"
#include "engine/stage/registry.h"

namespace sluice::scripted {

/// Longer than anything here takes; a wait that reaches it has failed.
inline constexpr std::chrono::seconds patience{5};

/// Counts events. Thread-safe.
class Count {
 public:
  /// The number of this event, from 1.
  std::uint64_t add();
  std::uint64_t value() const;
  /// Waits until there were `count` events; false if they do not come.
  bool reaches(std::uint64_t count) const;
  /// True if there were `count` events and none follows for a while.
  bool stays_at(std::uint64_t count) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint64_t count_ = 0;
};

/// Shut at first; whoever wants to pass waits until it is opened. Thread-safe.
class Valve {
 public:
  void open();
  /// Also returns when `context` says that the run is being given up.
  void pass(const StageContext& context);

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool is_open_ = false;
};

/// Makes `text` the content of a batch that has a buffer.
void fill(Batch& batch, std::string_view text);
Error error_saying(std::string message);

// --- Scripts: what is not given does nothing, successfully ---------------------------------------

struct SourceScript {
  std::function<Result<Next>(Batch&)> read;
  std::function<Status()> open = nullptr;
  std::function<Status(Batch&)> load = nullptr;  ///< Given: the source has a loader.
  std::function<void()> stop = nullptr;
  bool may_block = false;
};

struct GatherScript {
  std::function<Result<Gather::Step>(const Batch&, std::uint64_t, Batch&)> gather;
  std::function<Result<bool>(Batch&)> finish = nullptr;
};

struct ExpanderScript {
  std::function<Result<Next>(const Batch&, Batch&)> expand;
  std::function<Result<Next>(Batch&)> finish = nullptr;
  std::function<bool(const Batch&)> passes = nullptr;
};

struct ObserverScript {
  std::function<Status(const Batch&, const StageContext&)> observe;
  std::function<Status()> open = nullptr;
  std::function<Status()> finish = nullptr;
  std::function<void()> stop = nullptr;
  bool may_block = false;
};

struct SinkScript {
  std::function<Result<Next>(const Batch&, const StageContext&)> write;
  std::function<Status()> open = nullptr;
  std::function<Status()> flush = nullptr;
  std::function<Status()> end_input = nullptr;
  std::function<Status()> finish = nullptr;
  std::function<void()> abandon = nullptr;
  std::function<void()> stop = nullptr;
  bool may_block = false;
};

/// `make` runs once per instance.
using MakeHook = std::function<Status()>;

StageType source(std::string name, SourceScript script);
StageType transform(std::string name, std::function<Status(Batch&)> apply, MakeHook make = nullptr);
/// A transform that does nothing but let `size` more be under way above it.
StageType buffer(std::string name, ByteSize size);
StageType rewrite(
    std::string name,
    std::function<Result<std::optional<std::size_t>>(const Batch&, std::span<char>)> rewrite);
StageType gather(std::string name, GatherScript script);
StageType expander(std::string name, ExpanderScript script);
StageType observer(std::string name, ObserverScript script);
StageType sink(std::string name, SinkScript script);
/// Takes with the one and gives with the other.
StageType duplex(std::string name, SinkScript input, SourceScript output);
/// The sink has one instance per slot, all with the same script.
StageType parallel_sink(std::string name, SinkScript script, MakeHook make = nullptr);

/// A source of "0\n", "1\n", ...: `total` batches of one record (0: no end), counted in `reads`.
SourceScript numbers(Count& reads, std::uint64_t total = 0);

// --- Running -------------------------------------------------------------------------------------

/// One stage of a pipeline: its type, which is its id as well, and whom it reads.
struct Step {
  std::string type;
  std::vector<std::string> from = {};
  std::string when_full = {};
};

PipelineSpec pipeline(std::string name, const std::vector<Step>& steps);

/// The surroundings of runs: threads, clock, files. Plans what it is given.
class Bench {
 public:
  static constexpr ByteSize buffer = 4_KiB;

  explicit Bench(unsigned threads = 2) : threads_(threads) {}

  Registry& registry() noexcept { return registry_; }
  Environment environment() { return {Io::system(), Clock::system(), claims_, threads_}; }
  /// Throws std::logic_error with the first mistake if there is one.
  Plan plan(std::vector<PipelineSpec> pipelines, unsigned tokens);

 private:
  unsigned threads_;
  Registry registry_;
  FileClaims claims_;
};

/// A run of a plan's only pipeline on a thread of its own, under way until end() or the destructor.
class Running {
 public:
  Running(Bench& bench, const std::vector<Step>& steps, unsigned tokens)
      : Running(bench, pipeline("p", steps), tokens) {}
  Running(Bench& bench, PipelineSpec spec, unsigned tokens);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  /// Gives a run that is still under way up.
  ~Running();

  PipelineRun& run() noexcept { return run_; }
  const Gate& gate(std::string_view stage) const;
  /// Waits for the end; the gates can be looked at afterwards.
  Outcome end();

 private:
  Environment environment_;
  Plan plan_;
  FlowArena arena_;
  PipelineRun run_;
  Outcome outcome_;
  std::thread thread_;
};

}  // namespace sluice::scripted
