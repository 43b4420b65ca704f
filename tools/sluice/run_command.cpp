// `sluice run`: a plan carried out, watched and reported.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/log.h"
#include "engine/run/runner.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/console.h"
#include "tools/sluice/control_socket.h"
#include "tools/sluice/planned_config.h"
#include "tools/sluice/run_log.h"
#include "tools/sluice/run_summary.h"
#include "tools/sluice/signal_watch.h"

namespace sluice {
namespace {

constexpr std::chrono::milliseconds progress_every{500};

LogLayout layout_of(LogFormat format) noexcept {
  switch (format) {
    case LogFormat::json:
      return LogLayout::json;
    case LogFormat::logfmt:
      return LogLayout::logfmt;
    case LogFormat::text:
      break;
  }
  return LogLayout::text;
}

/// The progress line is for eyes: a terminal that can go back to the start of a line.
bool shows_progress(const RunOptions& options, LogLayout layout) {
  if (!options.progress || options.quiet || layout != LogLayout::text) return false;
  if (isatty(STDERR_FILENO) == 0) return false;
  const char* terminal = std::getenv("TERM");
  return terminal != nullptr && std::string_view(terminal) != "dumb";
}

/// Passes everything on to the log and keeps what the end of the program needs.
class LogAndSummary final : public RunObserver {
 public:
  explicit LogAndSummary(Log& log) noexcept : log_(log) {}

  void on_progress(const std::vector<PipelineReport>& since_start) override {
    log_.on_progress(since_start);
  }
  void on_report(const PipelineReport& interval) override { log_.on_report(interval); }
  void on_waiting(const std::string& pipeline, const std::string& for_whom) override {
    log_.on_waiting(pipeline, for_whom);
  }
  void on_timeout(const std::string& pipeline, const std::string& under_way) override {
    log_.on_timeout(pipeline, under_way);
  }
  void on_shutdown_timeout(const std::string& pipeline, const std::string& under_way) override {
    log_.on_shutdown_timeout(pipeline, under_way);
  }
  void on_restart(const Restart& restart) override { log_.on_restart(restart); }
  void on_end(const PipelineRun& run, const Outcome& outcome,
              const PipelineReport& total) override {
    log_.on_end(run, outcome, total);
    summary_.add(run, outcome, total);
    rejected_ += total.rejected();
  }

  std::uint64_t rejected() const noexcept { return rejected_; }
  const RunSummary& summary() const noexcept { return summary_; }

 private:
  RunLog log_;
  RunSummary summary_;
  std::uint64_t rejected_ = 0;
};

/// `signal` is what stopped the run, or 0.
int exit_status_of(const std::vector<Outcome>& outcomes, int signal, bool lost_records) {
  bool failed = false;
  bool misconfigured = false;
  bool stopped = false;
  for (const Outcome& outcome : outcomes) {
    if (outcome.error) {
      failed = true;
      misconfigured = misconfigured || outcome.error->code == ErrorCode::bad_config;
    }
    stopped = stopped || outcome.kind == OutcomeKind::cancelled;
  }
  if (misconfigured) return number_of(ExitStatus::usage);
  if (failed) return number_of(ExitStatus::failed);
  if (stopped && signal != 0) return signal_exit_base + signal;
  if (stopped) return number_of(ExitStatus::failed);
  return number_of(lost_records ? ExitStatus::records_lost : ExitStatus::done);
}

SignalWatch::Actions signal_actions(Runner& runner, Log& log) {
  SignalWatch::Actions actions;
  actions.drain = [&](int signal) {
    log.warning("stopping", {{"signal", static_cast<unsigned>(signal)},
                             {"next", "what was read is delivered; once more to abort"}});
    runner.drain();
  };
  actions.abort = [&](int signal) {
    log.warning("aborting", {{"signal", static_cast<unsigned>(signal)}});
    runner.abort();
  };
  actions.hangup = [&] {
    log.warning("ignored", {{"signal", "SIGHUP"}, {"reason", "reload is not available"}});
  };
  return actions;
}

Status write_summary(const std::string& path, const std::string& text) {
  Result<File> file =
      File::open(Io::system(), path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (!file) return std::move(file).error();
  Status written = file.value().write_all(std::span<const char>(text));
  return written ? file.value().close() : std::move(written);
}

/// Status 1 when a run that went well cannot say so.
int deliver_summary(const RunOptions& options, const RunSummary& summary, int exit_status) {
  if (!options.summary) return exit_status;
  const std::string text = summary.text(exit_status);
  if (!options.summary_file) {
    print_error(text);
    return exit_status;
  }
  const Status written = write_summary(*options.summary_file, text);
  if (written) return exit_status;
  print_mistake("the summary: " + to_string(written.error()));
  return exit_status != 0 ? exit_status : number_of(ExitStatus::failed);
}

}  // namespace

int run_command(const RunOptions& options) {
  take_over_signals();
  const auto planned = plan_config(options.config, options.pipelines);
  if (planned == nullptr) return number_of(ExitStatus::usage);
  if (options.emit_yaml) return print_out(options.config.text.value_or(""));
  std::unique_ptr<ControlSocket> control;
  if (options.control) {
    control = std::make_unique<ControlSocket>();
    if (const Status opened = control->open(*options.control); !opened) {
      print_mistake("--control: " + to_string(opened.error()));
      return number_of(ExitStatus::usage);
    }
  }

  const LogLayout layout = layout_of(planned->plan.metrics.format);
  const LogLevel lowest = options.quiet ? LogLevel::warning : LogLevel::info;
  Log log({layout, lowest, STDERR_FILENO}, planned->environment.clock);
  planned->environment.log = &log;
  LogAndSummary observer(log);
  RunSettings settings;
  settings.report_every = planned->plan.metrics.every.value;
  if (shows_progress(options, layout)) settings.progress_every = progress_every;
  settings.timeout = options.timeout;
  settings.plan_again = [&](const std::string& name) { return plan_again(*planned, name); };

  Runner runner(std::move(planned->plan), planned->environment, observer, settings);
  int signal = 0;
  std::vector<Outcome> outcomes;
  {
    const SignalWatch watch(signal_actions(runner, log));
    const std::unique_ptr<ControlSocket> answering = std::move(control);
    if (answering) answering->start(runner, log);
    outcomes = runner.run();
    signal = watch.first_signal();
  }
  const bool lost_records = options.strict && observer.rejected() > 0;
  const int status = exit_status_of(outcomes, signal, lost_records);
  return deliver_summary(options, observer.summary(), status);
}

}  // namespace sluice
