#include "engine/base/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <mutex>
#include <utility>

#include "engine/base/escape.h"
#include "engine/base/json_text.h"

namespace sluice {
namespace {

std::string_view name_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::info:
      return "info";
    case LogLevel::warning:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "unknown";
}

spdlog::level::level_enum spdlog_level(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

/// RFC 3339, in UTC, with milliseconds.
std::string print_time(std::chrono::system_clock::time_point time) {
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::floor<milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  const std::time_t whole = seconds.count();
  std::tm utc{};
  gmtime_r(&whole, &utc);
  std::array<char, 32> date{};
  const std::size_t date_size = std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ",
                static_cast<int>((since_epoch - seconds).count()));
  return std::string(date.data(), date_size) + fraction.data();
}

/// A value as text and logfmt show it.
std::string print_value(const std::string& value) {
  std::string escaped = escape(value);
  if (!escaped.empty() && escaped.find_first_of(" \"=") == std::string::npos) return escaped;
  std::string quoted = "\"";
  for (const char c : escaped) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

void append_json(std::string& line, std::string_view key, const std::string& value) {
  line += line.empty() ? '{' : ',';
  line += json_quoted(key) + ':' + value;
}

std::string json_line(std::string_view time, LogLevel level, std::string_view event,
                      const LogFields& fields) {
  std::string line;
  append_json(line, "ts", json_quoted(time));
  append_json(line, "level", json_quoted(name_of(level)));
  append_json(line, "msg", json_quoted(event));
  for (const LogField& field : fields) {
    append_json(line, field.key, field.is_number ? field.value : json_quoted(field.value));
  }
  return line + '}';
}

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace

LogField::LogField(std::string_view name, double number) : key(name), is_number(true) {
  std::array<char, 400> buffer{};  // The largest double has 309 digits.
  std::snprintf(buffer.data(), buffer.size(), "%.3f", number);
  value = buffer.data();
}

std::string format_log_line(LogLayout layout, std::chrono::system_clock::time_point time,
                            LogLevel level, std::string_view event, const LogFields& fields) {
  const std::string at = print_time(time);
  if (layout == LogLayout::json) return json_line(at, level, event, fields);
  std::string line;
  if (layout == LogLayout::logfmt) {
    line = "ts=" + at + " level=" + std::string(name_of(level)) +
           " msg=" + print_value(std::string(event));
  } else {
    std::string padded(name_of(level));
    padded.resize(5, ' ');
    line = at + ' ' + padded + ' ' + escape(event);
  }
  for (const LogField& field : fields) line += ' ' + field.key + '=' + print_value(field.value);
  return line;
}

/// Keeps a status text below the lines it writes.
class Log::StatusSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit StatusSink(int descriptor) : descriptor_(descriptor) {}

  void show(std::string text) {
    const std::lock_guard lock(mutex_);
    if (text == status_) return;
    std::string out = erased();
    status_ = std::move(text);
    write_all(descriptor_, out + status_);
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    std::string out = erased();
    out.append(message.payload.data(), message.payload.size());
    out += '\n';
    write_all(descriptor_, out + status_);
  }
  void flush_() override {}

  /// What clears the status line, without control sequences: every terminal knows \r and blanks.
  std::string erased() const {
    if (status_.empty()) return {};
    return '\r' + std::string(status_.size(), ' ') + '\r';
  }

  int descriptor_;
  std::string status_;
};

struct Log::Backend {
  explicit Backend(int descriptor)
      : sink(std::make_shared<StatusSink>(descriptor)), logger("sluice", sink) {}
  std::shared_ptr<StatusSink> sink;
  spdlog::logger logger;
};

Log::Log(const Settings& settings, const Clock& clock)
    : settings_(settings),
      clock_(clock),
      backend_(std::make_unique<Backend>(settings.descriptor)) {}

Log::~Log() { show_status({}); }

void Log::write(LogLevel level, std::string_view event, const LogFields& fields) {
  if (level < settings_.lowest) return;
  const std::string line = format_log_line(settings_.layout, clock_.now(), level, event, fields);
  backend_->logger.log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

void Log::show_status(std::string text) { backend_->sink->show(std::move(text)); }

}  // namespace sluice
