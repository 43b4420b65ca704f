#include "stages/support/exec_pool.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

class ExecPoolTest : public ::testing::Test {
 protected:
  ExecPoolTest() { std::signal(SIGPIPE, SIG_IGN); }

  static ExecPoolOptions options_of(std::string script, std::size_t instances,
                                    std::size_t piece_bytes) {
    ExecPoolOptions options;
    options.command.arguments = {"/bin/sh", "-c", std::move(script)};
    options.instances = instances;
    options.piece_bytes = piece_bytes;
    return options;
  }

  /// What comes out, to its end; an error as its message.
  static std::string read_all(ExecPool& pool) {
    TextBatches batches({4, 65536, 2 << 20, 0});
    const std::unique_ptr<Loader> loader = pool.make_loader();
    std::string text;
    while (true) {
      const BatchPtr batch = batches.empty();
      const Result<Next> next = pool.read(*batch);
      if (!next) return "error: " + next.error().message;
      if (next.value() == Next::finished) return text;
      if (!loader->load(*batch)) return "error";
      text += text_of(*batch);
    }
  }

  /// What comes out when `text` goes in as often as that.
  std::string answer_to(const std::string& text, int times, const ExecPoolOptions& options,
                        Duration linger = default_linger) {
    ExecPool pool(options, FramingOptions{}, linger, context_);
    if (Status opened = pool.open(); !opened) return "error: " + opened.error().message;
    std::thread writer([&] {
      TextBatches batches;
      for (int i = 0; i < times; ++i) {
        const Result<Next> next = pool.write(*batches.make(text));
        if (!next || next.value() == Next::finished) break;
      }
      EXPECT_TRUE(pool.flush());
      pool.end_input();
    });
    std::string answer = read_all(pool);
    writer.join();
    return answer;
  }

  std::uint64_t children() { return context_.findings().number("children").load(); }

  FileClaims claims_;
  StageContext context_{Io::system(), Clock::system(), claims_};
};

TEST_F(ExecPoolTest, PutsAnswersInTheOrderOfThePieces) {
  const Duration long_linger{std::chrono::seconds(10)};
  // The first one of each is slower than all that follow.
  const std::string script = "read first; [ $first = a ] && sleep 0.1; echo $first; cat";
  EXPECT_EQ(answer_to("a\nb\nc\n", 3, options_of(script, 4, 2), long_linger),
            "a\nb\nc\na\nb\nc\na\nb\nc\n");
  EXPECT_EQ(children(), 9U);
}

TEST_F(ExecPoolTest, GivesMoreThanItTakes) {
  const std::string line(1000, 'x');
  const std::string answer =
      answer_to(line + "\n", 100, options_of("awk '{ for (i = 0; i < 500; ++i) print }'", 3, 2000));
  EXPECT_EQ(answer.size(), 100U * 500 * 1001);
}

TEST_F(ExecPoolTest, StartsNothingForNothing) {
  EXPECT_EQ(answer_to("", 1, options_of("echo something", 2, 1000)), "");
  EXPECT_EQ(children(), 0U);
}

TEST_F(ExecPoolTest, AWriterMayLeaveTheLastLineOpen) {
  EXPECT_EQ(answer_to("a\nb", 2, options_of("cat", 2, 2)), "a\nb\na\nb");
}

TEST_F(ExecPoolTest, FailsAfterWhatCameBefore) {
  const std::string script = "grep b && { echo sorry >&2; exit 4; }; echo good";
  ExecPoolOptions options = options_of(script, 3, 2);
  EXPECT_EQ(answer_to("a\nb\n", 50, options), "error: the child exited with status 4 (sorry)");
  options.on_exit = OnExit::ignore;
  EXPECT_EQ(answer_to("a\nb\na\n", 1, options), "good\nb\ngood\n");
}

TEST_F(ExecPoolTest, AChildThatTakesTooLongIsAnError) {
  ExecPoolOptions options = options_of("exec sleep 1003", 2, 2);
  options.timeout = Duration{std::chrono::milliseconds(50)};
  EXPECT_EQ(answer_to("a\nb\nc\n", 1, options), "error: the child has not ended within 50ms");
}

TEST_F(ExecPoolTest, AChildThatCannotBeStartedIsAnError) {
  ExecPoolOptions options = options_of("", 2, 2);
  options.command.arguments = {"/nowhere/program"};
  EXPECT_EQ(answer_to("a\nb\n", 100, options), "error: cannot start: No such file or directory");
}

TEST_F(ExecPoolTest, APieceThatCannotBeWrittenIsAnError) {
  class FullIo final : public Io {
   public:
    ssize_t write(int /*fd*/, const void* /*from*/, std::size_t /*count*/) override {
      errno = ENOSPC;
      return -1;
    }
  } io;
  StageContext context(io, Clock::system(), claims_);
  ExecPool pool(options_of("cat", 2, 2), FramingOptions{}, default_linger, context);
  ASSERT_TRUE(pool.open());
  TextBatches batches;
  const Result<Next> next = pool.write(*batches.make("a\n"));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message, "cannot write: No space left on device");
}

TEST_F(ExecPoolTest, IsInterruptedWhileAllWait) {
  std::uint64_t started = 0;
  for (const char* script : {"exec sleep 1004", "exec yes", "trap '' TERM; sleep 1004 & wait"}) {
    ExecPool pool(options_of(script, 2, 2), FramingOptions{}, default_linger, context_);
    ASSERT_TRUE(pool.open());
    std::thread writer([&] {
      TextBatches batches;
      Result<Next> next = Next::again;
      while (next && next.value() == Next::again) next = pool.write(*batches.make("a\nb\n"));
      EXPECT_TRUE(next);
    });
    const std::uint64_t before = started;
    while ((started = children()) < before + 2) std::this_thread::yield();
    pool.stop();
    writer.join();
    EXPECT_EQ(read_all(pool).substr(0, 5), "") << "nobody wants an answer any more";
  }
}

TEST_F(ExecPoolTest, RunsWhatHasComeWhenNoMoreComes) {
  ExecPool pool(options_of("sed s/^/=/", 2, 1 << 20), FramingOptions{}, default_linger, context_);
  ASSERT_TRUE(pool.open());
  TextBatches batches;
  const std::unique_ptr<Loader> loader = pool.make_loader();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(pool.write(*batches.make("a\n")));
    const BatchPtr batch = batches.empty();
    std::string text;
    while (text.empty()) {
      const Result<Next> next = pool.read(*batch);
      ASSERT_TRUE(next);
      ASSERT_EQ(next.value(), Next::again);
      ASSERT_TRUE(loader->load(*batch));
      text = text_of(*batch);
    }
    EXPECT_EQ(text, "=a\n");
  }
  EXPECT_EQ(children(), 3U);
}

}  // namespace
}  // namespace sluice
