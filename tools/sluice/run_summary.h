// What a run did, as one JSON object: `sluice run --summary json`.
//
//   {"outcome": "done", "exit_status": 0, "pipelines": [
//     {"name": "p", "outcome": "done", "seconds": 1.234, "rejected": 0,
//      "stages": {"filter": {"type": "transform/filter", "records_in": 10, "records_out": 2,
//        "bytes_in": 810, "bytes_out": 162, "filtered": 8, "rejected": 0, "discarded": 0,
//        "busy": 0.7, "incidents": {"REASON": 3}}},
//      "bottleneck": {"stage": "filter", "busy": 0.7, "hint": "uses all 2 threads"}}]}
//
// A pipeline that failed has "error", the text that is logged, as well. The outcome of the run is
// that of its worst pipeline. Later versions add keys; they take none away.
#pragma once

#include <string>
#include <vector>

#include "engine/run/pipeline_run.h"
#include "engine/run/report.h"

namespace sluice {

/// Collects what the summary says. Not thread-safe.
class RunSummary {
 public:
  void add(const PipelineRun& run, const Outcome& outcome, const PipelineReport& total);

  /// The object on one line, with its end.
  std::string text(int exit_status) const;

 private:
  OutcomeKind worst_ = OutcomeKind::done;
  std::vector<std::string> pipelines_;  ///< Each one a JSON object.
};

}  // namespace sluice
