#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/stages/sinks/file_fixture.h"

namespace sluice {
namespace {

using Codes = std::vector<std::string>;
using FileSinkTest = FileSinkFixture;

TEST_F(FileSinkTest, AppearsOnlyWhenComplete) {
  StageRig rig(register_file_sink);
  FileSinkRun run(rig.parts({{"path", path(at("out.log"))}}), rig.context());
  ASSERT_TRUE(run.open());
  EXPECT_FALSE(run.sink().may_block());
  ASSERT_TRUE(run.write(*batches_.make("one\ntwo\n")));
  EXPECT_FALSE(exists(at("out.log")));
  ASSERT_TRUE(run.sink().flush());
  EXPECT_EQ(content(at("out.log.partial")), "one\ntwo\n");
  ASSERT_TRUE(run.finish());
  EXPECT_EQ(content(at("out.log")), "one\ntwo\n");
  EXPECT_FALSE(exists(at("out.log.partial")));
}

TEST_F(FileSinkTest, KeepsWhatAStoppedRunWrote) {
  put(at("out.log"), "old\n");
  for (const bool abandoned : {true, false}) {
    StageRig rig(register_file_sink);
    {
      FileSinkRun run(rig.parts({{"path", path(at("out.log"))}}), rig.context());
      ASSERT_TRUE(run.open());
      ASSERT_TRUE(run.write(*batches_.make("new\n")));
      if (abandoned) run.sink().abandon();
    }
    EXPECT_EQ(content(at("out.log")), "old\n");
    EXPECT_EQ(content(at("out.log.partial")), "new\n");
  }
}

TEST_F(FileSinkTest, MayBeAbandonedUnopened) {
  StageRig rig(register_file_sink);
  FileSinkRun run(rig.parts({{"path", path(at("out.log"))}}), rig.context());
  run.sink().abandon();
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(FileSinkTest, ReplacesAFileAndKeepsItsPermissions) {
  put(at("out.log"), "old and longer\n");
  ASSERT_EQ(::chmod(at("out.log").c_str(), 0666), 0);
  ASSERT_TRUE(write({{"path", path(at("out.log"))}}, {"new\n"}));
  EXPECT_EQ(content(at("out.log")), "new\n");
  EXPECT_EQ(mode_of(at("out.log")), 0666U);
}

TEST_F(FileSinkTest, WritesThroughLinks) {
  std::filesystem::create_directory(at("real"));
  put(at("real/out.log"), "old\n");
  std::filesystem::create_symlink("real/out.log", at("link"));
  ASSERT_TRUE(write({{"path", path(at("link"))}}, {"new\n"}));
  EXPECT_EQ(content(at("real/out.log")), "new\n");
  EXPECT_TRUE(std::filesystem::is_symlink(at("link")));

  std::filesystem::create_symlink("real/missing.log", at("dangling"));
  ASSERT_TRUE(write({{"path", path(at("dangling"))}}, {"new\n"}));
  EXPECT_EQ(content(at("real/missing.log")), "new\n");
  EXPECT_TRUE(std::filesystem::is_symlink(at("dangling")));
}

TEST_F(FileSinkTest, AppendsDirectly) {
  const StageRig::Options options{{"path", path(at("out.log"))}, {"append", path("true")}};
  ASSERT_TRUE(write(options, {"one\n"}));
  ASSERT_TRUE(write(options, {}));
  ASSERT_TRUE(write(options, {"two\n"}));
  EXPECT_EQ(content(at("out.log")), "one\ntwo\n");
  EXPECT_FALSE(exists(at("out.log.partial")));
}

TEST_F(FileSinkTest, MakesFoldersUnlessToldNotTo) {
  ASSERT_TRUE(write({{"path", path(at("a/b/out.log"))}}, {"x\n"}));
  EXPECT_EQ(content(at("a/b/out.log")), "x\n");
  const Status status =
      write({{"path", path(at("c/out.log"))}, {"create_folders", path("false")}}, {"x\n"});
  ASSERT_FALSE(status);
  EXPECT_NE(to_string(status.error()).find("c/out.log"), std::string::npos);
}

TEST_F(FileSinkTest, RefusesAFolderAndAFileThatIsRead) {
  const Status folder = write({{"path", path(folder_.string())}}, {"x\n"});
  ASSERT_FALSE(folder);
  EXPECT_NE(folder.error().message.find("folder"), std::string::npos);

  put(at("in.log"), "data\n");
  std::filesystem::create_hard_link(at("in.log"), at("same.log"));
  StageRig rig(register_file_sink);
  struct stat status {};
  ASSERT_EQ(::stat(at("in.log").c_str(), &status), 0);
  rig.claims().reading(status, at("in.log"));
  FileSinkRun run(rig.parts({{"path", path(at("same.log"))}}), rig.context());
  const Status opened = run.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::bad_config);
}

TEST_F(FileSinkTest, RefusesTwoSinksOnOnePath) {
  StageRig rig(register_file_sink);
  std::filesystem::create_directory(at("d"));
  FileSinkRun first(rig.parts({{"path", path(at("out.log"))}}), rig.context());
  FileSinkRun second(rig.parts({{"path", path(at("d/../out.log"))}}), rig.context());
  ASSERT_TRUE(first.open());
  const Status opened = second.open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::bad_config);
}

TEST_F(FileSinkTest, RefusesASecondRunButRemovesAStaleTemporary) {
  put(at("out.log.partial"), "left by a run that died\n");
  StageRig rig(register_file_sink);
  FileSinkRun run(rig.parts({{"path", path(at("out.log"))}}), rig.context());
  ASSERT_TRUE(run.open());
  ASSERT_TRUE(run.write(*batches_.make("mine\n")));

  const Status second = write({{"path", path(at("out.log"))}}, {"yours\n"});
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("another run"), std::string::npos);
  ASSERT_TRUE(run.finish());
  EXPECT_EQ(content(at("out.log")), "mine\n");
}

TEST_F(FileSinkTest, DoesNotFollowALinkAtTheTemporary) {
  put(at("victim"), "precious\n");
  std::filesystem::create_symlink("victim", at("out.log.partial"));
  EXPECT_FALSE(write({{"path", path(at("out.log"))}}, {"x\n"}));
  EXPECT_EQ(content(at("victim")), "precious\n");
}

TEST_F(FileSinkTest, EndsALineOnlyWhenARecordFollows) {
  ASSERT_TRUE(write({{"path", path(at("out.log"))}}, {"a\nb", "c\n", "", "d", "e"}));
  EXPECT_EQ(content(at("out.log")), "a\nb\nc\nd\ne");
}

TEST_F(FileSinkTest, EndsLinesWithinATableToo) {
  StageRig rig(register_file_sink);
  for (const std::string name : {"out.log", "out.log.gz"}) {
    FileSinkRun run(rig.parts({{"path", path(at(name))}}), rig.context());
    const BatchPtr batch = batches_.make("a\nb");
    std::vector<Slice> rows{{0, 2}, {2, 1}, {2, 1}};
    batch->set_rows(rows);
    ASSERT_TRUE(run.run({batch}));
    EXPECT_EQ(run.frame_records(), name == "out.log.gz" ? 3U : 0U);
  }
  EXPECT_EQ(content(at("out.log")), "a\nb\nb");
}

TEST_F(FileSinkTest, LeavesByteStreamsAlone) {
  StageRig rig(register_file_sink);
  FileSinkRun run(rig.parts({{"path", path(at("out.bin"))}}), rig.context());
  std::vector<BatchPtr> batches{batches_.make("ab"), batches_.make("cd")};
  for (const BatchPtr& batch : batches) batch->set_stream(true);
  ASSERT_TRUE(run.run(batches));
  EXPECT_EQ(content(at("out.bin")), "abcd");
}

TEST_F(FileSinkTest, WritesPiecesOfAllSizesInOrder) {
  std::mt19937 random(7);
  std::string expected;
  std::vector<std::string> texts;
  for (const std::size_t size : {10U, 70'000U, 300'000U, 50'000U, 2'000'000U, 1U, 262'144U}) {
    std::string text(size, '\n');
    for (std::size_t i = 0; i + 1 < size; ++i) text[i] = static_cast<char>('a' + random() % 26);
    for (int i = 0; i < 3; ++i) texts.push_back(text);
    for (int i = 0; i < 3; ++i) expected += text;
  }
  ASSERT_TRUE(write({{"path", path(at("out.log"))}}, texts));
  EXPECT_EQ(content(at("out.log")), expected);
}

TEST_F(FileSinkTest, ChecksItsOptions) {
  const StageRig rig(register_file_sink);
  EXPECT_EQ(rig.type().main_option, "path");
  EXPECT_EQ(rig.mistakes({}), Codes{"option.missing"});
  EXPECT_EQ(rig.mistakes({{"path", path("")}}), Codes{"option.range"});
  EXPECT_EQ(rig.mistakes({{"path", path("a.log")}, {"level", path("3")}}),
            Codes{"option.conflict"});
  EXPECT_EQ(rig.mistakes({{"path", path("a.gz")}, {"level", path("10")}}), Codes{"option.range"});
  EXPECT_EQ(rig.mistakes({{"path", path("a.zst")}, {"level", path("19")}}), Codes{});
  EXPECT_EQ(rig.mistakes({{"path", path("a")}, {"compression", path("rar")}}),
            Codes{"option.type"});
}

// --- Compression ---------------------------------------------------------------------------------

class CompressedFileTest : public FileSinkTest, public testing::WithParamInterface<const char*> {
 protected:
  /// What the codec's own program makes of the file.
  static std::string decoded(const std::string& file) {
    const std::string command =
        (file.ends_with(".gz") ? "gzip -dc < " : "zstd -qdc < ") + file + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    std::string text;
    std::array<char, 65536> chunk{};
    while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), pipe)) {
      text.append(chunk.data(), count);
    }
    EXPECT_EQ(pclose(pipe), 0);
    return text;
  }

  std::string name() const { return at(std::string("out.log.") + GetParam()); }
};

TEST_P(CompressedFileTest, BytesDoNotDependOnBatches) {
  std::mt19937 random(11);
  std::vector<std::string> lines;
  std::string all;
  while (all.size() < 2'500'000) {
    lines.push_back("line " + std::to_string(random()) + std::string(random() % 200, 'x') + "\n");
    all += lines.back();
  }
  std::string first;
  for (int round = 0; round < 4; ++round) {
    std::vector<std::string> texts(1);
    for (const std::string& line : lines) {
      if (texts.back().size() > random() % 100'000 && texts.size() < 40) texts.emplace_back();
      texts.back() += line;
    }
    StageRig rig(register_file_sink);
    FileSinkRun run(rig.parts({{"path", path(name())}}), rig.context());
    std::vector<BatchPtr> batches;
    for (const std::string& text : texts) batches.push_back(batches_.make(text));
    ASSERT_TRUE(run.run(batches));
    EXPECT_EQ(run.frame_records(), lines.size());
    if (round == 0) first = content(name());
    EXPECT_TRUE(content(name()) == first);
  }
  EXPECT_TRUE(decoded(name()) == all);
}

TEST_P(CompressedFileTest, JoinsLinesAtTheEdgeOfAFrame) {
  const std::string full(1 << 20, 'x');
  ASSERT_TRUE(write({{"path", path(name())}}, {full, full, "end"}));
  EXPECT_TRUE(decoded(name()) == full + "\n" + full + "\nend");
}

TEST_P(CompressedFileTest, HoldsAValidStreamWhenEmpty) {
  ASSERT_TRUE(write({{"path", path(name())}}, {}));
  EXPECT_FALSE(content(name()).empty());
  EXPECT_EQ(decoded(name()), "");
}

TEST_P(CompressedFileTest, AppendsFrames) {
  const StageRig::Options options{{"path", path(name())}, {"append", path("true")}};
  ASSERT_TRUE(write(options, {"one\n"}));
  const std::string before = content(name());
  ASSERT_TRUE(write(options, {}));
  EXPECT_EQ(content(name()), before);
  ASSERT_TRUE(write(options, {"two\n"}));
  EXPECT_EQ(decoded(name()), "one\ntwo\n");
}

INSTANTIATE_TEST_SUITE_P(Codecs, CompressedFileTest, testing::Values("gz", "zst"));

}  // namespace
}  // namespace sluice
