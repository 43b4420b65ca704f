#include "stages/support/output_split.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

using Files = std::vector<std::string>;

SplitOptions parsed(std::vector<Entry> entries) {
  SplitOptions options;
  std::string why;
  EXPECT_TRUE(OptionType<SplitOptions>::parse(Value::map(std::move(entries)), options, why)) << why;
  return options;
}

Entry entry(const std::string& name, const std::string& text) {
  return {name, {}, Value::scalar(text)};
}

/// What a sink of several files would write.
class Splitting {
 public:
  explicit Splitting(const SplitOptions& options, bool passes = true)
      : part_(split_part(options, passes)) {}

  void add(const Batch& in) {
    if (part_.expander->passes(in)) {
      EXPECT_FALSE(in.begins_file());
      files_.back() += text_of(in);
      return;
    }
    Next next = Next::again;
    while (next == Next::again) {
      const BatchPtr out = outputs_.empty();
      const Result<Next> made = part_.expander->expand(in, *out);
      ASSERT_TRUE(made) << to_string(made.error());
      next = made.value();
      if (out->begins_file()) files_.emplace_back();
      files_.back() += text_of(*out);
    }
  }
  const Files& files() const { return files_; }

 private:
  TextBatches outputs_{{2, 64, 4096, 0}};
  ExpanderPart part_;
  Files files_{1};
};

TEST(OutputSplit, CutsBehindSoManyRecords) {
  TextBatches batches;
  Splitting splitting(parsed({entry("records", "3")}));
  for (const char* text : {"a\n", "b\nc\n", "d\ne\nf\n", "", "g\nh\ni\nj"}) {
    splitting.add(*batches.make(text));
  }
  EXPECT_EQ(splitting.files(), (Files{"a\nb\nc\n", "d\ne\nf\n", "g\nh\ni\n", "j"}));
}

TEST(OutputSplit, CutsInFrontOfWhatWouldBeTooMuch) {
  TextBatches batches;
  Splitting splitting(parsed({entry("bytes", "6B")}));
  for (const char* text : {"aa\nbb\n", "c\n", "much too long\n", "d\nee\n", "f\n"}) {
    splitting.add(*batches.make(text));
  }
  EXPECT_EQ(splitting.files(), (Files{"aa\nbb\n", "c\n", "much too long\n", "d\nee\n", "f\n"}));
}

TEST(OutputSplit, CutsAtMultiplesOfATime) {
  TextBatches batches;
  Splitting splitting(parsed({entry("every", "1h"), entry("records", "4")}));
  const auto add = [&](std::int64_t seconds, const char* text) {
    const BatchPtr batch = batches.make(text);
    batch->set_read_time({seconds, 999'999'999});
    splitting.add(*batch);
  };
  add(7199, "a\nb\n");
  add(7200, "");  // Nothing that could begin a file.
  add(7200, "c\n");
  add(10799, "d\n");
  add(7198, "late\n");
  add(10800, "e\nf\ng\nh\ni\n");
  EXPECT_EQ(splitting.files(), (Files{"a\nb\n", "c\nd\nlate\n", "e\nf\ng\nh\n", "i\n"}));
}

/// Record by record, as one would do it by hand.
Files by_hand(const std::vector<std::string>& records, const SplitOptions& options) {
  Files files{""};
  std::uint64_t count = 0;
  for (const std::string& record : records) {
    const bool full = (options.records && count == *options.records) ||
                      (options.bytes && files.back().size() + record.size() > options.bytes->bytes);
    if (count > 0 && full) {
      files.emplace_back();
      count = 0;
    }
    files.back() += record;
    ++count;
  }
  return files;
}

TEST(OutputSplit, DoesNotDependOnWhereBatchesEnd) {
  std::mt19937_64 random(3);
  TextBatches batches;
  for (int round = 0; round < 200; ++round) {
    SplitOptions options;
    if (random() % 2 == 0) options.records = 1 + random() % 20;
    if (!options.records || random() % 2 == 0) options.bytes = ByteSize{1 + random() % 300};
    std::vector<std::string> wanted;
    Splitting splitting(options, random() % 2 == 0);
    for (std::uint64_t batch = random() % 12; batch > 0; --batch) {
      std::string text;
      std::vector<std::uint32_t> kept;
      const std::uint64_t records = random() % 30;
      const bool as_table = random() % 2 == 0;
      for (std::uint32_t i = 0; i < records; ++i) {
        const std::string record = std::string(random() % 70 % (1 + random() % 70), 'x') + "\n";
        text += record;
        if (as_table && random() % 3 == 0) continue;
        kept.push_back(i);
        wanted.push_back(record);
      }
      const BatchPtr in = batches.make(text);
      if (as_table) {
        in->make_table();
        in->keep_rows(kept);
      }
      splitting.add(*in);
    }
    ASSERT_EQ(splitting.files(), by_hand(wanted, options)) << round;
  }
}

TEST(OutputSplit, KeepsTheFieldsOfRecordsThatItCopies) {
  TextBatches batches;
  TextBatches outputs;
  const ExpanderPart part = split_part(parsed({entry("records", "1")}), true);
  const BatchPtr in = batches.make("one\ntwo\n");
  in->make_table();
  Column& column = in->add_column("n");
  column.cells[0] = Cell::integer(1);
  column.cells[1] = Cell::integer(2);
  ASSERT_FALSE(part.expander->passes(*in));
  const BatchPtr first = outputs.empty();
  const BatchPtr second = outputs.empty();
  ASSERT_EQ(part.expander->expand(*in, *first).value(), Next::again);
  ASSERT_EQ(part.expander->expand(*in, *second).value(), Next::input);
  EXPECT_FALSE(first->begins_file());
  EXPECT_TRUE(second->begins_file());
  EXPECT_EQ(second->find_column("n")->cells[0].integer(), 2);
}

TEST(OutputSplit, NeedsALimitThatMakesSense) {
  const auto mistake = [](std::vector<Entry> entries) {
    SplitOptions options;
    std::string why;
    EXPECT_FALSE(OptionType<SplitOptions>::parse(Value::map(std::move(entries)), options, why));
    return why;
  };
  EXPECT_EQ(mistake({}), "it needs one of bytes, records and every");
  EXPECT_EQ(mistake({entry("records", "0")}), "a file has at least a byte, a record and a second");
  EXPECT_EQ(mistake({entry("every", "5ms")}), "a file has at least a byte, a record and a second");
  EXPECT_EQ(mistake({entry("lines", "5")}),
            "there is no 'lines'; expected bytes, records or every");
  EXPECT_NE(mistake({entry("bytes", "5")}), "");
}

TEST(OutputSplit, PrintsWhatItParses) {
  const SplitOptions options =
      parsed({entry("bytes", "1MiB"), entry("records", "7"), entry("every", "1d")});
  EXPECT_EQ(OptionType<SplitOptions>::print(options), "{bytes: 1MiB, records: 7, every: 1d}");
  EXPECT_EQ(OptionType<SplitOptions>::print({}), "");
}

TEST(OutputSplit, PutsNumbersIntoPaths) {
  EXPECT_EQ(numbered_path("out/{number}.log", 7), "out/000007.log");
  EXPECT_EQ(numbered_path("{number}/{number}", 1'234'567), "1234567/1234567");
  EXPECT_EQ(numbered_path("out.log", 1), "out.log");
}

}  // namespace
}  // namespace sluice
