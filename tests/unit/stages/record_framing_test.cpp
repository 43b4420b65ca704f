#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/framing_rig.h"
#include "tests/unit/stages/encoder_fixture.h"

namespace sluice {
namespace {

using Texts = std::vector<std::string>;
using Incidents = std::map<std::string, std::uint64_t>;
using std::string_literals::operator""s;

FramingOptions framing(Framing framing, Oversize oversize = Oversize::truncate) {
  FramingOptions options;
  options.framing = framing;
  options.max_record = ByteSize{64};
  options.oversize = oversize;
  return options;
}

FramingOptions delimited(std::string delimiter) {
  FramingOptions options = framing(Framing::lines);
  options.delimiter = std::move(delimiter);
  return options;
}

FramingOptions prefixed(LengthPrefix prefix) {
  FramingOptions options = framing(Framing::length_prefixed);
  options.prefix = prefix;
  return options;
}

FramingOptions fixed(std::uint64_t size) {
  FramingOptions options = framing(Framing::fixed);
  options.record_size = ByteSize{size};
  return options;
}

/// The length of a record, as the formats have it.
std::string prefix_of(LengthPrefix prefix, std::uint64_t length) {
  const auto bytes = [&](int count, bool little) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      text += static_cast<char>(length >> (8 * (little ? i : count - 1 - i)));
    }
    return text;
  };
  switch (prefix) {
    case LengthPrefix::u8:
      return bytes(1, true);
    case LengthPrefix::u16le:
      return bytes(2, true);
    case LengthPrefix::u16be:
      return bytes(2, false);
    case LengthPrefix::u32le:
      return bytes(4, true);
    case LengthPrefix::u32be:
      return bytes(4, false);
    case LengthPrefix::varint:
      break;
  }
  std::string text;
  for (; length >= 128; length >>= 7) text += static_cast<char>(length | 128);
  return text + static_cast<char>(length);
}

std::string frame_of(const FramingOptions& options, const std::string& record) {
  switch (options.framing) {
    case Framing::lines:
      return record + options.delimiter.value_or("\n");
    case Framing::null_terminated:
      return record + '\0';
    case Framing::length_prefixed:
      return prefix_of(*options.prefix, record.size()) + record;
    case Framing::octet_counted:
      return std::to_string(record.size()) + " " + record;
    case Framing::json_seq:
      return "\x1e" + record + "\n";
    default:
      return record;
  }
}

const std::vector<FramingOptions>& all_framings() {
  static const std::vector<FramingOptions> all{framing(Framing::null_terminated),
                                               delimited("|"),
                                               delimited("||"),
                                               delimited("\r\n"),
                                               delimited("aba"),
                                               prefixed(LengthPrefix::u8),
                                               prefixed(LengthPrefix::u16le),
                                               prefixed(LengthPrefix::u16be),
                                               prefixed(LengthPrefix::u32le),
                                               prefixed(LengthPrefix::u32be),
                                               prefixed(LengthPrefix::varint),
                                               framing(Framing::octet_counted),
                                               framing(Framing::json_seq),
                                               fixed(1),
                                               fixed(7),
                                               framing(Framing::whole_file)};
  return all;
}

/// A record of any bytes that the framing can hold.
std::string random_record(const FramingOptions& options, std::mt19937& random, std::size_t most) {
  constexpr std::string_view alphabet("ab|\r\n\0 \x1e\xff", 9);
  std::string record;
  std::size_t length = random() % (most + 1);
  if (options.framing == Framing::fixed) length = options.record_size->bytes;
  if (options.framing == Framing::octet_counted) length = std::max<std::size_t>(length, 1);
  while (record.size() < length) record += alphabet[random() % alphabet.size()];
  const auto replace = [&](const std::string& text) {
    for (std::size_t at = record.find(text); at != std::string::npos; at = record.find(text))
      record[at] = 'x';
  };
  if (options.framing == Framing::null_terminated) replace("\0"s);
  if (options.framing == Framing::json_seq) {
    replace("\x1e");
    record = '[' + record;
  }
  if (options.delimiter) {
    // Nor may a delimiter arise with the one behind the record.
    for (std::size_t at = 0;
         (at = (record + *options.delimiter).find(*options.delimiter)) < record.size();) {
      record[at] = 'x';
    }
  }
  return record;
}

Texts random_records(const FramingOptions& options, std::mt19937& random) {
  Texts records;
  const bool is_one = options.framing == Framing::whole_file;
  for (std::size_t count = is_one ? 1 : random() % 40; records.size() < count;) {
    records.push_back(random_record(options, random, random() % 3 == 0 ? 63 : 9));
  }
  if (is_one && records.front().empty()) records.clear();  // An empty input has no record.
  return records;
}

std::string join(const FramingOptions& options, const Texts& records) {
  std::string text;
  for (const std::string& record : records) text += frame_of(options, record);
  return text;
}

std::string name_of(const FramingOptions& options) {
  std::string name = OptionType<Framing>::print(options.framing);
  if (options.prefix) name += " " + OptionType<LengthPrefix>::print(*options.prefix);
  if (options.delimiter) name += " " + *options.delimiter;
  if (options.record_size) name += " " + std::to_string(options.record_size->bytes);
  return name;
}

Cuts random_cuts(std::mt19937& random) {
  const std::size_t longest = random() % 2 == 0 ? 3 : 100;
  return {1 + random() % 200, [&random, longest] { return 1 + random() % longest; },
          [&random] { return random() % 8 == 0; }};
}

TEST(RecordFraming, GivesBackAnyRecordsHoweverTheStreamIsCut) {
  std::mt19937 random(6587);
  for (const FramingOptions& options : all_framings()) {
    for (int round = 0; round < 20; ++round) {
      const Texts records = random_records(options, random);
      const FramedText framed = frame(join(options, records), options, random_cuts(random));
      ASSERT_EQ(framed.texts(), records) << name_of(options);
      ASSERT_EQ(framed.damage, "") << name_of(options);
      ASSERT_THAT(framed.incidents, testing::IsEmpty()) << name_of(options);
    }
  }
}

TEST(RecordFraming, KnowsWhereRecordsBegin) {
  std::mt19937 random(5);
  for (const FramingOptions& options : all_framings()) {
    const Texts records = random_records(options, random);
    const std::string text = join(options, records);
    for (const auto& record : frame(text, options, random_cuts(random)).records) {
      ASSERT_EQ(text.substr(record.offset, record.text.size()), record.text) << name_of(options);
    }
  }
}

TEST(RecordFraming, TreatsDamageTheSameHoweverTheStreamIsCut) {
  std::mt19937 random(7464);
  for (FramingOptions options : all_framings()) {
    for (int round = 0; round < 50; ++round) {
      options.max_record = ByteSize{round % 2 == 0 ? 64U : 16U};
      options.oversize = round % 3 == 0 ? Oversize::drop : Oversize::truncate;
      std::string text = join(options, random_records(options, random));
      for (int i = 0; i < 3 && !text.empty(); ++i) {
        text[random() % text.size()] = static_cast<char>(random());
        if (random() % 4 == 0) text.resize(random() % text.size());
      }
      const FramedText whole = frame(text, options, {text.size() + 1});
      ASSERT_EQ(frame(text, options, random_cuts(random)), whole) << name_of(options) << text;
      for (const auto& record : whole.records) ASSERT_LE(record.text.size(), 64U);
    }
  }
}

TEST(RecordFraming, BoundsRecordsInEachWay) {
  const std::string fits(64, 'x');
  const std::string longer(65, 'y');
  const std::string very_long(10'000, 'z');
  for (FramingOptions options : all_framings()) {
    if (options.framing == Framing::fixed || options.framing == Framing::whole_file) continue;
    Texts records{fits, longer, "a", very_long, "b"};
    if (options.prefix == LengthPrefix::u8) records[3].resize(255);
    if (options.framing == Framing::json_seq) {
      for (std::string& record : records) record.front() = '[';
    }
    const std::string text = join(options, records);
    for (const std::size_t buffer : {30U, 20'000U}) {
      const Cuts cuts{buffer};
      options.oversize = Oversize::truncate;
      FramedText framed = frame(text, options, cuts);
      EXPECT_EQ(framed.texts(),
                (Texts{fits.size() == 64 ? records[0] : "", records[1].substr(0, 64), records[2],
                       records[3].substr(0, 64), records[4]}))
          << name_of(options);
      EXPECT_EQ(framed.incidents, (Incidents{{"oversize_truncated", 2}}));
      options.oversize = Oversize::drop;
      framed = frame(text, options, cuts);
      EXPECT_EQ(framed.texts(), (Texts{records[0], records[2], records[4]})) << name_of(options);
      EXPECT_EQ(framed.incidents, (Incidents{{"oversize_dropped", 2}}));
      options.oversize = Oversize::fail;
      EXPECT_EQ(frame(text, options, cuts).error, ErrorCode::limit) << name_of(options);
    }
  }
  FramingOptions whole = framing(Framing::whole_file);
  EXPECT_EQ(frame(very_long, whole, {30}).texts(), Texts{std::string(64, 'z')});
  EXPECT_EQ(frame(very_long, whole).incidents, (Incidents{{"oversize_truncated", 1}}));
}

TEST(RecordFraming, KeepsLineEndsInRecords) {
  const Texts records{"", "\n", "\r", "\r\n", "a\n", "a\r", "a\r\n", "\n\n", "a\nb", "\r\r\n"};
  for (const FramingOptions& options :
       {framing(Framing::null_terminated), delimited("|"), prefixed(LengthPrefix::varint)}) {
    EXPECT_EQ(frame(join(options, records), options).texts(), records);
  }
  EXPECT_EQ(frame("a\nb\r\r\nc\n\n", fixed(2)).texts(), (Texts{"a\n", "b\r", "\r\n", "c\n"}))
      << "and a rest";
  EXPECT_EQ(frame("a\r\n", framing(Framing::whole_file)).texts(), Texts{"a\r\n"});
}

TEST(RecordFraming, TakesTheFirstOfDelimitersThatOverlap) {
  EXPECT_EQ(frame("a|||b||||c", delimited("||")).texts(), (Texts{"a", "|b", "", "c"}));
  EXPECT_EQ(frame("a|||b", delimited("||"), {1, [] { return 1; }}).texts(), (Texts{"a", "|b"}));
  EXPECT_EQ(frame("a\r\n", delimited("\n")).texts(), Texts{"a\r"});
}

TEST(RecordFraming, BelievesNoLengthBeforeTheBytesAreThere) {
  const std::string claim = "\xff\xff\xff\xff"s + "0123456789";
  const FramedText framed = frame("\x01\0\0\0a"s + claim, prefixed(LengthPrefix::u32le));
  EXPECT_EQ(framed.texts(), Texts{"a"});
  EXPECT_EQ(framed.damage, "the input ends inside a record");
  EXPECT_EQ(framed.damage_offset, 5 + claim.size());
  // 2^64 - 1
  EXPECT_EQ(
      frame("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s + "abc", prefixed(LengthPrefix::varint))
          .damage,
      "the input ends inside a record");
}

TEST(RecordFraming, RefusesLengthsThatAreNone) {
  const auto framed = frame(
      "\x01"
      "a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s +
          "bcd",
      prefixed(LengthPrefix::varint));
  EXPECT_EQ(framed.texts(), Texts{"a"});
  EXPECT_EQ(framed.damage, "a length prefix does not fit 64 bits");
  EXPECT_EQ(framed.damage_offset, 2U);
  const auto damage = [](const std::string& text) {
    return frame(text, framing(Framing::octet_counted)).damage;
  };
  EXPECT_EQ(damage("1 ax1 b"), "an octet count must be digits and a space");
  EXPECT_EQ(damage("1 a05 hello"), "an octet count must not begin with 0");
  EXPECT_EQ(damage(" a"), "an octet count must be digits and a space");
  EXPECT_EQ(damage("12345678901234567890 a"), "an octet count has too many digits");
  EXPECT_EQ(damage("12"), "the input ends inside a record");
  EXPECT_EQ(damage("2 ab\n"), "");
}

TEST(RecordFraming, ReadsOctetCountsAsInRfc6587) {
  // 3.4.1: SYSLOG-FRAME = MSG-LEN SP SYSLOG-MSG, with messages of RFC 5424, 6.5.
  const std::string first =
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \xef\xbb\xbf'su root' "
      "failed for lonvick on /dev/pts/8";
  const std::string second =
      "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the "
      "do-nuts.";
  FramingOptions options = framing(Framing::octet_counted);
  options.max_record = 1_MiB;
  const std::string text = std::to_string(first.size()) + " " + first + "\n" +
                           std::to_string(second.size()) + " " + second;
  EXPECT_EQ(frame(text, options, {10}).texts(), (Texts{first, second}));
}

TEST(RecordFraming, LeavesOutJsonTextsThatLostTheirEndAsInRfc7464) {
  const auto sequence = [](const std::string& text) {
    return frame(text, framing(Framing::json_seq), {5, [] { return 3; }});
  };
  EXPECT_EQ(sequence("\x1e{\"a\":1}\n\x1e[2]\n\x1e\"s\"\x1etrue\n").texts(),
            (Texts{"{\"a\":1}", "[2]", "\"s\"", "true"}));
  // 2.4: a number or a name is whole only if white space follows it.
  for (const char* cut : {"\x1e"
                          "12\x1e"
                          "34\n",
                          "\x1e"
                          "tru\x1e"
                          "34\n",
                          "\x1e"
                          "34\n\x1enull",
                          "lost\x1e"
                          "34\n"}) {
    const FramedText framed = sequence(cut);
    EXPECT_EQ(framed.texts(), Texts{"34"}) << cut;
    EXPECT_EQ(framed.incidents, (Incidents{{"truncated_text", 1}})) << cut;
  }
  // 2.1: several RS in a row are not empty texts.
  EXPECT_EQ(sequence("\x1e\x1e\n\x1e 1 \n\x1e").texts(), Texts{" 1 "});
}

TEST(RecordFraming, TakesALastRecordWithoutItsDelimiter) {
  EXPECT_EQ(frame("a\0b"s, framing(Framing::null_terminated)).texts(), (Texts{"a", "b"}));
  EXPECT_EQ(frame("a||b|", delimited("||")).texts(), (Texts{"a", "b|"}));
  EXPECT_EQ(frame("", framing(Framing::null_terminated)).texts(), Texts{});
}

// --- The other end ------------------------------------------------------------------------------

std::optional<OutputFramingOptions> output_of(const FramingOptions& options) {
  for (const auto& [name, framing] : EnumNames<OutputFraming>::names) {
    if (name == OptionType<Framing>::print(options.framing)) {
      return OutputFramingOptions{framing, options.delimiter, options.prefix};
    }
  }
  return std::nullopt;
}

EncodingPlan raw_plan(const OutputFramingOptions& framing) {
  EncodingPlan plan;
  plan.framing = framing;
  return plan;
}

/// A batch of these records, as a source makes it.
BatchPtr batch_of(TextBatches& batches, const Texts& records) {
  const FramingOptions options = prefixed(LengthPrefix::u32le);
  const std::string text = join(options, records);
  BatchPtr batch = batches.empty();
  std::copy(text.begin(), text.end(), batch->buffer()->data());
  FileClaims claims;
  StageContext context(Io::system(), Clock::system(), claims);
  FramingOptions any_length = options;
  any_length.max_record = 1_MiB;
  const auto framed =
      frame_batch(*batch, batch->buffer()->room().first(text.size()), any_length, {}, context);
  EXPECT_TRUE(framed);
  return batch;
}

std::string written(const OutputFramingOptions& framing, const Texts& records,
                    std::size_t scratch = 1 << 16) {
  TextBatches batches({2, 1 << 16, 2 << 20, 0});
  EncoderRig rig(raw_plan(framing), scratch, 100);
  const std::string text = rig.feed(*batch_of(batches, records));
  return text + rig.finish();
}

TEST(OutputFraming, WritesWhatTheSourceReads) {
  std::mt19937 random(1);
  for (const FramingOptions& options : all_framings()) {
    const auto framing = output_of(options);
    if (!framing) continue;
    for (int round = 0; round < 10; ++round) {
      const Texts records = random_records(options, random);
      const std::string text = written(*framing, records);
      ASSERT_EQ(text, join(options, records)) << name_of(options);
      ASSERT_EQ(written(*framing, records, 50), text) << "through the expander";
      ASSERT_EQ(frame(text, options, random_cuts(random)).texts(), records) << name_of(options);
    }
  }
}

TEST(OutputFraming, AddsNothingWithoutFraming) {
  EXPECT_EQ(written({OutputFraming::none, {}, {}}, {"a", "", "b\n", "c\r"}), "ab\nc\r");
}

TEST(OutputFraming, RefusesRecordsThatCannotBeTold) {
  const auto refused = [](const OutputFramingOptions& framing, const std::string& record) {
    return written(framing, {"a", record});
  };
  const std::string holds =
      "error: cannot write a record: it holds what stands between records with this framing";
  EXPECT_EQ(refused({OutputFraming::null_terminated, {}, {}}, "b\0c"s), holds);
  EXPECT_EQ(refused({OutputFraming::lines, "||", {}}, "b||c"), holds);
  EXPECT_EQ(refused({OutputFraming::lines, "||", {}}, "b|"), holds);
  EXPECT_EQ(refused({OutputFraming::json_seq, {}, {}}, "\x1e"), holds);
  EXPECT_EQ(refused({OutputFraming::octet_counted, {}, {}}, ""),
            "error: cannot write a record: it is empty, and an octet count is at least 1");
  EXPECT_EQ(refused({OutputFraming::length_prefixed, {}, LengthPrefix::u8}, std::string(256, 'x')),
            "error: cannot write a record: its 256 bytes are more than the length prefix can say "
            "(255)");
  EXPECT_EQ(refused({OutputFraming::length_prefixed, {}, LengthPrefix::u8}, std::string(255, 'x')),
            "\x01"
            "a\xff" +
                std::string(255, 'x'));
}

}  // namespace
}  // namespace sluice
