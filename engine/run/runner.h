// Runs all pipelines of a plan at once, on the same compute threads, and tells an observer how they
// get on.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
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
  /// The run's time is over (RunSettings::timeout): the pipeline reads no more and delivers what
  /// is `under_way`.
  virtual void on_timeout(const std::string& /*pipeline*/, const std::string& /*under_way*/) {}
  /// A pipeline did not deliver what was under way within Plan::shutdown_timeout and is given up.
  virtual void on_shutdown_timeout(const std::string& /*pipeline*/,
                                   const std::string& /*under_way*/) {}
  /// A pipeline failed and will run again; `on_end` is not called for this attempt.
  struct Restart {
    std::string pipeline;
    Error cause;
    std::uint64_t number = 1;               ///< Of this restart, in a row.
    std::optional<std::uint64_t> attempts;  ///< How many there may be.
    Duration wait;
  };
  virtual void on_restart(const Restart& /*restart*/) {}
  /// A pipeline has ended for good; `total` covers all of its last attempt.
  virtual void on_end(const PipelineRun& /*run*/, const Outcome& /*outcome*/,
                      const PipelineReport& /*total*/) {}
};

struct RunSettings {
  std::chrono::nanoseconds report_every = std::chrono::seconds(10);
  std::chrono::nanoseconds progress_every{0};  ///< 0: never.
  std::chrono::nanoseconds timeout{0};         ///< 0: none. Else the run drains when it is over.
  /// Plans the pipeline of that name anew, for a restart; null: no pipeline is restarted. Called on
  /// the thread that called Runner::run.
  std::function<Result<PlannedPipeline>(const std::string&)> plan_again;
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

  /// Ends the sources; what is under way is delivered, and given up if that takes longer than
  /// Plan::shutdown_timeout. No pipeline runs again. From any thread, also before run().
  void drain();
  /// Gives up at once. From any thread.
  void abort();

  /// The source of that id in that pipeline reads no more, or reads again (PipelineRun::pause); a
  /// restart resumes it. From any thread.
  PipelineRun::Pausing pause(std::string_view pipeline, std::string_view source);
  PipelineRun::Pausing resume(std::string_view pipeline, std::string_view source);
  struct SourceState {
    std::string pipeline;
    std::string source;
    std::string_view state;  ///< "reading", "paused" or "ended".
  };
  /// Of every source of every pipeline. From any thread.
  std::vector<SourceState> source_states();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// `opens`: its stages are to be opened first, which may take a while.
  void start_pipeline(std::size_t number, bool opens);
  void watch_over();
  /// Sleeps until something has happened or `wake`, and deals with attempts that ended and waits
  /// that are over.
  void await_change(TimePoint wake);
  std::vector<std::size_t> take_ended();
  void end_attempt(std::size_t number);
  void restart(std::size_t number);
  /// Puts `pipeline` in the place of the attempt before; false if nothing runs again any more.
  bool replace_run(std::size_t number, PlannedPipeline pipeline);
  TimePoint next_restart() const;
  bool is_draining();
  void end_waits();
  void end_by_timeout();
  void give_up_drain();
  void report_progress();
  void report_interval();
  void report_end(std::size_t number);
  void look_for_stalls();
  PipelineReport total_of(std::size_t number) const;
  Snapshot look_at(const PipelineRun& run) const;
  PipelineRun::Pausing for_pipeline(
      std::string_view pipeline, const std::function<PipelineRun::Pausing(PipelineRun&)>& action);

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
  bool draining_ = false;
  /// When a drain has taken too long. Of the thread that runs run().
  TimePoint give_up_at_ = TimePoint::max();
};

}  // namespace sluice
