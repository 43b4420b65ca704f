// What a run says while it goes on: metrics, progress, incidents, the books.
#pragma once

#include <string>
#include <vector>

#include "engine/base/log.h"
#include "engine/run/runner.h"

namespace sluice {

/// Writes a run's reports to a log. One thread at a time: the one that runs Runner::run.
class RunLog final : public RunObserver {
 public:
  /// `log` outlives it.
  explicit RunLog(Log& log) noexcept : log_(log) {}

  void on_progress(const std::vector<PipelineReport>& since_start) override;
  void on_report(const PipelineReport& interval) override;
  void on_waiting(const std::string& pipeline, const std::string& for_whom) override;
  void on_timeout(const std::string& pipeline, const std::string& under_way) override;
  void on_shutdown_timeout(const std::string& pipeline, const std::string& under_way) override;
  void on_restart(const Restart& restart) override;
  void on_end(const PipelineRun& run, const Outcome& outcome, const PipelineReport& total) override;

 private:
  void write_stages(const PipelineReport& report);
  void write_bottleneck(const PipelineReport& report);
  void write_books(const PipelineReport& report);
  void write_findings(const PipelineRun& run);
  void write_incidents(const PipelineRun& run);
  void write_bad_records(const PipelineRun& run);
  void write_dropped(const PipelineReport& total);
  void write_outcome(const Outcome& outcome, const PipelineReport& total);

  Log& log_;
};

/// "errors 45%, 310MB/s, 1.2M records/s, about 12 s left" of each running pipeline.
std::string progress_text(const std::vector<PipelineReport>& since_start);

}  // namespace sluice
