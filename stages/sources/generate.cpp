// The source `generate`: a made-up log, for trying things out and for measuring.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/access_log.h"
#include "stages/support/app_log.h"
#include "stages/support/system_log.h"

namespace sluice {

enum class LogSample : std::uint8_t { combined, json, syslog };

template <>
struct EnumNames<LogSample> {
  static constexpr std::array<std::pair<std::string_view, LogSample>, 3> names{
      {{"combined", LogSample::combined},
       {"json", LogSample::json},
       {"syslog", LogSample::syslog}}};
};

namespace {

struct GenerateOptions {
  std::uint64_t records = 10000;
  std::optional<ByteSize> size;
  std::uint64_t seed = 1;
  LogSample format = LogSample::combined;
};

std::uint64_t record_count(const GenerateOptions& options, std::uint64_t mean) {
  if (!options.size) return options.records;
  return options.size->bytes / mean + (options.size->bytes % mean == 0 ? 0 : 1);
}

/// Writes the records that a batch was given: as many as its work size says, from the one on that
/// its work points to.
template <class Log>
class RecordWriter final : public Loader {
 public:
  explicit RecordWriter(std::uint64_t seed) : log_(seed) {}

  Status load(Batch& batch) override {
    const auto first = std::static_pointer_cast<const std::uint64_t>(batch.work());
    const std::uint64_t count = batch.work_size();
    if (first == nullptr) return Done{};
    batch.set_work(nullptr, 0);
    Buffer& buffer = *batch.buffer();
    char* end = buffer.data();
    for (std::uint64_t i = 0; i < count; ++i) end = log_.write(*first + i, end);
    const auto size = static_cast<std::size_t>(end - buffer.data());
    buffer.seal(size);
    batch.set_bytes({buffer.data(), size}, count);
    batch.set_input_place(std::make_shared<InputPlace>(*first + 1));
    return Done{};
  }

 private:
  Log log_;
};

template <class Log>
class GenerateSource final : public Source {
 public:
  explicit GenerateSource(const GenerateOptions& options)
      : count_(record_count(options, Log::mean_record_bytes)), seed_(options.seed) {}

  Result<Next> read(Batch& batch) override {
    if (next_ == count_) return Next::finished;
    // As many as certainly fit.
    const std::uint64_t fit =
        std::max<std::uint64_t>(1, batch.buffer()->size() / Log::longest_record_bytes);
    const std::uint64_t count = std::min(fit, count_ - next_);
    batch.set_work(std::make_shared<const std::uint64_t>(next_), count);
    next_ += count;
    return Next::again;
  }

  std::unique_ptr<Loader> make_loader() override {
    return std::make_unique<RecordWriter<Log>>(seed_);
  }

 private:
  std::uint64_t count_;
  std::uint64_t seed_;
  std::uint64_t next_ = 0;
};

template <class Log>
SourcePart source_of(const GenerateOptions& options) {
  return {std::make_unique<GenerateSource<Log>>(options), ByteSize{Log::longest_record_bytes},
          /*has_loader=*/true};
}

Result<Parts> make_generate(const GenerateOptions& options, StageContext& /*context*/) {
  Parts parts;
  switch (options.format) {
    case LogSample::combined:
      parts.add(source_of<AccessLog>(options));
      break;
    case LogSample::json:
      parts.add(source_of<AppLog>(options));
      break;
    case LogSample::syslog:
      parts.add(source_of<SystemLog>(options));
      break;
  }
  return parts;
}

}  // namespace

void register_generate(Registry& registry) {
  registry.add(
      Declare<GenerateOptions>(Role::source, "generate", "Makes up a log of realistic records.")
          .main("records")
          .details(
              "The records depend on `seed` and their number only: two runs with the same options "
              "give the same bytes, whatever the number of threads. `combined` is an access log "
              "as Apache httpd and nginx write it, with some 226 bytes a line, 1.3 % of server "
              "errors and 3 % of requests with an e-mail address. `json` is an application log "
              "of one JSON object a line, with some 488 bytes and 20 fields, one of them an array "
              "and one an object; 1.5 % of the records have the level ERROR, and some of the "
              "others hold that word elsewhere. `syslog` is what a collector stores, with some "
              "137 bytes a line: 70 % in the format of RFC 5424, a third of that with structured "
              "data, and 30 % in the older one of RFC 3164.")
          .example("- source: generate\n"
                   "  size: 100MB\n"
                   "  seed: 7\n")
          .option("records", &GenerateOptions::records, "How many records to make.")
          .option("size", &GenerateOptions::size,
                  "About how many bytes to make; in place of `records`.")
          .option("seed", &GenerateOptions::seed, "Another seed gives other records.")
          .option("format", &GenerateOptions::format, "What the records look like.")
          .check([](const GenerateOptions& /*options*/, const OptionErrors& errors) {
            if (errors.given("size") && errors.given("records")) {
              errors.add("size", "option.conflict", "'size' and 'records' exclude each other");
            }
          })
          .make(make_generate)
          .done());
}

}  // namespace sluice
