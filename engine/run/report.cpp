#include "engine/run/report.h"

#include <algorithm>
#include <utility>

#include "engine/run/source_node.h"

namespace sluice {
namespace {

/// Above this a part counts as saturated: the rest is the scheduler's share.
constexpr double saturated = 0.8;

/// A source with a loader works in both halves; its time is mostly the loader's.
bool is_parallel(const Part& part, const PartMeter& meter, bool has_work_in_loader) {
  if (const auto* source = std::get_if<SourcePart>(&part)) {
    return source->has_loader && has_work_in_loader && !meter.has_thread.load();
  }
  return std::holds_alternative<TransformPart>(part) || std::holds_alternative<RewritePart>(part) ||
         std::holds_alternative<ParallelSinkPart>(part);
}

/// A source knows better than its gate.
std::int64_t blocked_ns(const PipelineRun& run, const Gate& gate) {
  for (const SourceNode* source : run.sources()) {
    if (&source->gate() == &gate) return source->blocked_ns();
  }
  return gate.blocked_ns();
}

double share(std::int64_t part_ns, double whole_seconds, unsigned threads) {
  if (whole_seconds <= 0) return 0;
  const double all_ns = whole_seconds * 1e9 * threads;
  return std::clamp(static_cast<double>(part_ns) / all_ns, 0.0, 1.0);
}

/// How much of the compute threads' time was used, 0..1.
struct ThreadUse {
  double pipeline = 0;  ///< By this pipeline.
  double all = 0;       ///< By every pipeline.
};

std::string thread_hint(const StageReport& stage, unsigned threads, const ThreadUse& use) {
  if (threads == 1 && use.pipeline >= saturated) return "uses its only thread";
  const std::string all_threads =
      threads == 1 ? "the only thread" : "all " + std::to_string(threads) + " threads";
  if (stage.parallel && stage.busy >= saturated) return "uses " + all_threads;
  if (use.pipeline >= saturated) return "the largest share of " + all_threads;
  return "other pipelines use " + all_threads + " as well";
}

std::string hint_for(const StageReport& stage, const PlannedStage& plan, unsigned threads,
                     const ThreadUse& use) {
  if (stage.busy < saturated && use.all < saturated) {
    return "no stage is saturated: the input is small, or threads wait for disk";
  }
  if (stage.parallel || stage.busy < saturated) return thread_hint(stage, threads, use);
  if (plan.type->role == Role::source) {
    return plan.meters.front()->has_thread.load() ? "waits for whoever writes its input"
                                                  : "reads one compressed stream at a time";
  }
  if (plan.type->role == Role::sink) return "what it writes to takes no more";
  if (plan.type->role == Role::duplex) return "its peer takes and gives no more";
  const bool waits = std::any_of(plan.meters.begin(), plan.meters.end(),
                                 [](const auto& meter) { return meter->has_thread.load(); });
  return waits ? "holds data back, as it was told to" : "runs on one thread, in order";
}

/// By stage: nobody waits for it, since what it has no room for is dropped on the way.
std::vector<bool> best_effort(const PlannedPipeline& plan) {
  std::vector<bool> is(plan.stages.size(), false);
  for (const std::size_t number : plan.order) {
    const PlannedStage& stage = plan.stages[number];
    is[number] = stage.when_full != WhenFull::block ||
                 (!stage.inputs.empty() &&
                  std::all_of(stage.inputs.begin(), stage.inputs.end(),
                              [&](PlannedStage::Input input) { return is[input.stage]; }));
  }
  return is;
}

Bottleneck find_bottleneck(const PipelineReport& report, const PlannedPipeline& plan,
                           unsigned threads, const ThreadUse& use) {
  Bottleneck result;
  const std::vector<bool> awaited_by_none = best_effort(plan);
  const auto rank = [&](const StageReport& stage) {
    const auto number = static_cast<std::size_t>(&stage - report.stages.data());
    return stage.parallel || awaited_by_none[number] ? -1.0 : stage.busy;
  };
  const auto serial = std::max_element(
      report.stages.begin(), report.stages.end(),
      [&](const StageReport& a, const StageReport& b) { return rank(a) < rank(b); });
  const auto weight = [&](const StageReport& stage) {
    const auto number = static_cast<std::size_t>(&stage - report.stages.data());
    return awaited_by_none[number] ? -1.0 : stage.cpu_seconds;
  };
  const auto heaviest = std::max_element(
      report.stages.begin(), report.stages.end(),
      [&](const StageReport& a, const StageReport& b) { return weight(a) < weight(b); });
  if (serial == report.stages.end()) return result;
  // A saturated serial stage holds up everybody, however much work the others do.
  const auto chosen = rank(*serial) >= saturated ? serial : heaviest;
  const auto number = static_cast<std::size_t>(chosen - report.stages.begin());
  result.stage = chosen->id;
  result.busy = chosen->busy;
  result.hint = hint_for(*chosen, plan.stages[number], threads, use);
  return result;
}

bool absorbs(const Part& part) {
  const auto* transform = std::get_if<TransformPart>(&part);
  return transform != nullptr && transform->absorbs;
}

/// Finds a place for every record of a transform that did not come out. What a sink has not written
/// is still in it, or lost with a run that failed; it filters nothing.
void balance(StageReport& stage, const PlannedStage& plan) {
  if (plan.type->role != Role::transform) return;
  const bool makes_results = std::any_of(plan.parts.begin(), plan.parts.end(), absorbs);
  const std::uint64_t accounted = (makes_results ? stage.filtered : stage.records_out) +
                                  stage.rejected + stage.dead_lettered + stage.discarded +
                                  stage.dropped;
  const std::uint64_t rest = stage.records_in - std::min(stage.records_in, accounted);
  (makes_results ? stage.aggregated : stage.filtered) = rest;
}

StageReport report_stage(const PlannedStage& plan, unsigned threads, double seconds,
                         const Snapshot::Stage& from, const Snapshot::Stage& to) {
  StageReport stage;
  stage.id = plan.id;
  stage.type = std::string(name_of(plan.type->role)) + "/" + plan.type->name;
  stage.rejected = to.rejected - from.rejected;
  stage.kept_bad = to.kept_bad - from.kept_bad;
  stage.dead_lettered = to.dead_lettered - from.dead_lettered;
  stage.filtered = to.left_out - from.left_out;  // Of a stage that takes others into results.
  for (std::size_t i = 0; i < to.parts.size(); ++i) {
    const std::int64_t busy_ns = to.parts[i].busy_ns - from.parts[i].busy_ns;
    const bool loads = to.parts[i].records_out > 0 || to.parts[i].bytes_out > 0;
    const bool parallel = is_parallel(plan.parts[i], *plan.meters[i], loads);
    const double busy = share(busy_ns, seconds, parallel ? threads : 1);
    if (busy >= stage.busy) {
      stage.busy = busy;
      stage.parallel = parallel;
    }
    stage.cpu_seconds += static_cast<double>(busy_ns) / 1e9;
    stage.discarded += to.parts[i].discarded - from.parts[i].discarded;
  }
  const Snapshot::Part &first = to.parts.front(), &first_before = from.parts.front();
  const Snapshot::Part &last = to.parts.back(), &last_before = from.parts.back();
  stage.records_in = first.records_in - first_before.records_in;
  stage.bytes_in = first.bytes_in - first_before.bytes_in;
  stage.records_out = last.records_out - last_before.records_out;
  stage.bytes_out = last.bytes_out - last_before.bytes_out;
  if (plan.type->role == Role::source) {
    stage.records_in = stage.records_out + stage.rejected;
    stage.bytes_in = stage.bytes_out;
    stage.records_out -= std::min(stage.records_out, stage.discarded);  // Beyond the limit.
  }
  stage.dropped = to.dropped - from.dropped;
  stage.records_in += stage.dropped;
  stage.bytes_in += to.dropped_bytes - from.dropped_bytes;
  // A transform counts what it sends to its named outputs as well.
  if (std::holds_alternative<TransformPart>(plan.parts[plan.parts.size() - 1])) {
    stage.records_out -= std::min(stage.records_out, stage.dead_lettered);
  }
  balance(stage, plan);
  stage.blocked = std::min(share(to.blocked_ns - from.blocked_ns, seconds, 1), 1 - stage.busy);
  stage.paused = std::min(share(to.paused_ns - from.paused_ns, seconds, 1),
                          std::max(0.0, 1 - stage.busy - stage.blocked));
  stage.wait_in = std::max(0.0, 1 - stage.busy - stage.blocked - stage.paused);
  const DurationHistogram& latency = plan.meters.front()->latency;
  stage.p50_ns = latency.quantile(0.50);
  stage.p99_ns = latency.quantile(0.99);
  return stage;
}

}  // namespace

std::uint64_t PipelineReport::rejected() const {
  std::uint64_t sum = 0;
  for (const StageReport& stage : stages) sum += stage.rejected + stage.kept_bad;
  return sum;
}

std::int64_t compute_ns(const PipelineRun& run) {
  std::int64_t sum = 0;
  for (const PlannedStage& stage : run.plan().stages) {
    for (const auto& meter : stage.meters) {
      if (!meter->has_thread.load()) sum += meter->busy_ns.load();
    }
  }
  return sum;
}

Snapshot take_snapshot(const PipelineRun& run, std::int64_t now_ns, std::int64_t all_compute_ns) {
  Snapshot snapshot;
  snapshot.at_ns = now_ns;
  snapshot.compute_ns = compute_ns(run);
  snapshot.all_compute_ns = all_compute_ns;
  for (const PlannedStage& plan : run.plan().stages) {
    Snapshot::Stage stage;
    stage.rejected = plan.context->count(BadRecord::rejected);
    stage.kept_bad = plan.context->count(BadRecord::kept);
    stage.dead_lettered = plan.context->count(BadRecord::dead_lettered);
    stage.left_out = plan.context->left_out();
    if (plan.dropped) {
      stage.dropped = plan.dropped->records.load();
      stage.dropped_bytes = plan.dropped->bytes.load();
    }
    for (const auto& meter : plan.meters) {
      stage.parts.push_back({meter->records_in.load(), meter->records_out.load(),
                             meter->bytes_in.load(), meter->bytes_out.load(),
                             meter->records_discarded.load(), meter->busy_ns.load()});
    }
    for (const auto& gate : run.gates()) {
      if (gate->name() == plan.id) stage.blocked_ns += blocked_ns(run, *gate);
    }
    for (const SourceNode* source : run.sources()) {
      if (source->name() == plan.id) stage.paused_ns += source->paused_ns();
    }
    snapshot.stages.push_back(std::move(stage));
  }
  return snapshot;
}

PipelineReport make_report(const PipelineRun& run, unsigned threads, const Snapshot& from,
                           const Snapshot& to) {
  PipelineReport report;
  const PlannedPipeline& plan = run.plan();
  report.name = plan.name;
  report.seconds = static_cast<double>(to.at_ns - from.at_ns) / 1e9;
  for (std::size_t i = 0; i < plan.stages.size(); ++i) {
    report.stages.push_back(
        report_stage(plan.stages[i], threads, report.seconds, from.stages[i], to.stages[i]));
  }
  for (const auto& gate : run.gates()) {
    report.gates.push_back({gate->name(), gate->tokens(), gate->outstanding(), gate->peak()});
  }
  for (const SourceNode* source : run.sources()) {
    const Source::Progress progress = source->progress();
    report.input_total_bytes += progress.total_bytes;
    report.input_read_bytes += progress.read_bytes;
  }
  const ThreadUse use{
      share(to.compute_ns - from.compute_ns, report.seconds, threads),
      share(to.all_compute_ns - from.all_compute_ns, report.seconds, threads),
  };
  report.bottleneck = find_bottleneck(report, plan, threads, use);
  return report;
}

std::map<std::string, std::map<std::string, Incidents::Entry, std::less<>>> incidents_of(
    const PipelineRun& run) {
  std::map<std::string, std::map<std::string, Incidents::Entry, std::less<>>> all;
  for (const PlannedStage& stage : run.plan().stages) {
    auto entries = stage.context->incidents().all();
    if (!entries.empty()) all.emplace(stage.id, std::move(entries));
  }
  return all;
}

}  // namespace sluice
