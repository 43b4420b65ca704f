// The log of a run: one line per event on stderr, for a person or for a machine.
//
//   text    2026-11-23T12:00:10.000Z info  metrics pipeline=http-errors stage=parse busy=83%
//   logfmt  ts=2026-11-23T12:00:10.000Z level=info msg=metrics pipeline=http-errors stage=parse
//   json {"ts":"2026-11-23T12:00:10.000Z","level":"info","msg":"metrics","pipeline":"http-errors"}
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clock.h"

namespace sluice {

enum class LogLevel : std::uint8_t { info, warning, error };
enum class LogLayout : std::uint8_t { text, json, logfmt };

/// One key=value of a line. Keys are plain words; values are arbitrary text, numbers stay numbers
/// in JSON.
struct LogField {
  LogField(std::string_view name, std::string text) : key(name), value(std::move(text)) {}
  LogField(std::string_view name, const char* text) : key(name), value(text) {}
  template <std::unsigned_integral T>
  LogField(std::string_view name, T count)
      : key(name), value(std::to_string(count)), is_number(true) {}
  /// With three decimals.
  LogField(std::string_view name, double number);

  std::string key;
  std::string value;
  bool is_number = false;
};
using LogFields = std::vector<LogField>;

/// One line without its end. Values are escaped (engine/base/escape.h), and quoted where they hold
/// a space, a quote or nothing at all. The time is UTC with milliseconds.
std::string format_log_line(LogLayout layout, std::chrono::system_clock::time_point time,
                            LogLevel level, std::string_view event, const LogFields& fields);

/// Writes to stderr, each line with one write. Thread-safe. A write that fails is not reported:
/// there is nowhere left to report it to.
class Log {
 public:
  struct Settings {
    LogLayout layout = LogLayout::text;
    LogLevel lowest = LogLevel::info;  ///< Lines below are dropped.
    int descriptor = 2;
  };

  /// `clock` outlives the log.
  Log(const Settings& settings, const Clock& clock);
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  ~Log();

  void write(LogLevel level, std::string_view event, const LogFields& fields = {});
  void info(std::string_view event, const LogFields& fields = {}) {
    write(LogLevel::info, event, fields);
  }
  void warning(std::string_view event, const LogFields& fields = {}) {
    write(LogLevel::warning, event, fields);
  }
  void error(std::string_view event, const LogFields& fields = {}) {
    write(LogLevel::error, event, fields);
  }

  /// Shows `text` below the log until it is replaced; an empty one removes it. For terminals only:
  /// it is rewritten in place, and moves down when a line is logged.
  void show_status(std::string text);

  LogLayout layout() const noexcept { return settings_.layout; }

 private:
  class StatusSink;
  struct Backend;

  Settings settings_;
  const Clock& clock_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace sluice
