#include "stages/support/separated_framing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "engine/data/scan.h"
#include "tests/support/framing_rig.h"
#include "tests/support/test_effort.h"

namespace sluice {
namespace {

using Records = std::vector<std::string>;

constexpr std::size_t usual_bound = 1000;

Records records_of(std::string_view text, std::size_t bound = usual_bound, char separator = ',') {
  std::vector<Slice> rows;
  append_records(text, separator, bound, rows);
  Records records;
  for (const Slice row : rows) records.emplace_back(text.substr(row.offset, row.length));
  return records;
}

/// The same rules, written as a person would check them: try to read the record field by field, and
/// take the line when that does not work.
Records model_of(std::string_view text, std::size_t bound, char separator) {
  Records records;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::string_view within = text.substr(begin, bound);
    const bool is_all = within.size() < bound;
    std::size_t at = 0;
    std::size_t end = npos;
    while (end == npos) {
      if (at < within.size() && within[at] == '"') {
        std::size_t close = at + 1;
        while (close < within.size() &&
               (within[close] != '"' || within.substr(close + 1, 1) == "\"")) {
          close += within[close] == '"' ? 2 : 1;
        }
        if (close >= within.size()) break;
        at = close + 1;
        if (within.substr(at, 2) == "\r\n") ++at;
        if (at < within.size() && within[at] != separator && within[at] != '\n') {
          if (!(within[at] == '\r' && at + 1 == within.size())) break;
          ++at;
        }
      } else {
        while (at < within.size() && within[at] != separator && within[at] != '\n') ++at;
      }
      if (at == within.size()) {
        if (!is_all) break;
        end = at;
      } else if (within[at] == '\n') {
        end = at + 1;
      } else {
        ++at;
      }
    }
    if (end == npos) {
      const std::size_t newline = text.find('\n', begin);
      end = newline == npos ? text.size() - begin : newline + 1 - begin;
    }
    records.emplace_back(text.substr(begin, end));
    begin += end;
  }
  return records;
}

TEST(SeparatedFraming, KeepsLineEndsInQuotes) {
  EXPECT_EQ(records_of("a,b\nc,d\n"), (Records{"a,b\n", "c,d\n"}));
  EXPECT_EQ(records_of("a,\"b\nc\"\nd,e"), (Records{"a,\"b\nc\"\n", "d,e"}));
  EXPECT_EQ(records_of("\"a\n\",\"b\n\"\r\nc"), (Records{"\"a\n\",\"b\n\"\r\n", "c"}));
  EXPECT_EQ(records_of("\"a\"\"\n\"\"\"\nb\n"), (Records{"\"a\"\"\n\"\"\"\n", "b\n"}));
  EXPECT_EQ(records_of("\"\n\""), (Records{"\"\n\""}));
  EXPECT_EQ(records_of(""), Records{});
  EXPECT_EQ(records_of("\n\n"), (Records{"\n", "\n"}));
}

TEST(SeparatedFraming, OpensQuotesOnlyAtTheBeginningOfAField) {
  EXPECT_EQ(records_of("a\"b\nc\"d\n"), (Records{"a\"b\n", "c\"d\n"}));
  EXPECT_EQ(records_of("a, \"b\nc\"\n"), (Records{"a, \"b\n", "c\"\n"}));
  EXPECT_EQ(records_of("a\t\"b\nc\"\n"), (Records{"a\t\"b\n", "c\"\n"}));
  EXPECT_EQ(records_of("a\t\"b\nc\"\n", usual_bound, '\t'), (Records{"a\t\"b\nc\"\n"}));
}

TEST(SeparatedFraming, TakesALineWhereAQuoteIsNone) {
  EXPECT_EQ(records_of("a,\"b\nc\nd\n"), (Records{"a,\"b\n", "c\n", "d\n"}));
  EXPECT_EQ(records_of("\"a\nb\"c\nd\n"), (Records{"\"a\n", "b\"c\n", "d\n"}));
  EXPECT_EQ(records_of("\"a\nb\nc\"\nd\n", 6), (Records{"\"a\n", "b\n", "c\"\n", "d\n"}));
  EXPECT_EQ(records_of("\"a\nb\nc\"\nd\n", 8), (Records{"\"a\nb\nc\"\n", "d\n"}));
}

std::string random_csv(std::mt19937& random, std::size_t size) {
  constexpr std::string_view alphabet = "\"\"\",,\n\r\nab\"\"";
  std::uniform_int_distribution<std::size_t> pick(0, alphabet.size() - 1);
  std::string text;
  while (text.size() < size) text += alphabet[pick(random)];
  return text;
}

TEST(SeparatedFraming, AgreesWithAPlainModel) {
  std::mt19937 random(4180);
  for (int round = 0; round < 3000; ++round) {
    const std::string text = random_csv(random, static_cast<std::size_t>(round) % 60);
    for (const std::size_t bound : {7U, 20U, 1000U}) {
      ASSERT_EQ(records_of(text, bound), model_of(text, bound, ',')) << text << " " << bound;
    }
  }
}

TEST(SeparatedFraming, DoesNotDependOnHowAStreamIsCut) {
  std::mt19937 random(11);
  FramingOptions options;
  options.framing = Framing::csv;
  options.max_record = ByteSize{64};
  for (int round = 0; round < rounds(300); ++round) {
    const std::string text = random_csv(random, 2000);
    Records expected;
    for (const std::string& record : model_of(text, 66, ',')) {
      const std::size_t end = record.ends_with("\r\n") ? record.size() - 2
                              : record.ends_with("\n") ? record.size() - 1
                                                       : record.size();
      const std::string content = record.substr(0, std::min<std::size_t>(end, 64));
      // A CR in front of the line end that it got belongs to that.
      const bool is_cut = end > 64;
      expected.push_back(is_cut && content.ends_with('\r') ? content.substr(0, 63) : content);
    }
    for (const std::size_t buffer : {16U, 100U, 4096U}) {
      for (const std::size_t piece : {1U, 7U, 100'000U}) {
        const Cuts cuts{buffer, [piece] { return piece; }};
        ASSERT_EQ(frame(text, options, cuts).texts(), expected) << buffer << " " << piece;
      }
    }
  }
}

}  // namespace
}  // namespace sluice
