// What holds of every encoding: pieces make no difference, nor does the SIMD level; what is encoded
// is decoded to the same; and other programs agree.
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/utf8.h"
#include "stages/support/byte_encoding.h"
#include "tests/support/test_effort.h"
#include "tests/unit/stages/byte_coder_fixture.h"

namespace sluice {
namespace {

using namespace byte_coder_test;

/// Everything that can be chosen.
std::vector<ByteCoding> all_codings() {
  std::vector<ByteCoding> all;
  for (const auto& [name, encoding] : EnumNames<ByteEncoding>::names) {
    for (unsigned choice = 0; choice < 8; ++choice) {
      ByteCoding coding;
      coding.encoding = encoding;
      coding.is_lenient = (choice & 1U) != 0;
      coding.has_padding = (choice & 2U) != 0;
      coding.digits = (choice & 4U) != 0 ? LetterCase::upper : LetterCase::lower;
      coding.has_byte_order_mark = (choice & 1U) != 0;
      coding.invalid = static_cast<InvalidUtf8>(choice % 3);
      all.push_back(coding);
    }
  }
  return all;
}

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string random_text(std::mt19937& random, std::size_t characters) {
  std::string text;
  while (characters > 0) {
    // Runs of characters of one length, the first of which may be a byte order mark.
    const std::size_t kind = random() % 6;
    for (std::size_t run = random() % 40; run > 0 && characters > 0; --run, --characters) {
      constexpr std::array<char32_t, 6> low{0x20, 0xA0, 0x100, 0x800, 0x10000, 0xFEFF};
      constexpr std::array<char32_t, 6> count{0x5F, 0x60, 0x700, 0xD000, 0x100000, 1};
      std::array<char, 4> character{};
      const auto code = static_cast<char32_t>(low[kind] + random() % count[kind]);
      text.append(character.data(), write_utf8(code, character.data()));
    }
  }
  return text;
}

/// Something that the coding can be asked to decode, right or nearly so.
std::string encoded_input(std::mt19937& random, const ByteCoding& coding) {
  const std::size_t size = random() % 300;
  const bool is_text = encodes_text(coding.encoding);
  std::string input =
      encode(coding, is_text ? random_text(random, size) : random_bytes(random, size)).bytes;
  for (std::size_t damage = random() % 4; damage > 1 && !input.empty(); --damage) {
    const std::size_t at = random() % input.size();
    constexpr std::string_view slips = "\n=%A\x80\xFF +-";
    if (random() % 2 == 0) {
      input.insert(at, 1, slips[random() % slips.size()]);
    } else {
      input.erase(at, random() % 3);
    }
  }
  return input;
}

void expect_no_difference(const ByteCoding& coding, bool is_encoder, std::string_view input,
                          unsigned seed) {
  const auto make = is_encoder ? make_byte_encoder : make_byte_decoder;
  const Outcome whole = convert_whole(*make(coding), input);
  ByteCoding scalar = coding;
  scalar.level = SimdLevel::scalar;
  ASSERT_EQ(convert_whole(*make(scalar), input), whole);
  for (const std::size_t longest : {2, 5, 40, 400}) {
    ASSERT_EQ(convert_cut(*make(coding), input, seed, longest), whole);
    ASSERT_EQ(convert_cut(*make(scalar), input, seed + 1, longest), whole);
  }
}

TEST(ByteEncodingProperty, PiecesAndLevelsMakeNoDifference) {
  std::mt19937 random(1);
  for (const ByteCoding& coding : all_codings()) {
    SCOPED_TRACE(OptionType<ByteEncoding>::print(coding.encoding));
    for (unsigned round = 0; round < rounds(60U); ++round) {
      const std::size_t size = random() % 300;
      const std::string plain = round % 3 == 0 ? random_bytes(random, size)
                                : round % 3 == 1
                                    ? random_text(random, size)
                                    : random_text(random, 40) + '\xE2' + random_text(random, size);
      expect_no_difference(coding, true, plain, round);
      expect_no_difference(coding, false, encoded_input(random, coding), round);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(ByteEncodingProperty, WhatIsEncodedIsDecodedToTheSame) {
  std::mt19937 random(2);
  for (ByteCoding coding : all_codings()) {
    // A mark is either part of the text, or made and taken away again.
    coding.has_byte_order_mark = false;
    coding.invalid = InvalidUtf8::fail;
    const bool is_text = encodes_text(coding.encoding);
    for (unsigned round = 0; round < rounds(60U); ++round) {
      std::string plain = is_text ? random_text(random, round) : random_bytes(random, round);
      if (coding.encoding == ByteEncoding::latin1) plain = decode(coding, plain).bytes;
      const Outcome encoded = encode(coding, plain);
      ASSERT_EQ(encoded.error, "");
      if (plain.starts_with("\xEF\xBB\xBF")) coding.has_byte_order_mark = true;
      ASSERT_EQ(decode(coding, encoded.bytes), (Outcome{plain, "", 0}));
      coding.has_byte_order_mark = false;
    }
  }
}

TEST(ByteEncodingProperty, Utf8IsRepairedAsOutputsRepairIt) {
  std::mt19937 random(3);
  for (unsigned round = 0; round < 300; ++round) {
    std::string text = random_text(random, 200);
    for (std::size_t damage = random() % 20; damage > 0 && !text.empty(); --damage) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    ByteCoding coding;
    coding.has_byte_order_mark = true;
    for (const InvalidUtf8 rule : {InvalidUtf8::replace, InvalidUtf8::escape}) {
      coding.invalid = rule;
      ASSERT_EQ(decode(coding, text).bytes, with_valid_utf8(text, rule));
    }
    coding.invalid = InvalidUtf8::fail;
    ASSERT_EQ(decode(coding, text).error.empty(), is_utf8(text));
  }
}

/// Long texts go by blocks, whose borders are anywhere in a character.
TEST(ByteEncodingProperty, LongTextsStayWhole) {
  std::mt19937 random(4);
  ByteCoding coding;
  coding.has_byte_order_mark = true;
  for (unsigned shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'a');
    for (unsigned i = 0; i < 50'000; ++i) text += i % 7 == 0 ? "é" : "漢";
    EXPECT_EQ(decode(coding, text).bytes, text);
    EXPECT_EQ(convert_cut(*make_byte_decoder(coding), text, shift, 9000).bytes, text);
  }
}

class Programs : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  static bool have(const std::string& program) {
    return std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
  }

  /// What `command` makes of `input`.
  std::string output_of(const std::string& command, std::string_view input) const {
    std::ofstream(path_, std::ios::binary) << input;
    std::string output;
    std::FILE* pipe = popen((command + " < '" + path_ + "'").c_str(), "r");
    if (pipe == nullptr) return "cannot run";
    std::array<char, 65536> buffer{};
    for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
      output.append(buffer.data(), count);
    }
    pclose(pipe);
    return output;
  }

  void expect_agreement(ByteEncoding encoding, const std::string& command, std::string_view input) {
    if (!have(command.substr(0, command.find(' ')))) GTEST_SKIP() << command << " is not there";
    ByteCoding coding;
    coding.encoding = encoding;
    coding.digits = LetterCase::upper;
    EXPECT_EQ(encode(coding, input).bytes, output_of(command, input));
  }

  std::string path_ = testing::TempDir() + "byte_encoding." + std::to_string(getpid());
  std::mt19937 random_{5};
};

TEST_F(Programs, Base64Agrees) {
  expect_agreement(ByteEncoding::base64, "base64 -w0", random_bytes(random_, 100'001));
}
TEST_F(Programs, Base64UrlAgrees) {
  expect_agreement(ByteEncoding::base64url, "basenc --base64url -w0",
                   random_bytes(random_, 100'000));
}
TEST_F(Programs, HexAgrees) {
  expect_agreement(ByteEncoding::hex, "basenc --base16 -w0", random_bytes(random_, 100'000));
}
TEST_F(Programs, Utf16Agrees) {
  expect_agreement(ByteEncoding::utf16be, "iconv -f UTF-8 -t UTF-16BE",
                   random_text(random_, 100'000));
}
TEST_F(Programs, Utf16LittleAgrees) {
  expect_agreement(ByteEncoding::utf16le, "iconv -f UTF-8 -t UTF-16LE",
                   random_text(random_, 100'000));
}
TEST_F(Programs, WrappedBase64IsDecoded) {
  if (!have("base64")) GTEST_SKIP() << "base64 is not there";
  const std::string bytes = random_bytes(random_, 100'000);
  ByteCoding coding;
  coding.encoding = ByteEncoding::base64;
  coding.is_lenient = true;
  EXPECT_EQ(decode(coding, output_of("base64", bytes)).bytes, bytes);
}

}  // namespace
}  // namespace sluice
