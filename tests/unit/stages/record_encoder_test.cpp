#include "stages/support/record_encoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "stages/support/csv_parser.h"
#include "stages/support/logfmt_parser.h"
#include "stages/support/record_encoding.h"
#include "tests/unit/stages/encoder_fixture.h"

namespace sluice {
namespace {

constexpr Encoding all_encodings[] = {Encoding::jsonl,  Encoding::csv,           Encoding::tsv,
                                      Encoding::logfmt, Encoding::text_template, Encoding::table};

EncodingPlan complete_plan(Encoding encoding, InvalidUtf8 utf8 = InvalidUtf8::replace) {
  EncodingPlan plan = plan_of(encoding, {"a", "b"}, utf8);
  plan.literals = {"<", "|", ">\n"};
  return plan;
}

/// Texts with everything in them that some encoding treats apart.
class Texts {
 public:
  std::string_view next() {
    static constexpr std::string_view pieces[] = {"plain",
                                                  " ",
                                                  "\"",
                                                  "\\",
                                                  ",",
                                                  "\t",
                                                  "=",
                                                  "{",
                                                  "}",
                                                  "\x01",
                                                  "\x7F",
                                                  "\xC3\xA9",
                                                  "\xFF",
                                                  "\xC3",
                                                  "\xE2\x82\xAC",
                                                  "0123456789abcdef0123"};
    std::string& text = made_.emplace_back();
    for (std::size_t left = random_() % 9; left > 0; --left) {
      text += pieces[random_() % std::size(pieces)];
    }
    return text;
  }
  std::size_t below(std::size_t count) { return random_() % count; }

 private:
  std::mt19937 random_{20261124};
  std::deque<std::string> made_;
};

CellTable mixed_table(Texts& texts, std::size_t records) {
  CellTable table{{"a", "b"}, {}};
  for (std::size_t i = 0; i < records; ++i) {
    const Cell other = texts.below(2) == 0 ? Cell::integer(static_cast<std::int64_t>(i)) : Cell();
    table.records.push_back({Cell::text(texts.next()), other});
  }
  return table;
}

TEST(RecordEncoder, WritesTheSameWhateverFitsIntoTheScratch) {
  Texts texts;
  const CellTable first = mixed_table(texts, 400);
  const CellTable second = mixed_table(texts, 3);
  for (const Encoding encoding : all_encodings) {
    std::string expected;
    for (const std::size_t scratch : {std::size_t{1} << 20, std::size_t{900}, std::size_t{0}}) {
      for (const std::size_t buffer : {std::size_t{1} << 20, std::size_t{64}}) {
        EncoderRig rig(complete_plan(encoding), scratch, buffer);
        std::string text = rig.feed(first);
        text += rig.feed(second);
        text += rig.finish();
        if (expected.empty()) expected = text;
        EXPECT_EQ(text, expected) << "encoding " << static_cast<int>(encoding) << " with "
                                  << scratch << " bytes of scratch, buffers of " << buffer;
      }
    }
    EXPECT_GT(expected.size(), 4000U);
  }
}

TEST(RecordEncoder, LetsPassWhatIsEncodedBehindTheTitles) {
  Texts texts;
  const CellTable table = mixed_table(texts, 10);
  EncoderRig json(complete_plan(Encoding::jsonl));
  json.feed(table);
  json.feed(table);
  EXPECT_EQ(json.passed(), 2U);
  EncoderRig csv(complete_plan(Encoding::csv));
  EXPECT_TRUE(csv.feed(table).starts_with("a,b\n"));
  EXPECT_EQ(csv.records(), 10U);
  csv.feed(table);
  EXPECT_EQ(csv.passed(), 1U);
}

TEST(RecordEncoder, DoesNotRepeatTitlesBehindEarlierOutput) {
  const auto earlier = std::make_shared<EarlierOutput>();
  const CellTable table{{"a", "b"}, {{Cell::integer(1), Cell::integer(2)}}};
  for (const Encoding encoding : {Encoding::csv, Encoding::tsv}) {
    EncoderRig rig(complete_plan(encoding), 4096, 4096, earlier);
    earlier->exists = true;
    EXPECT_EQ(rig.feed(table), encoding == Encoding::csv ? "1,2\n" : "1\t2\n");
    EXPECT_EQ(rig.finish(), "");
    EncoderRig empty(complete_plan(encoding), 4096, 4096, earlier);
    EXPECT_EQ(empty.finish(), "");
    earlier->exists = false;
  }
}

TEST(RecordEncoder, WritesOnlyWantedRecords) {
  EncoderRig rig(complete_plan(Encoding::csv));
  const BatchPtr batch = rig.make(
      {{"a", "b"}, {{Cell::integer(1), {}}, {Cell::integer(2), {}}, {Cell::integer(3), {}}}});
  std::vector<std::uint32_t> kept{0, 2};
  batch->keep_rows(kept);
  EXPECT_EQ(rig.feed(*batch), "a,b\n1,\n3,\n");
}

TEST(RecordEncoder, WritesTheTextOfLinesThatAreNoTable) {
  EncodingPlan plan = plan_of(Encoding::jsonl, {""});
  plan.outputs.front().title = "raw";
  EncoderRig rig(plan);
  TextBatches batches;
  EXPECT_EQ(rig.feed(*batches.make("one\r\n\ntwo")),
            "{\"raw\":\"one\"}\n{\"raw\":\"\"}\n{\"raw\":\"two\"}\n");
}

TEST(RecordEncoder, LeavesLinesThatNobodyChangedAsTheyAre) {
  EncodingPlan plan = plan_of(Encoding::jsonl, {std::string(error_field)});
  plan.keeps_text = true;
  EncoderRig rig(plan);
  TextBatches batches;
  const BatchPtr good = batches.make("{\"a\" : 1}\r\n{}\n");
  good->make_table();
  EXPECT_EQ(rig.feed(*good), "{\"a\" : 1}\r\n{}\n");
  EXPECT_EQ(rig.passed(), 1U);
  EXPECT_FALSE(good->is_rewritten());

  const BatchPtr bad = batches.make("{\"a\" : 1}\r\n{\n{\"b\":2}");
  bad->make_table();
  bad->add_column(error_field).cells[1] = Cell::text("broken");
  std::vector<std::uint32_t> rows{1};
  bad->set_bad_rows(rows);
  EXPECT_EQ(rig.feed(*bad), "{\"a\" : 1}\r\n{\"error\":\"broken\"}\n{\"b\":2}\n");

  // The bad one is not wanted; the last line has no end, which it gets.
  const BatchPtr thinned = batches.make("{}\n{\n{\"b\":2}");
  thinned->make_table();
  std::vector<std::uint32_t> bad_rows{1};
  thinned->set_bad_rows(bad_rows);
  std::vector<std::uint32_t> kept{0, 2};
  thinned->keep_rows(kept);
  EXPECT_EQ(rig.feed(*thinned), "{}\n{\"b\":2}\n");

  // Not all framings keep records on one line.
  const BatchPtr folded = batches.make("{\"a\":\n1}\n{}\n");
  std::vector<Slice> records{{0, 9}, {9, 3}};
  folded->set_rows(records);
  EXPECT_EQ(rig.feed(*folded), "{\"a\": 1}\n{}\n");
}

TEST(RecordEncoder, SaysWhichTextIsNotUtf8) {
  for (const Encoding encoding :
       {Encoding::jsonl, Encoding::csv, Encoding::tsv, Encoding::logfmt, Encoding::text_template}) {
    const CellTable table{
        {"a", "b"},
        {{Cell::text("fine"), Cell::text("\xC3\xA9")}, {Cell::text("fine"), Cell::text("x\xFFy")}}};
    for (const std::size_t scratch : {std::size_t{4096}, std::size_t{0}}) {
      EncoderRig rig(complete_plan(encoding, InvalidUtf8::fail), scratch);
      EXPECT_EQ(rig.feed(table),
                "error: cannot write a record (utf8: fail): 'b' is not UTF-8: x\xFFy");
      EXPECT_EQ(rig.error().code, ErrorCode::corrupt_input);
    }
  }
}

TEST(RecordEncoder, ReplacesOrEscapesWhatIsNotUtf8) {
  const CellTable table{{"a", "b"}, {{Cell::text("x\xFFy\xC3"), Cell::text("\xC3\xA9")}}};
  const auto replaced = [&](Encoding encoding) { return encoded(complete_plan(encoding), table); };
  const auto escaped = [&](Encoding encoding) {
    return encoded(complete_plan(encoding, InvalidUtf8::escape), table);
  };
  constexpr const char* both = "x\xEF\xBF\xBDy\xEF\xBF\xBD";
  EXPECT_EQ(replaced(Encoding::jsonl),
            std::string("{\"a\":\"") + both + "\",\"b\":\"\xC3\xA9\"}\n");
  EXPECT_EQ(replaced(Encoding::csv), std::string("a,b\n") + both + ",\xC3\xA9\n");
  EXPECT_EQ(replaced(Encoding::tsv), std::string("a\tb\n") + both + "\t\xC3\xA9\n");
  EXPECT_EQ(replaced(Encoding::logfmt), std::string("a=\"") + both + "\" b=\xC3\xA9\n");
  EXPECT_EQ(replaced(Encoding::text_template), std::string("<") + both + "|\xC3\xA9>\n");
  EXPECT_EQ(escaped(Encoding::jsonl), "{\"a\":\"x\\\\xffy\\\\xc3\",\"b\":\"\xC3\xA9\"}\n");
  EXPECT_EQ(escaped(Encoding::csv), "a,b\nx\\xffy\\xc3,\xC3\xA9\n");
  EXPECT_EQ(escaped(Encoding::logfmt), "a=\"x\\\\xffy\\\\xc3\" b=\xC3\xA9\n");
}

TEST(RecordEncoder, WritesEveryTypeOfValue) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const std::vector<std::pair<Cell, std::string>> json{
      {Cell::null(), "null"},
      {Cell::boolean(true), "true"},
      {Cell::integer(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808"},
      {Cell::real(0.1), "0.1"},
      {Cell::real(5e-324), "5e-324"},
      {Cell::real(1.7976931348623157e308), "1.7976931348623157e+308"},
      {Cell::real(-0.0), "-0"},
      {Cell::real(std::nan("")), "null"},
      {Cell::real(-infinity), "null"},
      {Cell::decimal("123456789012345678901234567890"), "123456789012345678901234567890"},
      {Cell::json("[1, {\"a\":2}]"), "[1, {\"a\":2}]"},
      {Cell::timestamp({1, 500'000'000}), "\"1970-01-01T00:00:01.500Z\""},
      {Cell::duration({-1, 500'000'000}), "\"-0.5s\""},
      {Cell::text("a\"\\\b\f\n\r\t\x01\x7F/"), R"("a\"\\\b\f\n\r\t\u0001\u007f/")"},
      {Cell::text(""), "\"\""}};
  for (const auto& [cell, text] : json) {
    EXPECT_EQ(encoded(plan_of(Encoding::jsonl, {"k"}), {{"k"}, {{cell}}}),
              "{\"k\":" + text + "}\n");
  }
  EXPECT_EQ(encoded(plan_of(Encoding::jsonl, {"k"}), {{"k"}, {{Cell()}}}), "{}\n");

  const std::vector<std::pair<Cell, std::string>> csv{{Cell::null(), "\"\""},
                                                      {Cell(), "\"\""},
                                                      {Cell::text(""), "\"\""},
                                                      {Cell::real(infinity), "inf"},
                                                      {Cell::text("a b"), "a b"},
                                                      {Cell::text("a,b"), "\"a,b\""},
                                                      {Cell::text("\""), "\"\"\"\""},
                                                      {Cell::text("a\nb\r"), "\"a\nb\r\""},
                                                      {Cell::json("[1,2]"), "\"[1,2]\""}};
  for (const auto& [cell, text] : csv) {
    EXPECT_EQ(encoded(plan_of(Encoding::csv, {"k"}), {{"k"}, {{cell}}}), "k\n" + text + "\n");
  }
  EXPECT_EQ(encoded(plan_of(Encoding::csv, {"k", "l"}),
                    {{"k", "l"}, {{Cell::null(), Cell::text("")}, {Cell(), Cell()}}}),
            "k,l\n,\"\"\n,\n");

  const std::vector<std::pair<Cell, std::string>> logfmt{
      {Cell::null(), ""},
      {Cell(), ""},
      {Cell::text(""), "k=\"\""},
      {Cell::text("a"), "k=a"},
      {Cell::text("a b"), "k=\"a b\""},
      {Cell::text("a=b"), "k=\"a=b\""},
      {Cell::text("a\\b"), "k=\"a\\\\b\""},
      {Cell::text("12"), "k=\"12\""},
      {Cell::text("007"), "k=007"},
      {Cell::text("true"), "k=\"true\""},
      {Cell::text("trueish"), "k=trueish"},
      {Cell::integer(12), "k=12"},
      {Cell::boolean(false), "k=false"},
      {Cell::json("{\"a\":1}"), "k=\"{\\\"a\\\":1}\""},
      {Cell::timestamp({0, 0}), "k=1970-01-01T00:00:00Z"}};
  for (const auto& [cell, text] : logfmt) {
    EXPECT_EQ(encoded(plan_of(Encoding::logfmt, {"k"}), {{"k"}, {{cell}}}), text + "\n");
  }
  EXPECT_EQ(encoded(plan_of(Encoding::logfmt, {"a \"b=", ""}),
                    {{"a \"b=", "x"}, {{Cell::integer(1), Cell()}}}),
            "a__b_=1 _=text\n");
}

TEST(RecordEncoder, WritesLongTexts) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += i % 100 == 0 ? "\"" : "\xC3\xA9";
  const std::string escaped =
      encoded(plan_of(Encoding::jsonl, {"k"}), {{"k"}, {{Cell::text(text)}}});
  EXPECT_EQ(escaped.size(), text.size() + 200 + 9);
  text += '\xC3';
  const std::string replaced =
      encoded(plan_of(Encoding::jsonl, {"k"}), {{"k"}, {{Cell::text(text)}}});
  EXPECT_EQ(replaced.size(), escaped.size() + 3);
  EXPECT_TRUE(replaced.ends_with("\xEF\xBF\xBD\"}\n"));
}

/// What `parser`, of fields a and b, reads from one line of an encoding.
std::vector<Cell> parsed(RecordParser& parser, std::string_view line, TextArena& arena) {
  std::vector<Cell> cells(2);
  parser.set_columns({&cells[0], &cells[1]});
  EXPECT_FALSE(parser.parse(line, 0, arena)) << line;
  return cells;
}

void expect_equal(const Cell& cell, const Cell& original, const std::string& line) {
  ASSERT_EQ(cell.type(), original.type()) << line;
  if (cell.type() == Cell::Type::text) {
    EXPECT_EQ(cell.text(), original.text()) << line;
  } else if (cell.type() == Cell::Type::integer) {
    EXPECT_EQ(cell.integer(), original.integer()) << line;
  }
}

TEST(RecordEncoder, LogfmtComesBackAsItWas) {
  Texts texts;
  LogfmtParser parser({"a", "b"});
  for (const CellTable& table = mixed_table(texts, 3000);
       const std::vector<Cell>& record : table.records) {
    if (!is_utf8(record[0].text())) continue;
    std::string line = encoded(complete_plan(Encoding::logfmt), {{"a", "b"}, {record}});
    ASSERT_EQ(line.back(), '\n');
    line.pop_back();
    const std::string padded = line + std::string(Buffer::slack, '\0');
    TextArena arena;
    const auto cells = parsed(parser, std::string_view(padded).substr(0, line.size()), arena);
    expect_equal(cells[0], record[0], line);
    expect_equal(cells[1], record[1], line);
  }
}

TEST(RecordEncoder, CsvAndTsvComeBackAsTheyWere) {
  Texts texts;
  const CellTable table = mixed_table(texts, 3000);
  for (const bool is_csv : {true, false}) {
    CsvParser parser(is_csv ? ',' : '\t', {0, 1});
    EncodingPlan plan = complete_plan(is_csv ? Encoding::csv : Encoding::tsv);
    for (const std::vector<Cell>& record : table.records) {
      if (!is_utf8(record[0].text())) continue;
      std::string line = encoded(plan, {{"a", "b"}, {record}}).substr(4);
      line.pop_back();
      const std::string padded = line + std::string(Buffer::slack, '\0');
      TextArena arena;
      const auto cells = parsed(parser, std::string_view(padded).substr(0, line.size()), arena);
      expect_equal(cells[0], record[0], line);
      const Cell& b = record[1];
      if (b.is_missing()) {
        EXPECT_EQ(cells[1].type(), Cell::Type::null);
      } else {
        EXPECT_EQ(cells[1].text(), std::to_string(b.integer()));
      }
    }
  }
}

}  // namespace
}  // namespace sluice
