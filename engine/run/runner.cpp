#include "engine/run/runner.h"

#include <algorithm>
#include <thread>
#include <utility>

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
  bool ended = false;
  unsigned quiet = 0;
  std::thread thread;
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
  for (std::size_t number = 0; number < slots_.size(); ++number) start_pipeline(number);
  watch_over();
  std::vector<Outcome> outcomes;
  for (const auto& slot : slots_) outcomes.push_back(slot->outcome);
  return outcomes;
}

void Runner::start_pipeline(std::size_t number) {
  Slot& slot = *slots_[number];
  slot.start = look_at(*slot.run);
  slot.last_report = slot.start;
  slot.thread = std::thread([this, number] {
    Slot& mine = *slots_[number];
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
  std::size_t running = slots_.size();
  while (running > 0) {
    const auto wake = std::min({report.next(), progress.next(), timeout.next(), look.next()});
    {
      std::unique_lock lock(mutex_);
      changed_.wait_until(lock, wake, [this] { return !ended_.empty(); });
    }
    for (const std::size_t number : take_ended()) {
      slots_[number]->thread.join();
      report_end(number);
      --running;
    }
    const auto now = steady_clock::now();
    if (timeout.rings(now)) drain();
    if (look.rings(now)) look_for_stalls();
    if (running > 0 && progress.rings(now)) {
      std::vector<PipelineReport> reports;
      for (std::size_t number = 0; number < slots_.size(); ++number) {
        if (!slots_[number]->ended) reports.push_back(total_of(number));
      }
      observer_.on_progress(reports);
    }
    if (report.rings(now)) {
      for (const auto& slot : slots_) {
        if (slot->ended) continue;
        Snapshot snapshot = look_at(*slot->run);
        observer_.on_report(make_report(*slot->run, plan_.threads, slot->last_report, snapshot));
        slot->last_report = std::move(snapshot);
      }
    }
  }
}

std::vector<std::size_t> Runner::take_ended() {
  const std::lock_guard lock(mutex_);
  return std::exchange(ended_, {});
}

void Runner::report_end(std::size_t number) {
  Slot& slot = *slots_[number];
  slot.ended = true;
  observer_.on_end(*slot.run, slot.outcome, total_of(number));
}

void Runner::look_for_stalls() {
  for (const auto& slot : slots_) {
    if (slot->ended) continue;
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
  for (const auto& slot : slots_) slot->run->drain();
}

void Runner::abort() {
  for (const auto& slot : slots_) slot->run->abort();
}

}  // namespace sluice
