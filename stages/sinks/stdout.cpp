// The sink `stdout`: records on standard output.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "engine/stage/registry.h"
#include "stages/support/encoding.h"
#include "stages/support/raw_writer.h"

namespace sluice {
namespace {

struct Options : EncodingOptions {};

class StdoutSink final : public Sink {
 public:
  Status open(StageContext& context) override {
    file_ = File(context.io(), STDOUT_FILENO, "standard output", false);
    Result<struct stat> status = file_.status();
    if (!status) return std::move(status).error();
    is_regular_ = S_ISREG(status.value().st_mode);
    if (S_ISFIFO(status.value().st_mode)) reopen(context.io());
    writer_.emplace(file_, context);
    return Done{};
  }

  bool may_block() const override { return !is_regular_; }

  Result<Next> write(const Batch& batch) override { return writer_->write(batch); }
  Status flush() override { return writer_->flush(); }
  Status finish() override {
    Status flushed = writer_->flush();
    Status closed = file_.close();
    return flushed ? std::move(closed) : std::move(flushed);
  }
  void abandon() noexcept override {
    if (writer_) writer_->flush_without_waiting();
    file_ = {};
  }

 private:
  /// A write to a full pipe cannot be called off, and others who share this one would be surprised
  /// to find it non-blocking; the same pipe opened once more can be without either.
  void reopen(Io& io) {
    Result<File> again = File::open(io, "/proc/self/fd/1", O_WRONLY | O_NONBLOCK);
    if (!again) return;
    file_ = std::move(again).value();
    // Fewer turns between writer and reader; what the system refuses stays as it was.
    ::fcntl(file_.fd(), F_SETPIPE_SZ, pipe_bytes);  // NOLINT(*-vararg)
  }

  static constexpr int pipe_bytes = 1 << 20;

  File file_;
  std::optional<RawWriter> writer_;
  bool is_regular_ = false;
};

}  // namespace

void register_stdout(Registry& registry) {
  Declare<Options> type(Role::sink, "stdout", "Writes records to standard output.");
  type.input(EdgeType::any)
      .details(
          "When nobody reads the output any more, as in `sluice ... | head`, this sink stops "
          "without an error. On a terminal, control characters are shown as `\\xHH`, so that "
          "a log line cannot take it over.")
      .example(
          "- sink: stdout\n"
          "  encoding: table\n")
      .make_in_place([](const Options& options, StageContext& /*context*/,
                        const StagePlace& place) -> Result<Parts> {
        Diagnostics none;
        Parts parts = encoding_parts(plan_without_path(options, place.input, none));
        parts.add(SinkPart{std::make_unique<StdoutSink>()});
        return parts;
      });
  declare_encoded(type, plan_without_path);
  registry.add(declare_encoding_options(type).done());
}

}  // namespace sluice
