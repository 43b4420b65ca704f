// What the decoders say about damage in each format, and the variants of the formats they read.
#include <bzlib.h>
#include <gtest/gtest.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "stages/support/decoder.h"
#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

using namespace codec_test;

/// However the stream is cut.
void expect_error(Compression compression, const std::string& stream, const std::string& error,
                  std::uint64_t offset) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, whole}) {
    const auto result = decode(compression, stream, piece, piece);
    EXPECT_EQ(result.error, std::string(name_of(compression)) + ": " + error);
    EXPECT_EQ(result.offset, offset) << error;
  }
}

std::string with(std::string stream, std::size_t at, int byte) {
  stream[at] = static_cast<char>(byte);
  return stream;
}

std::string flipped(std::string stream, std::size_t at, int bits = 1) {
  stream[at] = static_cast<char>(stream[at] ^ bits);
  return stream;
}

TEST(EveryDecoder, SaysWhatIsBehindTheEndAndThatNothingIsNoStream) {
  for (const auto compression : every_format) {
    const auto stream = encode(compression, "hello");
    for (const std::string_view garbage : {"x", "garbage", "0123456789abcdefghijkl"}) {
      expect_error(compression, stream + std::string(garbage), "trailing garbage", stream.size());
      const auto result = decode(compression, stream + std::string(garbage));
      EXPECT_EQ(result.data, "hello");
    }
    expect_error(compression, "", "ends too early", 0);
  }
}

TEST(EveryDecoder, ReadsPartAfterPart) {
  for (const auto compression : framed) {
    const auto result = decode(compression, encode(compression, "one") + encode(compression, "") +
                                                encode(compression, "two"));
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.data, "onetwo");
    EXPECT_EQ(result.parts, 3);
  }
}

TEST(EveryDecoder, DeliversThePartsBeforeADamagedOne) {
  const auto data = log_text(20'000);
  for (const auto compression : framed) {
    const auto part = encode(compression, data);
    const auto stream = part + flipped(part, part.size() / 2) + part;
    const auto result = decode(compression, stream);
    EXPECT_NE(result.error, "");
    EXPECT_GT(result.offset, part.size());
    EXPECT_LE(result.offset, 2 * part.size());
    EXPECT_TRUE(is_prefix(data, result.data));
  }
}

std::string lz4_frame(std::string_view data, const LZ4F_preferences_t& preferences) {
  std::string frame(LZ4F_compressFrameBound(data.size(), &preferences), '\0');
  frame.resize(
      LZ4F_compressFrame(frame.data(), frame.size(), data.data(), data.size(), &preferences));
  return frame;
}

TEST(Lz4Decoder, ReadsEveryKindOfFrame) {
  const auto data = log_text(700'000) + random_bytes(200'000);
  for (const auto block_size : {LZ4F_max64KB, LZ4F_max256KB, LZ4F_max1MB, LZ4F_max4MB}) {
    for (const auto mode : {LZ4F_blockLinked, LZ4F_blockIndependent}) {
      for (const bool more : {false, true}) {
        LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
        preferences.frameInfo.blockSizeID = block_size;
        preferences.frameInfo.blockMode = mode;
        preferences.frameInfo.contentChecksumFlag =
            more ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum;
        preferences.frameInfo.blockChecksumFlag =
            more ? LZ4F_blockChecksumEnabled : LZ4F_noBlockChecksum;
        preferences.frameInfo.contentSize = more ? data.size() : 0;
        const auto frame = lz4_frame(data, preferences);
        for (const std::size_t piece : {std::size_t{1000}, std::size_t{5} << 20U}) {
          const auto result = decode(Compression::lz4, frame, piece, piece);
          EXPECT_EQ(result.error, "");
          EXPECT_TRUE(result.data == data);
        }
      }
    }
  }
}

TEST(Lz4Decoder, DeliversAllBlocksBeforeADamagedOne) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.blockSizeID = LZ4F_max64KB;
  preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
  const auto data = log_text(200'000);
  const auto frame = lz4_frame(data, preferences);
  const auto result = decode(Compression::lz4, flipped(frame, frame.size() - 100));
  EXPECT_EQ(result.error, "lz4: checksum mismatch");
  EXPECT_TRUE(result.data == data.substr(0, 3 * 65'536));
}

TEST(Lz4Decoder, SaysWhatIsWrongAndWhere) {
  LZ4F_preferences_t preferences = LZ4F_INIT_PREFERENCES;
  preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
  preferences.frameInfo.contentSize = 5;
  const auto stream = lz4_frame("hello", preferences);
  const auto size = stream.size();
  constexpr std::size_t header = 15;
  expect_error(Compression::lz4, "hello", "not an lz4 frame", 0);
  expect_error(Compression::lz4, with(stream, 5, 0x20), "header checksum mismatch", 0);
  expect_error(Compression::lz4, flipped(stream, size - 1), "checksum mismatch", size - 4);
  expect_error(Compression::lz4, flipped(stream, header + 4), "checksum mismatch", size - 4);
  expect_error(Compression::lz4, with(stream, header + 2, 0x7f), "damaged block header", header);
  expect_error(Compression::lz4, std::string("\x02\x21\x4c\x18\x05\0\0\0hello", 13),
               "is in the legacy format, which is not read (lz4 -d reads it)", 0);
  // Another size of the content needs another header checksum.
  LZ4F_preferences_t longer = preferences;
  longer.frameInfo.contentSize = 6;
  const auto head = lz4_frame("hello!", longer).substr(0, header);
  expect_error(Compression::lz4, head + stream.substr(header), "length mismatch", size - 8);
  preferences.frameInfo.dictID = 7;
  expect_error(Compression::lz4, lz4_frame("hello", preferences), "needs dictionary 7", 0);
}

TEST(Lz4Decoder, SkipsSkippableFrames) {
  const auto frame = encode(Compression::lz4, "hello");
  const auto stream =
      skippable_frame("") + frame + skippable_frame(random_bytes(300'000), 15) + frame;
  EXPECT_EQ(detect(stream), Compression::lz4);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, whole}) {
    const auto result = decode(Compression::lz4, stream, piece, piece);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.data, "hellohello");
    EXPECT_EQ(result.parts, 4);
  }
}

TEST(Bzip2Decoder, SaysWhatIsWrongAndWhere) {
  const auto stream = encode(Compression::bzip2, log_text(3000));
  const auto size = stream.size();
  expect_error(Compression::bzip2, "hello", "not a bzip2 stream", 0);
  expect_error(Compression::bzip2, with(stream, 3, '0'), "not a bzip2 stream", 0);
  expect_error(Compression::bzip2, with(stream, 4, 'x'), "damaged data", 5);
  // The checksum of the stream is its end.
  expect_error(Compression::bzip2, flipped(stream, size - 2, 0x10), "damaged data", size);
  EXPECT_TRUE(decode(Compression::bzip2, flipped(stream, size - 2, 0x10)).data == log_text(3000));
}

TEST(Bzip2Decoder, DeliversAllBlocksBeforeDamage) {
  const auto data = log_text(450'000);
  const auto stream = encode(Compression::bzip2, data, 1);
  const auto result = decode(Compression::bzip2, flipped(stream, stream.size() - 2000));
  EXPECT_EQ(result.error, "bzip2: damaged data");
  EXPECT_GE(result.data.size(), 399'000U);
  EXPECT_TRUE(result.data.substr(0, 399'000) == data.substr(0, 399'000));
}

TEST(XzDecoder, SkipsPaddingBetweenAndBehindStreams) {
  const auto stream = encode(Compression::xz, "hello");
  const std::string padding(8, '\0');
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, whole}) {
    const auto result =
        decode(Compression::xz, stream + padding + stream + padding + padding, piece, piece);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.data, "hellohello");
  }
  const auto size = stream.size();
  expect_error(Compression::xz, stream + std::string(3, '\0') + stream,
               "padding is not a multiple of four bytes", size + 3);
  expect_error(Compression::xz, stream + std::string(3, '\0'), "ends too early", size + 3);
  expect_error(Compression::xz, stream + padding + "x", "trailing garbage", size + 8);
  expect_error(Compression::xz, padding + stream, "not an xz stream", 0);
}

std::string xz_stream(std::string_view data, std::uint32_t dictionary, lzma_check check) {
  lzma_options_lzma options{};
  lzma_lzma_preset(&options, 0);
  options.dict_size = dictionary;
  const std::array<lzma_filter, 2> filters = {
      {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}}};
  lzma_stream state = LZMA_STREAM_INIT;
  EXPECT_EQ(lzma_stream_encoder(&state, filters.data(), check), LZMA_OK);
  std::string out(lzma_stream_buffer_bound(data.size()), '\0');
  state.next_in = reinterpret_cast<const std::uint8_t*>(data.data());
  state.avail_in = data.size();
  state.next_out = reinterpret_cast<std::uint8_t*>(out.data());
  state.avail_out = out.size();
  EXPECT_EQ(lzma_code(&state, LZMA_FINISH), LZMA_STREAM_END);
  out.resize(state.total_out);
  lzma_end(&state);
  return out;
}

TEST(XzDecoder, BoundsItsMemory) {
  const auto fits = xz_stream("hello", std::uint32_t{192} << 20U, LZMA_CHECK_CRC32);
  EXPECT_EQ(decode(Compression::xz, fits).data, "hello");
  const auto above = xz_stream("hello", std::uint32_t{256} << 20U, LZMA_CHECK_CRC32);
  EXPECT_EQ(decode(Compression::xz, above).error,
            "xz: needs 256 MiB of memory, above the limit of 256 MiB");
}

TEST(XzDecoder, ReadsEveryCheckAndFindsDamageWithEach) {
  const auto data = random_bytes(3000);
  for (const auto check : {LZMA_CHECK_CRC32, LZMA_CHECK_CRC64, LZMA_CHECK_SHA256}) {
    const auto stream = xz_stream(data, 1 << 16, check);
    expect_whole(Compression::xz, stream, data);
    const auto result = decode(Compression::xz, flipped(stream, 1000));
    EXPECT_EQ(result.error, "xz: damaged data");
  }
  expect_whole(Compression::xz, xz_stream(data, 1 << 16, LZMA_CHECK_NONE), data);
  // A kind of check that nobody has defined, and the checksum of the header that goes with it.
  auto unknown = xz_stream(data, 1 << 16, LZMA_CHECK_CRC32);
  unknown[7] = 0x0f;
  const auto sum = lzma_crc32(reinterpret_cast<const std::uint8_t*>(unknown.data()) + 6, 2, 0);
  for (unsigned i = 0; i < 4; ++i) unknown[8 + i] = static_cast<char>(sum >> (8 * i) & 0xffU);
  EXPECT_EQ(decode(Compression::xz, unknown).error, "xz: uses a check that is not known");
}

TEST(ZlibDecoder, SaysWhatIsWrongAndWhere) {
  const auto stream = encode(Compression::zlib, "hello");
  const auto size = stream.size();
  expect_error(Compression::zlib, "hello", "not a zlib stream", 0);
  expect_error(Compression::zlib, with(stream, 1, stream[1] ^ 1), "not a zlib stream", 0);
  expect_error(Compression::zlib, flipped(stream, size - 1), "checksum mismatch", size - 4);
  expect_error(Compression::zlib, flipped(stream, size - 4) + "garbage", "checksum mismatch",
               size - 4);
  expect_error(Compression::zlib, "\x78\xbb....", "needs a preset dictionary", 0);
  expect_error(Compression::zlib, stream + stream, "trailing garbage", size);
}

TEST(ZlibDecoder, DeliversAsMuchOfRawDeflateAsOfGzipBeforeDamage) {
  const auto data = log_text(100'000);
  const auto stream = encode(Compression::deflate, data);
  const auto head = encode(Compression::gzip, "").substr(0, 20);
  std::mt19937 random(7);
  for (int i = 0; i < 100; ++i) {
    auto damaged = stream;
    damaged[random() % (stream.size() - 10)] ^= static_cast<char>(1 + random() % 255);
    const auto raw = decode(Compression::deflate, damaged);
    const auto gzip = decode(Compression::gzip, head + damaged);
    EXPECT_TRUE(raw.data == gzip.data);
    if (raw.error.empty()) continue;
    EXPECT_EQ(raw.error.substr(raw.error.find(':')), gzip.error.substr(gzip.error.find(':')));
  }
}

}  // namespace
}  // namespace sluice
