#include "engine/stage/stage_context.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

namespace sluice {
namespace {

struct stat file_numbered(ino_t number) {
  struct stat status {};
  status.st_dev = 1;
  status.st_ino = number;
  return status;
}

TEST(FileClaims, NothingIsWrittenWhileItIsRead) {
  FileClaims claims;
  const struct stat read = file_numbered(7);
  const struct stat other = file_numbered(8);
  claims.reading(read, "in.log");
  EXPECT_TRUE(claims.writing("/a", &other));
  EXPECT_TRUE(claims.writing("/b", nullptr));
  const Status refused = claims.writing("/another/name/of/in.log", &read);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::bad_config);
  EXPECT_EQ(refused.error().file, "/another/name/of/in.log");
}

TEST(FileClaims, TheSameNumberOnAnotherDeviceIsAnotherFile) {
  FileClaims claims;
  claims.reading(file_numbered(7), "in.log");
  struct stat elsewhere = file_numbered(7);
  elsewhere.st_dev = 2;
  EXPECT_TRUE(claims.writing("/mnt/out.log", &elsewhere));
}

TEST(FileClaims, TwoSinksDoNotWriteOnePath) {
  FileClaims claims;
  EXPECT_TRUE(claims.writing("/out", nullptr));
  const Status refused = claims.writing("/out", nullptr);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::bad_config);
}

TEST(Incidents, CountsByReasonAndKeepsTheFirstDetail) {
  Incidents incidents;
  EXPECT_TRUE(incidents.all().empty());
  incidents.add("corrupt_tail", 1, "a.gz at byte 10");
  incidents.add("corrupt_tail", 2, "b.gz at byte 20");
  incidents.add("oversize_truncated", 5, "line 3");
  const auto all = incidents.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all.at("corrupt_tail").count, 3U);
  EXPECT_EQ(all.at("corrupt_tail").first, "a.gz at byte 10");
  EXPECT_EQ(all.at("oversize_truncated").count, 5U);
}

TEST(StageContext, RejectedRecordsCountAndWarningsDoNot) {
  FileClaims claims;
  StageContext context(Io::system(), Clock::system(), claims);
  EXPECT_EQ(&context.io(), &Io::system());
  EXPECT_EQ(&context.clock(), &Clock::system());
  EXPECT_EQ(&context.claims(), &claims);
  context.reject("not_json", 3, "line 1");
  context.warn("slow", 7, "disk");
  EXPECT_EQ(context.rejected(), 3U);
  EXPECT_EQ(context.incidents().all().at("not_json").count, 3U);
  EXPECT_EQ(context.incidents().all().at("slow").count, 7U);
}

TEST(StageContext, RemembersThatItShallStop) {
  FileClaims claims;
  StageContext context(Io::system(), Clock::system(), claims);
  EXPECT_FALSE(context.stop_requested());
  context.request_stop();
  EXPECT_TRUE(context.stop_requested());
}

TEST(Findings, KeepTheOrderInWhichTheyCame) {
  Findings findings;
  findings.number("records") += 2;
  findings.set("digest", "abc");
  findings.number("records") += 40;
  findings.set("digest", "def");
  const std::vector<Findings::Entry> all = findings.all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "records");
  EXPECT_EQ(std::get<std::uint64_t>(all[0].value), 42U);
  EXPECT_EQ(all[1].name, "digest");
  EXPECT_EQ(std::get<std::string>(all[1].value), "def");
}

TEST(StageContext, LogsUnderTheNamesOfItsStage) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  FileClaims claims;
  StageContext context(Io::system(), Clock::system(), claims);
  context.log(LogLevel::info, "nowhere");
  {
    Log log({LogLayout::logfmt, LogLevel::info, ends[1]}, Clock::system());
    context.log_to(log, "web", "in");
    context.log(LogLevel::warning, "lost", {{"peer", "10.0.0.1:\x1b"}, {"after", 7U}});
  }
  ::close(ends[1]);
  std::string text(1 << 12, '\0');
  text.resize(static_cast<std::size_t>(::read(ends[0], text.data(), text.size())));
  ::close(ends[0]);
  EXPECT_EQ(text.substr(text.find("level")),
            "level=warn msg=lost pipeline=web stage=in peer=10.0.0.1:\\x1b after=7\n");
}

}  // namespace
}  // namespace sluice
