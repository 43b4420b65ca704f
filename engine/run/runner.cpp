#include "engine/run/runner.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "engine/run/restart_schedule.h"
#include "engine/run/source_node.h"

namespace sluice {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds look_every{5};
/// Two looks without a sign of life: what has waited that long is said.
constexpr unsigned quiet_looks = 2;

/// A deadline that comes round.
class Alarm {
 public:
  explicit Alarm(std::chrono::nanoseconds every)
      : every_(every),
        next_(every.count() > 0 ? steady_clock::now() + every : steady_clock::time_point::max()) {}
  steady_clock::time_point next() const { return next_; }
  bool rings(steady_clock::time_point now) {
    if (now < next_) return false;
    next_ = now + every_;
    return true;
  }

 private:
  std::chrono::nanoseconds every_;
  steady_clock::time_point next_;
};

}  // namespace

/// A pipeline and the thread that sees it through. That thread sleeps most of the time.
struct Runner::Slot {
  std::unique_ptr<PipelineRun> run;
  Snapshot start;
  Snapshot last_report;
  Outcome outcome;
  bool ended = false;  ///< For good.
  unsigned quiet = 0;
  steady_clock::time_point started;
  std::optional<RestartSchedule> restarts;
  std::optional<steady_clock::time_point> restart_at;  ///< It waits to run again.
  std::thread thread;

  bool is_running() const noexcept { return !ended && !restart_at; }
};

Runner::Runner(Plan plan, const Environment& environment, RunObserver& observer,
               const RunSettings& settings)
    : plan_(std::move(plan)),
      environment_(environment),
      observer_(observer),
      settings_(settings),
      arena_(plan_.threads) {
  for (PlannedPipeline& pipeline : plan_.pipelines) {
    auto slot = std::make_unique<Slot>();
    if (pipeline.restart && settings_.plan_again) slot->restarts.emplace(*pipeline.restart);
    slot->run = std::make_unique<PipelineRun>(pipeline, environment_, arena_);
    slots_.push_back(std::move(slot));
  }
}

Runner::~Runner() {
  for (const auto& slot : slots_) {
    if (slot->thread.joinable()) slot->thread.join();
  }
}

std::vector<Outcome> Runner::run() {
  // Every source before any sink, so that no sink of one pipeline takes a file another one reads.
  for (const auto& slot : slots_) slot->run->open_sources();
  for (const auto& slot : slots_) slot->run->open_sinks();
  for (std::size_t number = 0; number < slots_.size(); ++number) {
    start_pipeline(number, /*opens=*/false);
  }
  watch_over();
  std::vector<Outcome> outcomes;
  for (const auto& slot : slots_) outcomes.push_back(slot->outcome);
  return outcomes;
}

void Runner::start_pipeline(std::size_t number, bool opens) {
  Slot& slot = *slots_[number];
  slot.start = look_at(*slot.run);
  slot.last_report = slot.start;
  slot.started = steady_clock::now();
  slot.thread = std::thread([this, number, opens] {
    Slot& mine = *slots_[number];
    if (opens) mine.run->open_sources();
    if (opens) mine.run->open_sinks();
    mine.outcome = mine.run->run();
    const std::lock_guard lock(mutex_);
    ended_.push_back(number);
    changed_.notify_one();
  });
}

void Runner::watch_over() {
  Alarm report(settings_.report_every);
  Alarm progress(settings_.progress_every);
  Alarm timeout(settings_.timeout);
  Alarm look(look_every);
  const auto has_ended = [](const auto& slot) { return slot->ended; };
  while (!std::all_of(slots_.begin(), slots_.end(), has_ended)) {
    await_change(std::min({report.next(), progress.next(), timeout.next(), look.next()}));
    const auto now = steady_clock::now();
    if (timeout.rings(now)) end_by_timeout();
    if (look.rings(now)) look_for_stalls();
    if (progress.rings(now)) report_progress();
    if (report.rings(now)) report_interval();
  }
}

void Runner::await_change(TimePoint wake) {
  const bool knows_of_drain = give_up_at_ != TimePoint::max();
  wake = std::min({wake, next_restart(), knows_of_drain ? give_up_at_ : wake});
  {
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, wake,
                        [&] { return !ended_.empty() || (draining_ && !knows_of_drain); });
  }
  for (const std::size_t number : take_ended()) {
    slots_[number]->thread.join();
    end_attempt(number);
  }
  const auto now = steady_clock::now();
  if (is_draining()) {
    if (!knows_of_drain) give_up_at_ = now + plan_.shutdown_timeout.value;
    end_waits();
    if (now >= give_up_at_) give_up_drain();
  }
  for (std::size_t number = 0; number < slots_.size(); ++number) {
    const auto at = slots_[number]->restart_at;
    if (at && now >= *at) restart(number);
  }
}

std::vector<std::size_t> Runner::take_ended() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ended_, {});
}

void Runner::end_attempt(std::size_t number) {
  Slot& slot = *slots_[number];
  const std::optional<Error>& cause = slot.outcome.error;
  // A config that is wrong in this place is so the next time as well.
  const bool may_restart = slot.restarts && cause && cause->code != ErrorCode::bad_config;
  if (may_restart && !is_draining()) {
    const auto now = steady_clock::now();
    if (const auto wait = slot.restarts->next(now - slot.started)) {
      slot.restart_at = now + *wait;
      observer_.on_restart({slot.run->plan().name, *cause, slot.restarts->restarts(),
                            slot.restarts->spec().attempts, Duration{*wait}});
      return;
    }
  }
  report_end(number);
}

void Runner::restart(std::size_t number) {
  Slot& slot = *slots_[number];
  slot.restart_at.reset();
  slot.quiet = 0;
  Result<PlannedPipeline> pipeline = settings_.plan_again(slot.run->plan().name);
  if (!pipeline) {
    slot.started = steady_clock::now();
    slot.outcome.error = std::move(pipeline).error();
    slot.outcome.error->pipeline = slot.run->plan().name;
    end_attempt(number);
    return;
  }
  if (!replace_run(number, std::move(pipeline).value())) {
    report_end(number);
    return;
  }
  start_pipeline(number, /*opens=*/true);
}

bool Runner::replace_run(std::size_t number, PlannedPipeline pipeline) {
  Slot& slot = *slots_[number];
  // Against drain() and abort(), which must reach the new run or find that there is none.
  const std::lock_guard lock(mutex_);
  if (draining_) return false;
  slot.run.reset();
  plan_.pipelines[number] = std::move(pipeline);
  slot.run = std::make_unique<PipelineRun>(plan_.pipelines[number], environment_, arena_);
  return true;
}

Runner::TimePoint Runner::next_restart() const {
  TimePoint next = TimePoint::max();
  for (const auto& slot : slots_) next = std::min(next, slot->restart_at.value_or(next));
  return next;
}

bool Runner::is_draining() {
  const std::lock_guard lock(mutex_);
  return draining_;
}

void Runner::end_waits() {
  for (std::size_t number = 0; number < slots_.size(); ++number) {
    if (!slots_[number]->restart_at) continue;
    slots_[number]->restart_at.reset();
    report_end(number);
  }
}

void Runner::end_by_timeout() {
  for (const auto& slot : slots_) {
    if (slot->is_running()) observer_.on_timeout(slot->run->plan().name, slot->run->under_way());
  }
  drain();
}

void Runner::give_up_drain() {
  for (const auto& slot : slots_) {
    if (!slot->is_running()) continue;
    observer_.on_shutdown_timeout(slot->run->plan().name, slot->run->under_way());
    slot->run->abort();
  }
  give_up_at_ = TimePoint::max() - std::chrono::nanoseconds(1);  // Once.
}

void Runner::report_progress() {
  std::vector<PipelineReport> reports;
  for (std::size_t number = 0; number < slots_.size(); ++number) {
    if (slots_[number]->is_running()) reports.push_back(total_of(number));
  }
  if (!reports.empty()) observer_.on_progress(reports);
}

void Runner::report_interval() {
  for (const auto& slot : slots_) {
    if (!slot->is_running()) continue;
    Snapshot snapshot = look_at(*slot->run);
    observer_.on_report(make_report(*slot->run, plan_.threads, slot->last_report, snapshot));
    slot->last_report = std::move(snapshot);
  }
}

void Runner::report_end(std::size_t number) {
  Slot& slot = *slots_[number];
  slot.ended = true;
  observer_.on_end(*slot.run, slot.outcome, total_of(number));
}

void Runner::look_for_stalls() {
  for (const auto& slot : slots_) {
    if (!slot->is_running()) continue;
    const std::string waits_for = slot->run->watch();
    slot->quiet = waits_for.empty() ? 0 : slot->quiet + 1;
    if (slot->quiet == quiet_looks) observer_.on_waiting(slot->run->plan().name, waits_for);
  }
}

PipelineReport Runner::total_of(std::size_t number) const {
  const Slot& slot = *slots_[number];
  return make_report(*slot.run, plan_.threads, slot.start, look_at(*slot.run));
}

Snapshot Runner::look_at(const PipelineRun& run) const {
  std::int64_t all_compute_ns = 0;
  for (const auto& slot : slots_) all_compute_ns += compute_ns(*slot->run);
  return take_snapshot(run, environment_.clock.steady_ns(), all_compute_ns);
}

void Runner::drain() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (const auto& slot : slots_) slot->run->drain();
  changed_.notify_one();
}

PipelineRun::Pausing Runner::for_pipeline(
    std::string_view pipeline, const std::function<PipelineRun::Pausing(PipelineRun&)>& action) {
  const std::lock_guard lock(mutex_);
  for (const auto& slot : slots_) {
    if (slot->run->plan().name == pipeline) return action(*slot->run);
  }
  return PipelineRun::Pausing::no_such_source;
}

PipelineRun::Pausing Runner::pause(std::string_view pipeline, std::string_view source) {
  return for_pipeline(pipeline, [&](PipelineRun& run) { return run.pause(source); });
}

PipelineRun::Pausing Runner::resume(std::string_view pipeline, std::string_view source) {
  return for_pipeline(pipeline, [&](PipelineRun& run) { return run.resume(source); });
}

std::vector<Runner::SourceState> Runner::source_states() {
  const std::lock_guard lock(mutex_);
  std::vector<SourceState> states;
  for (const auto& slot : slots_) {
    for (const SourceNode* source : slot->run->sources()) {
      const std::string_view open = source->paused() ? "paused" : "reading";
      states.push_back({slot->run->plan().name, source->name(), source->ended() ? "ended" : open});
    }
  }
  return states;
}

void Runner::abort() {
  const std::lock_guard lock(mutex_);
  draining_ = true;
  for (const auto& slot : slots_) slot->run->abort();
  changed_.notify_one();
}

}  // namespace sluice
