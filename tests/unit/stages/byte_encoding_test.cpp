// The vectors of the standards, one encoding after the other. That pieces make no difference is in
// byte_encoding_property_test.cpp.
#include "stages/support/byte_encoding.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/stages/byte_coder_fixture.h"

namespace sluice {
namespace {

using namespace std::literals;
using byte_coder_test::decode;
using byte_coder_test::encode;
using byte_coder_test::Outcome;

ByteCoding strict(ByteEncoding encoding) {
  ByteCoding coding;
  coding.encoding = encoding;
  return coding;
}
ByteCoding lenient(ByteEncoding encoding) {
  ByteCoding coding = strict(encoding);
  coding.is_lenient = true;
  return coding;
}
ByteCoding with(ByteEncoding encoding, InvalidUtf8 invalid) {
  ByteCoding coding = strict(encoding);
  coding.invalid = invalid;
  return coding;
}
ByteCoding marked(ByteEncoding encoding) {
  ByteCoding coding = strict(encoding);
  coding.has_byte_order_mark = true;
  return coding;
}

Outcome good(std::string_view bytes) { return {std::string(bytes), "", 0}; }
Outcome bad(std::string_view bytes, std::string error, std::uint64_t offset) {
  return {std::string(bytes), std::move(error), offset};
}

struct Vector {
  std::string_view plain;
  std::string_view encoded;
};

void expect_both_ways(const ByteCoding& coding, const std::vector<Vector>& vectors) {
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(encode(coding, plain), good(encoded));
    EXPECT_EQ(decode(coding, encoded), good(plain));
  }
}

TEST(ByteEncoding, Base64AsInRfc4648) {
  expect_both_ways(strict(ByteEncoding::base64), {{"", ""},
                                                  {"f", "Zg=="},
                                                  {"fo", "Zm8="},
                                                  {"foo", "Zm9v"},
                                                  {"foob", "Zm9vYg=="},
                                                  {"fooba", "Zm9vYmE="},
                                                  {"foobar", "Zm9vYmFy"},
                                                  {"\xFB\xEF\xBE\xFF", "++++/w=="}});
  expect_both_ways(strict(ByteEncoding::base64url),
                   {{"f", "Zg=="}, {"\xFB\xEF\xBE\xFF", "----_w=="}});
}

TEST(ByteEncoding, Base64WithoutPadding) {
  for (const ByteEncoding encoding : {ByteEncoding::base64, ByteEncoding::base64url}) {
    ByteCoding coding = strict(encoding);
    coding.has_padding = false;
    expect_both_ways(coding, {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}});
  }
}

TEST(ByteEncoding, Base64ThatIsWrong) {
  const ByteCoding coding = strict(ByteEncoding::base64);
  EXPECT_EQ(decode(coding, "Zm9v\nYmFy"), bad("foo", "base64: no base64 digit", 4));
  EXPECT_EQ(decode(coding, "Zm9vYm-y"), bad("foob", "base64: no base64 digit", 6));
  EXPECT_EQ(decode(coding, "Zm9vY"), bad("foo", "base64: ends within a byte", 5));
  EXPECT_EQ(decode(coding, "Zm9vYg="), bad("foob", "base64: padding is cut", 7));
  EXPECT_EQ(decode(coding, "Zg==="), bad("f", "base64: padding where none belongs", 4));
  EXPECT_EQ(decode(coding, "Zm9v="), bad("foo", "base64: padding where none belongs", 4));
  EXPECT_EQ(decode(coding, "Z==="), bad("", "base64: padding where none belongs", 1));
  EXPECT_EQ(decode(coding, "Zg==Zg=="), bad("f", "base64: a digit behind the padding", 4));
  EXPECT_EQ(decode(coding, "Zh=="), bad("f", "base64: bits are set that belong to no byte", 2));
  EXPECT_EQ(decode(coding, "Zm9"), bad("fo", "base64: bits are set that belong to no byte", 3));
  EXPECT_EQ(decode(strict(ByteEncoding::base64url), "+A=="),
            bad("", "base64url: no base64 digit", 0));
}

TEST(ByteEncoding, Base64ThatIsLenient) {
  for (const ByteEncoding encoding : {ByteEncoding::base64, ByteEncoding::base64url}) {
    const ByteCoding coding = lenient(encoding);
    EXPECT_EQ(decode(coding, "Zm9v\r\nYm Fy\n"), good("foobar"));
    EXPECT_EQ(decode(coding, "+-+-/w=\n="), good("\xFB\xEF\xBE\xFF"));
    EXPECT_EQ(decode(coding, "Zg="), good("f"));
    EXPECT_EQ(decode(coding, "Zh"), good("f"));
    EXPECT_EQ(decode(coding, "Zg==Zm8=Zm9v"), good("ffofoo"));
    const std::string name = encoding == ByteEncoding::base64 ? "base64" : "base64url";
    EXPECT_EQ(decode(coding, "Zm9v*"), bad("foo", name + ": no base64 digit", 4));
    EXPECT_EQ(decode(coding, "Zg===\n"), bad("f", name + ": padding where none belongs", 4));
    EXPECT_EQ(decode(coding, "Zm9v\nY\n"), bad("foo", name + ": ends within a byte", 7));
  }
}

TEST(ByteEncoding, HexAsInRfc4648) {
  ByteCoding coding = strict(ByteEncoding::hex);
  expect_both_ways(coding, {{"", ""}, {"foobar", "666f6f626172"}, {"\xFF\0\x0A"sv, "ff000a"}});
  coding.digits = LetterCase::upper;
  expect_both_ways(coding, {{"foobar", "666F6F626172"}, {"\xAB\xCD\xEF", "ABCDEF"}});
  EXPECT_EQ(decode(coding, "aBCdeF"), good("\xAB\xCD\xEF"));
  EXPECT_EQ(decode(coding, "66 6f"), bad("f", "hex: no hex digit", 2));
  EXPECT_EQ(decode(coding, "666"), bad("f", "hex: an odd number of digits", 3));
  EXPECT_EQ(decode(lenient(ByteEncoding::hex), "6 66f\n6f\r\n"), good("foo"));
  EXPECT_EQ(decode(lenient(ByteEncoding::hex), "66 6"),
            bad("f", "hex: an odd number of digits", 4));
  EXPECT_EQ(decode(lenient(ByteEncoding::hex), "66x"), bad("f", "hex: no hex digit", 2));
}

TEST(ByteEncoding, PercentAsInRfc3986) {
  expect_both_ways(strict(ByteEncoding::percent), {{"", ""},
                                                   {"AZaz09-._~", "AZaz09-._~"},
                                                   {"a b/c?d=%", "a%20b%2Fc%3Fd%3D%25"},
                                                   {"\xE3\x82\xA2", "%E3%82%A2"}});
  const ByteCoding coding = strict(ByteEncoding::percent);
  EXPECT_EQ(decode(coding, "%e3%82%a2+ \xFF"), good("\xE3\x82\xA2+ \xFF"));
  EXPECT_EQ(decode(coding, "ab%2x"), bad("ab", "percent: a '%' without two hex digits", 2));
  EXPECT_EQ(decode(coding, "ab%"), bad("ab", "percent: a '%' without two hex digits", 2));
  EXPECT_EQ(decode(coding, "%%41"), bad("", "percent: a '%' without two hex digits", 0));
  EXPECT_EQ(decode(lenient(ByteEncoding::percent), "%%41%4%4x%"), good("%A%4%4x%"));
}

TEST(ByteEncoding, Utf8) {
  const auto why = "utf8: a byte that is not part of a character"s;
  const ByteCoding coding = strict(ByteEncoding::utf8);
  for (const auto text :
       {""sv, "a\0b"sv, "\xC2\x80"sv, "\xED\x9F\xBF\xEE\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_EQ(decode(coding, text), good(text));
    EXPECT_EQ(encode(coding, text), good(text));
  }
  // A continuation alone, overlong forms, surrogates, beyond U+10FFFF.
  for (const auto text :
       {"\x80"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xE0\x9F\xBF"sv, "\xF0\x8F\xBF\xBF"sv,
        "\xED\xA0\x80"sv, "\xED\xBF\xBF"sv, "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv, "\xFF"sv}) {
    EXPECT_EQ(decode(coding, "ab" + std::string(text)), bad("ab", why, 2));
    std::string replaced = "ab";
    for (std::size_t i = 0; i < text.size(); ++i) replaced += "\xEF\xBF\xBD";
    EXPECT_EQ(decode(with(ByteEncoding::utf8, InvalidUtf8::replace), "ab" + std::string(text)),
              good(replaced));
  }
  EXPECT_EQ(decode(coding, "a\xE2\x82"), bad("a", "utf8: ends within a character", 1));
  EXPECT_EQ(decode(with(ByteEncoding::utf8, InvalidUtf8::escape), "a\xE2\x82z\xF0\x9F\x98"),
            good("a\\xe2\\x82z\\xf0\\x9f\\x98"));
}

TEST(ByteEncoding, Utf16) {
  const std::vector<Vector> little{{"", ""},
                                   {"aé", "a\0\xE9\0"sv},
                                   {"€", "\xAC\x20"},
                                   {"\xEE\x80\x80", "\x00\xE0"sv},
                                   {"\xEF\xBF\xBF", "\xFF\xFF"},
                                   {"\xF0\x90\x80\x80", "\x00\xD8\x00\xDC"sv},
                                   {"😀", "\x3D\xD8\x00\xDE"sv},
                                   {"\xF4\x8F\xBF\xBF", "\xFF\xDB\xFF\xDF"}};
  expect_both_ways(strict(ByteEncoding::utf16le), little);
  for (const auto& [plain, encoded] : little) {
    std::string swapped(encoded);
    for (std::size_t i = 0; i < swapped.size(); i += 2) std::swap(swapped[i], swapped[i + 1]);
    expect_both_ways(strict(ByteEncoding::utf16be), {{plain, swapped}});
  }
}

TEST(ByteEncoding, Utf16ThatIsWrong) {
  const ByteCoding coding = strict(ByteEncoding::utf16be);
  const auto half = "utf16be: half of a surrogate pair"s;
  EXPECT_EQ(decode(coding, "\0a\xD8\0\0b"sv), bad("a", half, 2));
  EXPECT_EQ(decode(coding, "\0a\xD8\0"sv), bad("a", half, 2));
  EXPECT_EQ(decode(coding, "\0a\xDC\0\xD8\0"sv), bad("a", half, 2));
  EXPECT_EQ(decode(coding, "\0a\0"sv), bad("a", "utf16be: an odd byte", 2));
  const ByteCoding replace = with(ByteEncoding::utf16be, InvalidUtf8::replace);
  const auto other = "\xEF\xBF\xBD"s;
  EXPECT_EQ(decode(replace, "\0a\xD8\0\0b"sv), good("a" + other + "b"));
  EXPECT_EQ(decode(replace, "\xDC\0\xD8\0"sv), good(other + other));
  EXPECT_EQ(decode(replace, "\xD8\0\xD8\1\xDC\0\0"sv), good(other + "\xF0\x90\x90\x80" + other));
  EXPECT_EQ(decode(replace, "\xD8\0\0"sv), good(other + other));
  const ByteCoding escape = with(ByteEncoding::utf16be, InvalidUtf8::escape);
  EXPECT_EQ(decode(escape, "\xD8\1\0b\0"sv), good("\\xd8\\x01b\\x00"));
  EXPECT_EQ(encode(coding, "a\xFF"),
            bad("\0a"sv, "utf16be: a byte that is not part of a character", 1));
  EXPECT_EQ(encode(replace, "a\xFF"), good("\0a\xFF\xFD"sv));
  EXPECT_EQ(encode(escape, "\xFF"), good("\0\\\0x\0f\0f"sv));
}

TEST(ByteEncoding, ByteOrderMarks) {
  const auto mark = "\xEF\xBB\xBF"s;
  EXPECT_EQ(decode(strict(ByteEncoding::utf8), mark + "a" + mark), good("a" + mark));
  EXPECT_EQ(decode(strict(ByteEncoding::utf8), mark + mark), good(mark));
  EXPECT_EQ(decode(strict(ByteEncoding::utf8), mark.substr(0, 2)),
            bad("", "utf8: ends within a character", 0));
  EXPECT_EQ(decode(marked(ByteEncoding::utf8), mark + "a"), good(mark + "a"));
  EXPECT_EQ(encode(strict(ByteEncoding::utf8), mark + "a"), good(mark + "a"));
  EXPECT_EQ(encode(marked(ByteEncoding::utf8), "a"), good(mark + "a"));
  EXPECT_EQ(encode(marked(ByteEncoding::utf8), mark + "a"), good(mark + "a"));
  EXPECT_EQ(encode(marked(ByteEncoding::utf8), ""), good(mark));
  EXPECT_EQ(decode(strict(ByteEncoding::utf16le),
                   "\xFF\xFE"
                   "a\0"sv),
            good("a"));
  EXPECT_EQ(decode(marked(ByteEncoding::utf16le),
                   "\xFF\xFE"
                   "a\0"sv),
            good(mark + "a"));
  EXPECT_EQ(decode(strict(ByteEncoding::utf16be), "\xFE\xFF\xFE\xFF"), good(mark));
  EXPECT_EQ(encode(marked(ByteEncoding::utf16be), "a"), good("\xFE\xFF\0a"sv));
  EXPECT_EQ(encode(marked(ByteEncoding::utf16le), ""), good("\xFF\xFE"));
}

TEST(ByteEncoding, Latin1) {
  std::string all(256, '\0');
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i);
  const ByteCoding coding = strict(ByteEncoding::latin1);
  EXPECT_EQ(decode(coding, "na\xEFve \x80\xFF"), good("naïve \xC2\x80ÿ"));
  EXPECT_EQ(encode(coding, decode(coding, all).bytes), good(all));
  EXPECT_EQ(encode(coding, "aé€"),
            bad("a\xE9", "latin1: a character that the encoding has not", 3));
  EXPECT_EQ(encode(coding, "é\xFF"),
            bad("\xE9", "latin1: a byte that is not part of a character", 2));
  EXPECT_EQ(encode(with(ByteEncoding::latin1, InvalidUtf8::replace), "é€😀\xFFz"), good("\xE9???z"));
  EXPECT_EQ(encode(with(ByteEncoding::latin1, InvalidUtf8::escape), "é€\xFFz"),
            good("\xE9\\xe2\\x82\\xac\\xffz"));
}

TEST(ByteEncoding, ErrorsAreFinalUntilRestart) {
  const auto coder = make_byte_decoder(strict(ByteEncoding::hex));
  std::string room(64, '\0');
  const auto first = coder->convert("41x42"sv, room);
  ASSERT_TRUE(first);
  EXPECT_EQ(first.value().produced, 1U);
  for (int i = 0; i < 2; ++i) {
    const auto next = coder->convert("42"sv, room);
    ASSERT_FALSE(next);
    EXPECT_EQ(next.error().code, ErrorCode::corrupt_input);
    EXPECT_EQ(next.error().offset, 2U);
    EXPECT_FALSE(coder->finish(room));
  }
  coder->restart();
  EXPECT_TRUE(coder->convert("42"sv, room));
  EXPECT_EQ(coder->consumed(), 2U);
  EXPECT_TRUE(coder->finish(room));
}

}  // namespace
}  // namespace sluice
