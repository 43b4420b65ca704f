// What a run did, in numbers a person can act on: rates per stage, where the time went, the
// bottleneck, and whether the books balance.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/run/pipeline_run.h"
#include "engine/stage/stage_context.h"

namespace sluice {

/// One stage over some stretch of time. What a duplex takes and what it gives are different
/// records: in and out of it need not be equal.
struct StageReport {
  std::string id;
  std::string type;  ///< "transform/filter"
  std::uint64_t records_in = 0;
  std::uint64_t records_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t filtered = 0;       ///< Of a transform: in minus all that is named here.
  std::uint64_t rejected = 0;       ///< Bad records that went nowhere.
  std::uint64_t kept_bad = 0;       ///< Bad records that went on; they are in records_out as well.
  std::uint64_t dead_lettered = 0;  ///< Bad records that went to the output `errors`.
  std::uint64_t aggregated = 0;     ///< Became part of a result.
  std::uint64_t discarded = 0;  ///< Came when nobody below wanted more, or the limit was reached.
  std::uint64_t dropped = 0;    ///< In front of it (`when_full`); they are in records_in as well.
  /// Share of the time its busiest part worked, 0..1; of all compute threads' time if `parallel`.
  double busy = 0;
  double blocked = 0;  ///< Share of the time it waited for a token.
  double paused = 0;   ///< Of a source: share of the time it was told to pause.
  double wait_in = 0;  ///< The rest: it waited for input.
  bool parallel = false;
  std::int64_t p50_ns = 0;  ///< Latency of one batch in the stage.
  std::int64_t p99_ns = 0;
  double cpu_seconds = 0;  ///< Time its parts worked, over all threads.
};

struct GateReport {
  std::string stage;
  std::size_t tokens = 0;
  std::size_t outstanding = 0;
  std::size_t peak = 0;
};

/// The stage the others wait for.
struct Bottleneck {
  std::string stage;  ///< Empty: nothing ran.
  double busy = 0;
  std::string hint;  ///< What would help.
};

struct PipelineReport {
  std::string name;
  double seconds = 0;
  std::vector<StageReport> stages;
  std::vector<GateReport> gates;
  Bottleneck bottleneck;
  std::uint64_t input_total_bytes = 0;  ///< As stored; 0: unknown.
  std::uint64_t input_read_bytes = 0;
  /// Bad records of all stages that nobody took care of, rejected or kept.
  std::uint64_t rejected() const;
};

/// Time that the parts of `run` worked on the compute threads; not those with a thread of their
/// own, whose time is mostly spent waiting.
std::int64_t compute_ns(const PipelineRun& run);

/// Counters at one moment; two of them make a report of the time between.
struct Snapshot {
  struct Part {
    std::uint64_t records_in = 0, records_out = 0, bytes_in = 0, bytes_out = 0, discarded = 0;
    std::int64_t busy_ns = 0;
  };
  struct Stage {
    std::vector<Part> parts;
    std::uint64_t rejected = 0, kept_bad = 0, dead_lettered = 0, left_out = 0;
    std::uint64_t dropped = 0, dropped_bytes = 0;
    std::int64_t blocked_ns = 0;
    std::int64_t paused_ns = 0;
  };
  std::int64_t at_ns = 0;
  std::int64_t compute_ns = 0;      ///< Of this pipeline.
  std::int64_t all_compute_ns = 0;  ///< Of every pipeline on the same threads.
  std::vector<Stage> stages;
};

Snapshot take_snapshot(const PipelineRun& run, std::int64_t now_ns, std::int64_t all_compute_ns);

/// REQUIRES: both are of `run`, `from` no later than `to`.
PipelineReport make_report(const PipelineRun& run, unsigned threads, const Snapshot& from,
                           const Snapshot& to);

/// A stage's incidents (truncated lines, damaged input, ...), by stage id and reason.
std::map<std::string, std::map<std::string, Incidents::Entry, std::less<>>> incidents_of(
    const PipelineRun& run);

}  // namespace sluice
