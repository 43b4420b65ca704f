#include "stages/support/json_string.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>

#include "engine/data/buffer_pool.h"
#include "stages/support/json_parser.h"
#include "stages/support/text_block.h"

namespace sluice {
namespace {

TEST(TextBlock, ReadsNothingBehindAShortText) {
  const std::string text = "abcdefghijklmnop";
  for (std::size_t size = 1; size < TextBlock::size; ++size) {
    // A heap block of exactly that size, so that a sanitizer sees a byte too many.
    const auto exact = std::make_unique<char[]>(size);  // NOLINT(*-c-arrays)
    text.copy(exact.get(), size);
    std::string stored(TextBlock::size, 'x');
    TextBlock::load_short(exact.get(), size).store(stored.data());
    EXPECT_EQ(stored, text.substr(0, size) + std::string(TextBlock::size - size, '\0'));
  }
}

TEST(TextBlock, FindsBytes) {
  for (std::size_t at = 0; at < TextBlock::size; ++at) {
    std::string text(TextBlock::size, 'm');
    const auto bit = 1U << at;
    text[at] = '"';
    EXPECT_EQ(TextBlock::load(text.data()).equal('"'), bit);
    EXPECT_EQ(TextBlock::load(text.data()).at_most('"'), bit);
    EXPECT_EQ(TextBlock::load(text.data()).at_most('!'), 0U);
    text[at] = '\xFF';
    EXPECT_EQ(TextBlock::load(text.data()).at_most('~'), 0xFFFFU ^ bit);
    EXPECT_EQ(TextBlock::load(text.data()).high(), bit);
  }
}

TEST(TextCopy, StopsAtEachSpecialByte) {
  for (std::size_t size = 0; size < 50; ++size) {
    for (std::size_t special = 0; special <= size; ++special) {
      std::string text(size, 'a');
      if (special < size) text[special] = ',';
      std::string out(size + TextBlock::size, '\0');
      TextCopy copy(text.data(), text.size(), out.data());
      EXPECT_EQ(copy.run([](const TextBlock& block) { return block.equal(','); }), special < size);
      EXPECT_EQ(copy.from, text.data() + special);
      EXPECT_EQ(out.substr(0, special), text.substr(0, special));
      EXPECT_EQ(copy.to, out.data() + special);
    }
  }
}

/// What the parser of JSON records, which knows nothing of the writer, reads.
std::string read_back(const std::string& json) {
  std::string record = "{\"a\":" + json + "}";
  const std::size_t size = record.size();
  record.append(Buffer::slack, '\0');
  JsonParser parser({"a"});
  Cell cell;
  parser.set_columns({&cell});
  TextArena arena;
  EXPECT_FALSE(parser.parse({record.data(), size}, 0, arena)) << json;
  return cell.type() == Cell::Type::text ? std::string(cell.text()) : "no text";
}

TEST(JsonString, IsReadBackAsItWas) {
  std::mt19937 random(7);
  for (int i = 0; i < 5000; ++i) {
    std::string text;
    for (std::size_t left = random() % 60; left > 0; --left) {
      switch (random() % 4) {
        case 0:
          text += static_cast<char>(random() % 128);
          break;
        case 1:
          text += "\xF0\x9F\x98\x80";
          break;
        default:
          text += static_cast<char>('a' + random() % 26);
      }
    }
    std::string out(json_string_room(text.size()), '\0');
    char* end = write_json_string(out.data(), text);
    ASSERT_NE(end, nullptr);
    out.resize(static_cast<std::size_t>(end - out.data()));
    EXPECT_EQ(read_back(out), text);
  }
}

TEST(JsonString, RefusesWhatIsNotUtf8) {
  for (const std::string text : {"\xFF", "a\xC3", "0123456789abcdef\xED\xA0\x80", "\xC0\x80"}) {
    std::string out(json_string_room(text.size()), '\0');
    EXPECT_EQ(write_json_string(out.data(), text), nullptr);
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(TextValidity, RepairsByteByByte) {
  EXPECT_EQ(with_valid_utf8("a\xE2\x82z\xC3\xA9", InvalidUtf8::replace),
            "a\xEF\xBF\xBD\xEF\xBF\xBDz\xC3\xA9");
  EXPECT_EQ(with_valid_utf8("a\xE2\x82z", InvalidUtf8::escape), "a\\xe2\\x82z");
  TextValidity validity(InvalidUtf8::fail);
  EXPECT_EQ(validity.checked("\xC3\xA9"), "\xC3\xA9");
  EXPECT_FALSE(validity.has_failed());
  validity.checked("\xC3");
  EXPECT_TRUE(validity.has_failed());
}

TEST(EncodedText, SpillsAWholeRecord) {
  std::string memory(10, '.');
  EncodedText text;
  text.use(memory);
  text.begin_record();
  text.append("12345");
  text.begin_record();
  text.append("abc");
  EXPECT_FALSE(text.has_spilled());
  text.append("defgh");
  EXPECT_TRUE(text.has_spilled());
  EXPECT_EQ(text.text(), "abcdefgh");
  EXPECT_EQ(text.record_size(), 8U);
  EXPECT_EQ(memory.substr(0, 8), "12345abc");
  text.append(std::string(200'000, 'x'));
  EXPECT_EQ(text.text().size(), 200'008U);
  text.clear();
  EXPECT_EQ(text.text(), "");
  text.append("own");
  text.begin_record();
  text.append("memory");
  text.cut_record(3);
  EXPECT_EQ(text.text(), "ownmem");
  text.use(memory);
  text.append(std::string(11, 'y'));
  EXPECT_TRUE(text.has_spilled());
  EXPECT_EQ(text.text(), std::string(11, 'y'));
}

}  // namespace
}  // namespace sluice
