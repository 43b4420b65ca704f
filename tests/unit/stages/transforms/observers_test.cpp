// The transforms that look at what passes: hash, count, throttle.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "stages/support/digest.h"
#include "tests/support/stage_rig.h"

namespace sluice {

void register_hash(Registry& registry);
void register_count(Registry& registry);
void register_throttle(Registry& registry);

namespace {

using Codes = std::vector<std::string>;

/// "NAME=VALUE NAME=VALUE"
std::string findings_of(const StageContext& context) {
  std::string text;
  for (const Findings::Entry& entry : context.findings().all()) {
    text += (text.empty() ? "" : " ") + entry.name + "=";
    if (const auto* count = std::get_if<std::uint64_t>(&entry.value)) {
      text += std::to_string(*count);
    } else {
      text += std::get<std::string>(entry.value);
    }
  }
  return text;
}

Observer& observer_in(const Parts& parts) { return *std::get<ObserverPart>(parts[0]).observer; }

/// Rows 0 and 2 of three, out of order in memory or not.
BatchPtr thinned(TextBatches& batches) {
  BatchPtr batch = batches.make("one\ntwo\nthree\n");
  batch->make_table();
  std::vector<std::uint32_t> rows{0, 2};
  batch->keep_rows(rows);
  return batch;
}

TEST(Hash, IsOverTheWantedBytesInOrder) {
  StageRig rig(register_hash);
  TextBatches batches;
  const Parts parts = rig.parts({{"algorithm", Value::scalar("crc32")}});
  Observer& hash = observer_in(parts);
  EXPECT_FALSE(hash.may_block());
  ASSERT_TRUE(hash.open(rig.context()));
  ASSERT_TRUE(hash.observe(*thinned(batches)));
  ASSERT_TRUE(hash.observe(*batches.make("four")));
  EXPECT_EQ(findings_of(rig.context()), "");
  ASSERT_TRUE(hash.finish());
  // python3 -c "import zlib; print('%08x' % zlib.crc32(b'one\nthree\nfour'))"
  EXPECT_EQ(findings_of(rig.context()), "algorithm=crc32 digest=21571bb2 bytes=14");
}

TEST(Hash, SaysSoOfAnEmptyInputAsWell) {
  StageRig rig(register_hash);
  const Parts parts = rig.parts({});
  ASSERT_TRUE(observer_in(parts).finish());
  EXPECT_EQ(findings_of(rig.context()),
            "algorithm=sha256 "
            "digest=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 bytes=0");
}

TEST(Hash, KnowsItsAlgorithms) {
  EXPECT_EQ(StageRig(register_hash).mistakes({{"algorithm", Value::scalar("md5")}}),
            Codes{"option.type"});
}

TEST(Count, AddsUpWhatIsWanted) {
  StageRig rig(register_count);
  TextBatches batches;
  const Parts parts = rig.parts({});
  EXPECT_EQ(findings_of(rig.context()), "records=0 bytes=0");
  const auto& part = std::get<TransformPart>(parts[0]);
  // An instance for each of two threads.
  const auto one = part.make();
  const auto other = part.make();
  ASSERT_TRUE(one.value()->apply(*thinned(batches), {}));
  ASSERT_TRUE(other.value()->apply(*batches.make("four"), {}));
  EXPECT_EQ(findings_of(rig.context()), "records=3 bytes=14");
}

TEST(Throttle, NeedsARate) {
  const StageRig rig(register_throttle);
  EXPECT_EQ(rig.mistakes({}), Codes{"option.missing"});
  EXPECT_EQ(rig.mistakes({{"burst", Value::scalar("1s")}}), Codes{"option.missing"});
  EXPECT_EQ(rig.mistakes({{"bytes_per_second", Value::scalar("0B")}}), Codes{"option.range"});
  EXPECT_EQ(rig.mistakes({{"records_per_second", Value::scalar("0")}}), Codes{"option.range"});
}

/// What holds back is told apart by who lets go: nothing but stop() ends a wait of a day.
TEST(Throttle, HoldsTheNextBatchBackUntilItIsStopped) {
  TextBatches batches;
  for (const char* option : {"bytes_per_second", "records_per_second"}) {
    StageRig rig(register_throttle);
    const bool by_bytes = std::string(option) == "bytes_per_second";
    const Parts parts = rig.parts({{option, Value::scalar(by_bytes ? "1B" : "1")}});
    Observer& throttle = observer_in(parts);
    EXPECT_TRUE(throttle.may_block());
    const BatchPtr batch = batches.make(std::string(std::size_t{90'000}, by_bytes ? 'x' : '\n'));
    ASSERT_TRUE(throttle.observe(*batch));  // Passes; the time behind it is what is paid with.
    std::thread stopper([&] { throttle.stop(); });
    ASSERT_TRUE(throttle.observe(*batch));
    stopper.join();
    ASSERT_TRUE(throttle.observe(*batch));  // Later ones do not wait either.
  }
}

TEST(Throttle, LetsPassWhatTheRateAllows) {
  TextBatches batches;
  StageRig rig(register_throttle);
  const Parts parts = rig.parts({{"bytes_per_second", Value::scalar("1TiB")},
                                 {"records_per_second", Value::scalar("1000000000000")}});
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(observer_in(parts).observe(*batches.make("one\n")));
}

}  // namespace
}  // namespace sluice
