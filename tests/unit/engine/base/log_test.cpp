#include "engine/base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

namespace sluice {
namespace {

using std::chrono::milliseconds;
using TimePoint = std::chrono::system_clock::time_point;

/// 2026-11-23T12:00:10.007Z
constexpr TimePoint noon{milliseconds{1'795'435'210'007}};

class FixedClock final : public Clock {
 public:
  TimePoint now() const noexcept override { return noon; }
};

std::string text_line(const LogFields& fields) {
  return format_log_line(LogLayout::text, noon, LogLevel::info, "metrics", fields);
}

/// A pipe to read back what a log wrote.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_.data()), 0); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  int write_end() const { return ends_[1]; }
  std::string read_some() const {
    std::string text(1 << 16, '\0');
    const ssize_t size = read(ends_[0], text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  std::array<int, 2> ends_{};
};

TEST(LogLine, AsText) {
  EXPECT_EQ(text_line({{"pipeline", "p"}, {"in", 12U}}),
            "2026-11-23T12:00:10.007Z info  metrics pipeline=p in=12");
  EXPECT_EQ(format_log_line(LogLayout::text, noon, LogLevel::error, "failed", {}),
            "2026-11-23T12:00:10.007Z error failed");
}

TEST(LogLine, AsLogfmt) {
  EXPECT_EQ(format_log_line(LogLayout::logfmt, noon, LogLevel::warning, "two words",
                            {{"a", "b c"}, {"share", 0.5}}),
            "ts=2026-11-23T12:00:10.007Z level=warn msg=\"two words\" a=\"b c\" share=0.500");
}

TEST(LogLine, AsJson) {
  EXPECT_EQ(format_log_line(LogLayout::json, noon, LogLevel::info, "m",
                            {{"text", "a\"b\\\n\xFF"}, {"count", 3U}, {"share", 0.25}}),
            R"({"ts":"2026-11-23T12:00:10.007Z","level":"info","msg":"m",)"
            R"("text":"a\"b\\\n)"
            "\xEF\xBF\xBD"
            R"(","count":3,"share":0.250})");
}

TEST(LogLine, QuotesAndEscapesValues) {
  EXPECT_EQ(text_line({{"a", ""}}).substr(38), " a=\"\"");
  EXPECT_EQ(text_line({{"a", "x=y"}}).substr(38), " a=\"x=y\"");
  EXPECT_EQ(text_line({{"a", "say \"no\""}}).substr(38), R"( a="say \"no\"")");
  EXPECT_EQ(text_line({{"a", "\x1B[2J\n"}}).substr(38), R"( a=\x1b[2J\n)");
}

TEST(Log, DropsWhatIsBelowItsLevel) {
  const Pipe pipe;
  const FixedClock clock;
  Log log({LogLayout::text, LogLevel::warning, pipe.write_end()}, clock);
  log.info("unheard");
  log.warning("heard");
  EXPECT_EQ(pipe.read_some(), "2026-11-23T12:00:10.007Z warn  heard\n");
}

TEST(Log, KeepsTheStatusBelowItsLines) {
  const Pipe pipe;
  const FixedClock clock;
  {
    Log log({LogLayout::text, LogLevel::info, pipe.write_end()}, clock);
    log.show_status("50%");
    EXPECT_EQ(pipe.read_some(), "50%");
    log.info("line");
    EXPECT_EQ(pipe.read_some(), "\r   \r2026-11-23T12:00:10.007Z info  line\n50%");
    log.show_status("50%");
    log.show_status("60%");
    EXPECT_EQ(pipe.read_some(), "\r   \r60%");
  }
  EXPECT_EQ(pipe.read_some(), "\r   \r");
}

TEST(Log, WritesWholeLinesFromManyThreads) {
  constexpr int threads = 4;
  constexpr int lines = 50;
  const Pipe pipe;
  const FixedClock clock;
  Log log({LogLayout::text, LogLevel::info, pipe.write_end()}, clock);
  std::vector<std::thread> writers;
  for (int i = 0; i < threads; ++i) {
    writers.emplace_back([&] {
      for (int line = 0; line < lines; ++line) log.info("line", {{"a", "b"}});
    });
  }
  for (std::thread& writer : writers) writer.join();
  std::string expected;
  for (int i = 0; i < threads * lines; ++i) {
    expected += "2026-11-23T12:00:10.007Z info  line a=b\n";
  }
  EXPECT_EQ(pipe.read_some(), expected);
}

}  // namespace
}  // namespace sluice
