// The transform `throttle`: lets no more than so much pass in a second.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/rate_limit.h"

namespace sluice {
namespace {

struct Options {
  std::optional<ByteSize> bytes_per_second;
  std::optional<std::uint64_t> records_per_second;
  Duration burst;
};

std::optional<RateLimit> limit_of(std::optional<std::uint64_t> per_second, Duration burst) {
  if (!per_second) return std::nullopt;
  return RateLimit(*per_second, burst.value.count());
}

class Throttle final : public Observer {
 public:
  Throttle(const Options& options, const Clock& clock)
      : clock_(clock),
        bytes_(limit_of(options.bytes_per_second ? std::optional(options.bytes_per_second->bytes)
                                                 : std::nullopt,
                        options.burst)),
        records_(limit_of(options.records_per_second, options.burst)) {}

  bool may_block() const override { return true; }

  Status observe(const Batch& batch) override {
    std::unique_lock lock(mutex_);
    for (std::int64_t left_ns = wait_ns(); left_ns > 0 && !stopped_; left_ns = wait_ns()) {
      changed_.wait_for(lock, std::chrono::nanoseconds(std::min(left_ns, longest_wait_ns)));
    }
    const std::int64_t now_ns = clock_.steady_ns();
    if (bytes_) bytes_->pass(batch.byte_count(), now_ns);
    if (records_) records_->pass(batch.record_count(), now_ns);
    return Done{};
  }

  void stop() noexcept override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }

 private:
  /// A wait ends somewhere in the range of what condition variables can add to the time of day.
  static constexpr std::int64_t longest_wait_ns = 3'600'000'000'000;

  std::int64_t wait_ns() {
    const std::int64_t now_ns = clock_.steady_ns();
    return std::max(bytes_ ? bytes_->wait_ns(now_ns) : 0, records_ ? records_->wait_ns(now_ns) : 0);
  }

  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<RateLimit> bytes_;
  std::optional<RateLimit> records_;
  bool stopped_ = false;
};

void check(const Options& options, const OptionErrors& errors) {
  if (options.bytes_per_second || options.records_per_second) return;
  errors.add("bytes_per_second", "option.missing",
             "transform 'throttle' needs 'bytes_per_second' or 'records_per_second'",
             "as in `bytes_per_second: 10MiB`");
}

std::string note_of(const Options& options) {
  std::string text = "lets pass ";
  if (options.bytes_per_second) text += print(*options.bytes_per_second);
  if (options.bytes_per_second && options.records_per_second) text += " and ";
  if (options.records_per_second) text += std::to_string(*options.records_per_second) + " records";
  return text + " a second";
}

Result<Parts> make(const Options& options, StageContext& context, const StagePlace& place) {
  if (options.records_per_second && place.input_type == EdgeType::bytes) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = "what passes here is bytes, not records: set `bytes_per_second` alone";
    return error;
  }
  Parts parts;
  parts.add(ObserverPart{std::make_unique<Throttle>(options, context.clock()), {note_of(options)}});
  return parts;
}

}  // namespace

void register_throttle(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "throttle", "Lets no more than so much pass in a second.")
          .main("bytes_per_second")
          .input(EdgeType::any)
          .output(EdgeType::same)
          .option("bytes_per_second", &Options::bytes_per_second,
                  "So many bytes of the records' texts.", between<ByteSize>(1_B, 1024_GiB))
          .option("records_per_second", &Options::records_per_second, "So many records.",
                  between<std::uint64_t>(1, 1'000'000'000'000))
          .option("burst", &Options::burst,
                  "When less than that has passed for a while, what was left over in so much of "
                  "the time may pass at once.",
                  between<Duration>({}, {std::chrono::hours(24)}))
          .details(
              "What is above waits for it in the end, down to the source. Everything goes on in "
              "order, a batch at a time: a buffer full of data passes at once, and the next one "
              "when the time for it is over. With smaller buffers (`engine.buffer`) the flow is "
              "more even.\n"
              "\n"
              "The stage waits on a thread of its own, and holds up no other branch as long as "
              "there are buffers left. A run that is asked to stop still delivers what was read at "
              "this pace; asked a second time it ends at once.")
          .example("- transform: throttle\n"
                   "  bytes_per_second: 10MiB\n")
          .check(check)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
