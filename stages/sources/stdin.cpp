// The source `stdin`: the records of standard input.
#include <sys/stat.h>

#include <chrono>
#include <memory>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/file_reading.h"
#include "stages/support/input_options.h"

namespace sluice {
namespace {

struct StdinOptions : InputOptions {
  StdinOptions() noexcept { framing = Framing::automatic; }
  Duration linger = default_linger;
};

class StdinSource final : public Source {
 public:
  StdinSource(const StdinOptions& options, StageContext& context)
      : reading_(options, options.linger, context) {}

  Status open(StageContext& /*context*/) override {
    const Result<struct stat> status = reading_.examine("-");
    if (!status) return status.error();
    is_regular_ = S_ISREG(status.value().st_mode);
    if (is_regular_) total_bytes_ = static_cast<std::uint64_t>(status.value().st_size);
    return reading_.prepare();
  }

  bool may_block() const override { return !is_regular_; }

  Result<Next> read(Batch& batch) override {
    if (input_ == nullptr) {
      Result<std::unique_ptr<Input>> input = reading_.open("-");
      if (!input) return std::move(input).error();
      input_ = std::move(input).value();
    }
    return input_->read(batch);
  }

  std::unique_ptr<Loader> make_loader() override { return reading_.make_loader(); }
  void stop() noexcept override { reading_.stop(); }
  Progress progress() const override { return {total_bytes_, reading_.read_bytes()}; }

 private:
  FileReading reading_;
  std::uint64_t total_bytes_ = 0;
  bool is_regular_ = false;
  std::unique_ptr<Input> input_;
};

Result<Parts> make_stdin(const StdinOptions& given, StageContext& context,
                         const StagePlace& place) {
  const StdinOptions options = resolved(given, place);
  Parts parts;
  parts.add(SourcePart{std::make_unique<StdinSource>(options, context), longest_record(options),
                       /*has_loader=*/true, usual_batch(options)});
  return parts;
}

}  // namespace

void register_stdin(Registry& registry) {
  Declare<StdinOptions> type(Role::source, "stdin", "Reads standard input.");
  type.details(
          "From a pipe, a socket or a terminal, records are sent on as soon as a buffer is full, "
          "or "
          "when they have waited for `linger`; sinks then pass on what they hold back, so that "
          "`tail -f access.log | sluice ...` shows each line at once. A line that is not complete "
          "waits for its end. Redirected from a file, standard input is read as the source `file` "
          "does, from its current position on.")
      .example(
          "- source: stdin\n"
          "  max_record: 64KiB\n"
          "  oversize: drop\n")
      .option("linger", &StdinOptions::linger,
              "How long lines from a pipe may wait for more to go with them.",
              between(Duration{}, Duration{std::chrono::seconds(10)}));
  declare_input_options(type).make_in_place(make_stdin);
  registry.add(type.done());
}

}  // namespace sluice
