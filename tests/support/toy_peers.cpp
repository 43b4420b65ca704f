// The toy sink `peer` and the toy source `caller`: ends whose other side is slow, goes away and
// comes back, or is lost for good.
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/toy_stages.h"

namespace sluice::toy {
namespace {

/// The time that the other side is away; ended by stop(), for good. Thread-safe.
class Outage {
 public:
  explicit Outage(std::uint64_t us) : length_(us) {}
  /// False: stopped.
  bool wait() {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, length_, [&] { return stopped_; });
  }
  void stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::chrono::microseconds length_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

struct PeerOptions {
  std::string name;
  std::uint64_t away_every = 0;
  std::uint64_t away_us = 100;
  std::uint64_t gone_at = 0;
};

class PeerSink final : public Sink {
 public:
  explicit PeerSink(PeerOptions options)
      : options_(std::move(options)), outage_(options_.away_us) {}
  bool may_block() const override { return true; }
  Result<Next> write(const Batch& batch) override {
    std::vector<std::string> records = records_of(batch);
    ++writes_;
    if (writes_ == options_.gone_at) return lost(records);
    if (options_.away_every > 0 && writes_ % options_.away_every == 0) {
      // It goes away in the middle, and goes on from there when it is back.
      const auto middle = records.begin() + static_cast<std::ptrdiff_t>(records.size() / 2);
      Collected::instance().add(options_.name, {records.begin(), middle});
      records.erase(records.begin(), middle);
      if (!outage_.wait()) return lost(records);
    }
    Collected::instance().add(options_.name, std::move(records));
    return Next::again;
  }
  Status finish() override {
    Collected::instance().finish(options_.name, true);
    return Done{};
  }
  void abandon() noexcept override { Collected::instance().finish(options_.name, false); }
  void stop() noexcept override { outage_.stop(); }

 private:
  static Error lost(const std::vector<std::string>& records) {
    Error error;
    error.code = ErrorCode::io;
    error.message = "the peer is gone at " + (records.empty() ? "an end" : records.front());
    return error;
  }

  PeerOptions options_;
  Outage outage_;
  std::uint64_t writes_ = 0;
};

struct CallerOptions {
  std::uint64_t batches = 10;
  std::uint64_t seed = 1;
  std::uint64_t away_every = 0;
  std::uint64_t away_us = 100;
};

class CallerSource final : public Source {
 public:
  explicit CallerSource(CallerOptions options) : options_(options), outage_(options.away_us) {}
  bool may_block() const override { return true; }
  Result<Next> read(Batch& batch) override {
    if (next_ == options_.batches) return Next::finished;
    ++reads_;
    if (options_.away_every > 0 && reads_ % options_.away_every == 0) {
      return outage_.wait() ? Next::input : Next::finished;
    }
    fill(batch, source_records(options_.seed, next_++));
    batch.set_flush(reads_ % 2 == 0);
    return Next::again;
  }
  void stop() noexcept override { outage_.stop(); }

 private:
  CallerOptions options_;
  Outage outage_;
  std::uint64_t next_ = 0;
  std::uint64_t reads_ = 0;
};

}  // namespace

void register_toy_peers(Registry& registry) {
  registry.add(Declare<PeerOptions>(Role::sink, "peer", "Remembers records, when it is there.")
                   .required("name", &PeerOptions::name, "Under which name.")
                   .option("away_every", &PeerOptions::away_every, "In one write of so many.")
                   .option("away_us", &PeerOptions::away_us, "For so long.")
                   .option("gone_at", &PeerOptions::gone_at, "For good in this write; 0: never.")
                   .make([](const PeerOptions& options, StageContext&) -> Result<Parts> {
                     Parts parts;
                     parts.add(SinkPart{std::make_unique<PeerSink>(options)});
                     return parts;
                   })
                   .done());
  registry.add(Declare<CallerOptions>(Role::source, "caller", "A toy that is away at times.")
                   .option("batches", &CallerOptions::batches, "How many.")
                   .option("seed", &CallerOptions::seed, "What they are.")
                   .option("away_every", &CallerOptions::away_every, "In one read of so many.")
                   .option("away_us", &CallerOptions::away_us, "For so long.")
                   .make([](const CallerOptions& options, StageContext&) -> Result<Parts> {
                     Parts parts;
                     parts.add(SourcePart{std::make_unique<CallerSource>(options)});
                     return parts;
                   })
                   .done());
}

}  // namespace sluice::toy
