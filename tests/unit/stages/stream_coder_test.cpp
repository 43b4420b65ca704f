#include "stages/support/stream_coder.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/stages/byte_coder_fixture.h"
#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

struct Outcome {
  std::string bytes;
  std::string error;
  bool operator==(const Outcome&) const = default;
};

/// In pieces of up to `longest` bytes, in and out.
Outcome run(StreamCoder& coder, std::string_view input, std::size_t longest, unsigned seed = 1) {
  std::mt19937 random(seed);
  const auto length = [&] { return 1 + random() % longest; };
  Outcome outcome;
  while (!input.empty()) {
    const std::string piece(input.substr(0, length()));
    std::string out(length(), '\0');
    const auto step = coder.convert(piece, out);
    if (!step) return {outcome.bytes, step.error().message};
    outcome.bytes.append(out, 0, step.value().produced);
    input.remove_prefix(step.value().consumed);
  }
  while (true) {
    std::string out(length(), '\0');
    const auto last = coder.finish(out);
    if (!last) return {outcome.bytes, last.error().message};
    outcome.bytes.append(out, 0, last.value().produced);
    if (last.value().done) return outcome;
  }
}

std::unique_ptr<StreamCoder> decompressor(std::optional<Compression> compression = {}) {
  return make_decompressor(compression, std::make_unique<DictionaryFile>("", Io::system()));
}

std::string compressed(Compression compression, std::string_view content) {
  return codec_test::encode(compression, content, levels_of(compression).lowest);
}

TEST(StreamCoder, DecompressesWhateverThePieces) {
  const std::string content = codec_test::log_text(20'000);
  for (const Compression format : codec_test::framed) {
    const std::string stored = compressed(format, content) + compressed(format, "more");
    for (const std::size_t longest : {1U, 7U, 300U, 100'000U}) {
      const auto coder = decompressor();
      EXPECT_EQ(run(*coder, stored, longest), (Outcome{content + "more", ""}))
          << name_of(format) << " in pieces of up to " << longest;
    }
  }
}

TEST(StreamCoder, WhatIsNotCompressedPasses) {
  for (const std::string& content :
       {std::string(), std::string("x"), std::string("BZh9 is no block"),
        codec_test::log_text(20'000)}) {
    EXPECT_EQ(run(*decompressor(), content, 5), (Outcome{content, ""}));
  }
}

TEST(StreamCoder, DeliversWhatStandsInFrontOfDamage) {
  const std::string content = codec_test::log_text(5'000);
  for (const Compression format : codec_test::framed) {
    const std::string name(name_of(format));
    const std::string stored = compressed(format, content);
    const Outcome garbage = run(*decompressor(), stored + "garbage", 100);
    EXPECT_EQ(garbage.bytes, content) << name;
    EXPECT_EQ(garbage.error, name + ": trailing garbage");
    const Outcome cut = run(*decompressor(format), stored.substr(0, stored.size() - 1), 100);
    EXPECT_EQ(cut.error, name + ": ends too early");
    const Outcome empty = run(*decompressor(format), "", 100);
    EXPECT_EQ(empty, (Outcome{"", name + ": ends too early"}));
  }
}

TEST(StreamCoder, EncodesWhateverThePieces) {
  const std::string content = codec_test::random_bytes(3'000);
  ByteCoding coding;
  for (const ByteEncoding encoding :
       {ByteEncoding::base64, ByteEncoding::hex, ByteEncoding::percent, ByteEncoding::latin1}) {
    coding.encoding = encoding;
    coding.invalid = InvalidUtf8::replace;
    const std::string expected =
        byte_coder_test::convert_whole(*make_byte_encoder(coding), content).bytes;
    for (const std::size_t longest : {1U, 3U, 31U, 33U, 5'000U}) {
      const auto coder = make_stream_coder(make_byte_encoder(coding));
      EXPECT_EQ(run(*coder, content, longest), (Outcome{expected, ""})) << longest;
    }
  }
}

TEST(StreamCoder, SaysWhereDecodingEnds) {
  ByteCoding hex;
  hex.encoding = ByteEncoding::hex;
  for (const std::size_t longest : {1U, 2U, 64U}) {
    const auto coder = make_stream_coder(make_byte_decoder(hex));
    EXPECT_EQ(run(*coder, "616263zz", longest), (Outcome{"abc", "hex: no hex digit"}));
  }
}

TEST(StreamCoder, CompressesOneStream) {
  const std::string content = codec_test::log_text(50'000);
  for (const Compression format : {Compression::zlib, Compression::deflate}) {
    std::string first;
    for (const std::size_t longest : {3U, 1'000U, 60'000U}) {
      const auto coder = make_stream_compressor(StreamEncoder::make(format, 6).value());
      const Outcome outcome = run(*coder, content, longest);
      if (first.empty()) first = outcome.bytes;
      EXPECT_EQ(outcome, (Outcome{first, ""}));
    }
    EXPECT_EQ(run(*decompressor(format), first, 100), (Outcome{content, ""}));
  }
}

}  // namespace
}  // namespace sluice
