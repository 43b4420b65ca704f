#include "tools/sluice/run_log.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <variant>

#include "engine/base/escape.h"
#include "engine/base/units.h"
#include "tools/sluice/console.h"

namespace sluice {
namespace {

/// A status line must not wrap, or it could not be rewritten in place.
constexpr std::size_t longest_status = 78;

double per_second(std::uint64_t count, double seconds) {
  return seconds > 0 ? static_cast<double>(count) / seconds : 0;
}

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + "%"; }

std::string short_time(std::int64_t ns) {
  std::array<char, 32> text{};
  const auto value = static_cast<double>(ns);
  if (value < 1e6) {
    std::snprintf(text.data(), text.size(), "%.0fus", value / 1e3);
  } else if (value < 1e9) {
    std::snprintf(text.data(), text.size(), "%.1fms", value / 1e6);
  } else {
    std::snprintf(text.data(), text.size(), "%.1fs", value / 1e9);
  }
  return text.data();
}

/// For a person: rates and shares, rounded.
LogFields short_fields(const StageReport& stage, double seconds) {
  LogFields fields{{"in", short_count(per_second(stage.records_in, seconds)) + "/s"},
                   {"out", short_count(per_second(stage.records_out, seconds)) + "/s"},
                   {"bytes_in", short_bytes(per_second(stage.bytes_in, seconds)) + "/s"},
                   {"bytes_out", short_bytes(per_second(stage.bytes_out, seconds)) + "/s"},
                   {"busy", percent(stage.busy)},
                   {"wait_in", percent(stage.wait_in)},
                   {"blocked", percent(stage.blocked)},
                   {"errors", stage.rejected + stage.kept_bad + stage.dead_lettered},
                   {"p50", short_time(stage.p50_ns)},
                   {"p99", short_time(stage.p99_ns)}};
  if (stage.paused > 0) fields.emplace_back("paused", percent(stage.paused));
  if (stage.dropped > 0) {
    fields.emplace_back("dropped", short_count(per_second(stage.dropped, seconds)) + "/s");
  }
  return fields;
}

/// For a machine: counts of the interval, exact.
LogFields exact_fields(const StageReport& stage, double seconds) {
  LogFields fields{{"seconds", seconds},
                   {"records_in", stage.records_in},
                   {"records_out", stage.records_out},
                   {"bytes_in", stage.bytes_in},
                   {"bytes_out", stage.bytes_out},
                   {"filtered", stage.filtered},
                   {"rejected", stage.rejected},
                   {"kept_bad", stage.kept_bad},
                   {"dead_lettered", stage.dead_lettered},
                   {"aggregated", stage.aggregated},
                   {"discarded", stage.discarded},
                   {"dropped", stage.dropped},
                   {"busy", stage.busy},
                   {"wait_in", stage.wait_in},
                   {"blocked", stage.blocked},
                   {"paused", stage.paused},
                   {"p50_ms", static_cast<double>(stage.p50_ns) / 1e6},
                   {"p99_ms", static_cast<double>(stage.p99_ns) / 1e6}};
  return fields;
}

void append(LogFields& to, LogFields from) {
  for (LogField& field : from) to.push_back(std::move(field));
}

bool read_anything(const PipelineReport& report) {
  return std::any_of(report.stages.begin(), report.stages.end(),
                     [](const StageReport& stage) { return stage.records_in > 0; });
}

std::string progress_of(const PipelineReport& report) {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  for (const StageReport& stage : report.stages) {
    if (stage.type.rfind("source/", 0) != 0) continue;
    records += stage.records_out;
    bytes += stage.bytes_out;
  }
  std::string text = escape(report.name);
  const auto read = static_cast<double>(report.input_read_bytes);
  const auto total = static_cast<double>(report.input_total_bytes);
  const bool known = total > 0 && read <= total;
  if (known) text += " " + percent(read / total);
  text += " " + short_bytes(per_second(bytes, report.seconds)) + "/s, " +
          short_count(per_second(records, report.seconds)) + " records/s";
  if (known && read > 0) {
    const double left_seconds = report.seconds * (total - read) / read;
    text += ", about " + std::to_string(std::lround(std::ceil(left_seconds))) + " s left";
  }
  return text;
}

}  // namespace

std::string progress_text(const std::vector<PipelineReport>& since_start) {
  std::string text;
  for (const PipelineReport& report : since_start) {
    text += (text.empty() ? "" : " | ") + progress_of(report);
  }
  if (text.size() > longest_status) text = text.substr(0, longest_status - 3) + "...";
  return text;
}

void RunLog::on_progress(const std::vector<PipelineReport>& since_start) {
  log_.show_status(progress_text(since_start));
}

void RunLog::on_report(const PipelineReport& interval) {
  write_stages(interval);
  write_bottleneck(interval);
}

void RunLog::on_waiting(const std::string& pipeline, const std::string& for_whom) {
  log_.warning("waiting", {{"pipeline", pipeline}, {"reason", for_whom}});
}

void RunLog::on_timeout(const std::string& pipeline, const std::string& under_way) {
  log_.warning("stopping", {{"pipeline", pipeline},
                            {"reason", "--timeout is over"},
                            {"under_way", under_way},
                            {"next", "what was read is delivered"}});
}

void RunLog::on_shutdown_timeout(const std::string& pipeline, const std::string& under_way) {
  log_.warning(
      "aborting",
      {{"pipeline", pipeline}, {"reason", "engine.shutdown_timeout is over"}, {"left", under_way}});
}

void RunLog::on_restart(const Restart& restart) {
  log_.show_status({});
  LogFields fields{{"pipeline", restart.pipeline}, {"cause", to_string(restart.cause)}};
  fields.emplace_back("wait", print(restart.wait));
  fields.emplace_back("restart", restart.number);
  if (restart.attempts) fields.emplace_back("of", *restart.attempts);
  log_.warning("restarting", fields);
}

void RunLog::on_end(const PipelineRun& run, const Outcome& outcome, const PipelineReport& total) {
  log_.show_status({});
  // A run that failed before it read anything has no numbers, only a reason.
  if (!outcome.error || read_anything(total)) {
    write_stages(total);
    write_books(total);
    write_bottleneck(total);
  }
  write_findings(run);
  write_incidents(run);
  write_bad_records(run);
  write_dropped(total);
  if (total.rejected() > 0) {
    log_.warning("rejected", {{"pipeline", total.name}, {"records", total.rejected()}});
  }
  write_outcome(outcome, total);
}

void RunLog::write_stages(const PipelineReport& report) {
  const bool exact = log_.layout() != LogLayout::text;
  for (const StageReport& stage : report.stages) {
    LogFields fields{{"pipeline", report.name}, {"stage", stage.id}, {"type", stage.type}};
    append(fields,
           exact ? exact_fields(stage, report.seconds) : short_fields(stage, report.seconds));
    log_.info("metrics", fields);
  }
}

void RunLog::write_bottleneck(const PipelineReport& report) {
  const Bottleneck& bottleneck = report.bottleneck;
  if (bottleneck.stage.empty()) return;
  LogFields fields{{"pipeline", report.name}, {"bottleneck", bottleneck.stage}};
  if (log_.layout() == LogLayout::text) {
    fields.emplace_back("busy", percent(bottleneck.busy));
  } else {
    fields.emplace_back("busy", bottleneck.busy);
  }
  fields.emplace_back("hint", bottleneck.hint);
  log_.info("metrics", fields);
}

void RunLog::write_books(const PipelineReport& report) {
  for (const StageReport& stage : report.stages) {
    LogFields fields{{"pipeline", report.name},    {"stage", stage.id},
                     {"in", stage.records_in},     {"out", stage.records_out},
                     {"filtered", stage.filtered}, {"rejected", stage.rejected}};
    const auto add = [&](const char* name, std::uint64_t count) {
      if (count > 0) fields.emplace_back(name, count);
    };
    add("kept_bad", stage.kept_bad);
    add("dead_lettered", stage.dead_lettered);
    add("aggregated", stage.aggregated);
    add("discarded", stage.discarded);
    add("dropped", stage.dropped);
    log_.info("books", fields);
  }
}

/// A line for each stage that found something out, named after its type.
void RunLog::write_findings(const PipelineRun& run) {
  for (const PlannedStage& stage : run.plan().stages) {
    const std::vector<Findings::Entry> findings = stage.context->findings().all();
    if (findings.empty()) continue;
    LogFields fields{{"pipeline", run.plan().name}, {"stage", stage.id}};
    for (const Findings::Entry& entry : findings) {
      std::visit([&](const auto& value) { fields.emplace_back(entry.name, value); }, entry.value);
    }
    log_.info(stage.type->name, fields);
  }
}

/// What bad records of each stage look like, the most frequent first.
void RunLog::write_bad_records(const PipelineRun& run) {
  constexpr std::size_t most_shown = 10;
  for (const PlannedStage& stage : run.plan().stages) {
    const std::vector<BadShape> shapes = stage.context->bad_shapes().all();
    for (const BadShape& shape : shapes) {
      if (&shape - shapes.data() == most_shown) {
        log_.warning("bad_records", {{"pipeline", run.plan().name},
                                     {"stage", stage.id},
                                     {"further_shapes", shapes.size() - most_shown}});
        break;
      }
      LogFields fields{{"pipeline", run.plan().name},
                       {"stage", stage.id},
                       {"reason", shape.reason},
                       {"count", shape.count}};
      const std::string where = shape.first.where();
      if (!where.empty()) fields.emplace_back("first", where);
      fields.emplace_back("byte", static_cast<std::uint64_t>(shape.first.offset));
      fields.emplace_back("shape", shape.shape);
      fields.emplace_back("sample", shape.first.text);
      log_.warning("bad_records", fields);
    }
  }
}

void RunLog::write_incidents(const PipelineRun& run) {
  for (const auto& [stage, incidents] : incidents_of(run)) {
    for (const auto& [reason, entry] : incidents) {
      if (entry.is_bad_record) continue;
      log_.warning("incident", {{"pipeline", run.plan().name},
                                {"stage", stage},
                                {"reason", reason},
                                {"count", entry.count},
                                {"first", entry.first}});
    }
  }
}

void RunLog::write_dropped(const PipelineReport& total) {
  for (const StageReport& stage : total.stages) {
    if (stage.dropped == 0) continue;
    log_.warning("dropped", {{"pipeline", total.name},
                             {"stage", stage.id},
                             {"reason", "when_full"},
                             {"records", stage.dropped}});
  }
}

void RunLog::write_outcome(const Outcome& outcome, const PipelineReport& total) {
  if (outcome.error && log_.layout() == LogLayout::text) {
    print_error("error: " + to_string(*outcome.error) + "\n");
    return;
  }
  if (outcome.error) {
    log_.error("failed", {{"pipeline", total.name},
                          {"stage", outcome.error->stage},
                          {"code", std::string(name_of(outcome.error->code))},
                          {"error", to_string(*outcome.error)}});
    return;
  }
  const LogFields fields{{"pipeline", total.name},
                         {"outcome", std::string(name_of(outcome.kind))},
                         {"seconds", total.seconds}};
  if (outcome.kind == OutcomeKind::done) {
    log_.info("finished", fields);
  } else {
    log_.warning("stopped", fields);
  }
}

}  // namespace sluice
