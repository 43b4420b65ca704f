// Runs all pipelines of a plan at once, on the same compute threads, and tells an observer how they
// get on.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/run/flow_graph.h"
#include "engine/run/pipeline_run.h"
#include "engine/run/plan.h"
#include "engine/run/report.h"

namespace sluice {

/// Called on the thread that called Runner::run.
class RunObserver {
 public:
  RunObserver() = default;
  RunObserver(const RunObserver&) = delete;
  RunObserver& operator=(const RunObserver&) = delete;
  virtual ~RunObserver() = default;

  /// At every `RunSettings::progress_every`: each running pipeline since its start.
  virtual void on_progress(const std::vector<PipelineReport>& /*since_start*/) {}
  /// At every `RunSettings::report_every`: one pipeline since the last report.
  virtual void on_report(const PipelineReport& /*interval*/) {}
  /// A pipeline has done nothing for more than 10 s because it waits for somebody. Once per wait.
  virtual void on_waiting(const std::string& /*pipeline*/, const std::string& /*for_whom*/) {}
  /// A pipeline has ended; `total` covers all of it.
  virtual void on_end(const PipelineRun& /*run*/, const Outcome& /*outcome*/,
                      const PipelineReport& /*total*/) {}
};

struct RunSettings {
  std::chrono::nanoseconds report_every = std::chrono::seconds(10);
  std::chrono::nanoseconds progress_every{0};  ///< 0: never.
  std::chrono::nanoseconds timeout{0};         ///< 0: none. Else the run drains when it is over.
};

class Runner {
 public:
  /// `environment` and `observer` outlive it.
  Runner(Plan plan, const Environment& environment, RunObserver& observer,
         const RunSettings& settings);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner();

  /// Runs every pipeline to its end and returns their outcomes, in the plan's order. Once.
  std::vector<Outcome> run();

  /// Ends the sources; what is under way is delivered. From any thread, also before run().
  void drain();
  /// Gives up at once. From any thread.
  void abort();

 private:
  void start_pipeline(std::size_t number);
  void watch_over();
  std::vector<std::size_t> take_ended();
  void report_end(std::size_t number);
  void look_for_stalls();
  PipelineReport total_of(std::size_t number) const;
  Snapshot look_at(const PipelineRun& run) const;

  struct Slot;
  Plan plan_;
  const Environment& environment_;
  RunObserver& observer_;
  RunSettings settings_;
  FlowArena arena_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> ended_;
};

}  // namespace sluice
