// Decoders: chunking, damage, limits; against zlib and libzstd.
#include "stages/support/decoder.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "stages/support/gzip_format.h"
#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

using namespace codec_test;

/// zlib's own view of the first member: what it gives before it stops, and whether it is content.
std::string zlib_inflate(std::string_view stream, bool& good) {
  z_stream state{};
  inflateInit2(&state, 15 + 16);
  std::string input(stream);
  std::string out(std::size_t{1} << 20U, '\0');
  state.next_in = reinterpret_cast<Bytef*>(input.data());
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  good = inflate(&state, Z_FINISH) == Z_STREAM_END;
  out.resize(state.total_out);
  inflateEnd(&state);
  return out;
}

TEST(Decoder, BeginsAnewAtTheBorderOfAPart) {
  for (const auto compression : framed) {
    SCOPED_TRACE(name_of(compression));
    const auto part = encode(compression, "text");
    const auto damaged = part.substr(0, part.size() - 1) + '!';
    const auto decoder = make_decoder(compression);
    std::string out(100, '\0');
    // Out of the middle of a part, out of an error, at the start and behind other parts.
    EXPECT_TRUE(decoder->decode({part.data(), part.size() / 2}, out));
    decoder->restart(1000, true);
    EXPECT_TRUE(decoder->finish());
    (void)decoder->decode({damaged.data(), damaged.size()}, out);
    EXPECT_GT(decoder->decode({}, out).error().offset.value_or(0), 1000U);
    decoder->restart(0, false);
    EXPECT_FALSE(decoder->finish()) << "nothing yet";
    const auto step = decoder->decode({part.data(), part.size()}, out);
    ASSERT_TRUE(step);
    EXPECT_EQ(out.substr(0, step.value().produced), "text");
    EXPECT_TRUE(decoder->finish());
    EXPECT_EQ(decoder->consumed(), part.size());
    decoder->restart(77, true);
    const auto garbage = decoder->decode({"garbage", 7}, out);
    ASSERT_FALSE(garbage);
    EXPECT_TRUE(garbage.error().message.ends_with("trailing garbage"));
    EXPECT_EQ(garbage.error().offset, 77U);
  }
}

TEST(Decoder, GivesTheSameForEveryChunking) {
  const auto data = log_text(3000) + std::string(9000, 'z') + random_bytes(700);
  for (const auto compression : every_format) {
    const auto expected = has_frames(compression) ? data + data + data : data;
    auto stream = encode(compression, data, 1);
    if (has_frames(compression)) stream += encode(compression, "") + encode(compression, data);
    if (compression == Compression::lz4) stream += skippable_frame("12345");
    if (compression == Compression::xz) stream += std::string(8, '\0');
    if (has_frames(compression) && compression != Compression::gzip &&
        compression != Compression::zstd) {
      stream += encode(compression, data, levels_of(compression).highest);
    }
    if (compression == Compression::gzip) stream += member_with_all_fields(data);
    if (compression == Compression::zstd)
      stream += skippable_frame("12345") + encode(compression, data, 19);
    for (const std::size_t in_piece : {1U, 2U, 3U, 7U, 64U, 1000U, 1U << 20U}) {
      for (const std::size_t out_piece : {1U, 2U, 5U, 258U, 4096U, 1U << 20U}) {
        const auto result = decode(compression, stream, in_piece, out_piece);
        EXPECT_EQ(result.error, "") << in_piece << " " << out_piece;
        EXPECT_TRUE(result.data == expected) << in_piece << " " << out_piece;
      }
    }
  }
}

TEST(Decoder, FailsAtEveryTruncationAndDeliversWhatCameBefore) {
  const auto data = log_text(2500);
  for (const auto compression : every_format) {
    const auto first = encode(compression, data);
    const auto second = !has_frames(compression)           ? std::string()
                        : compression == Compression::gzip ? member_with_all_fields(data)
                                                           : encode(compression, data, 9);
    const auto stream = first + second;
    std::size_t longest = 0;
    for (std::size_t size = 0; size < stream.size(); ++size) {
      if (size == first.size()) continue;
      for (const std::size_t piece : {std::size_t{1}, whole}) {
        const auto result =
            decode(compression, std::string_view(stream).substr(0, size), piece, small_room);
        EXPECT_EQ(result.error, std::string(name_of(compression)) + ": ends too early") << size;
        EXPECT_EQ(result.offset, size);
        EXPECT_TRUE(is_prefix(result.data, data + data)) << size;
        EXPECT_GE(result.data.size(), longest);
        longest = result.data.size();
      }
    }
    // The last code of deflate is cut, too: there is nothing behind it.
    const std::size_t cut = compression == Compression::deflate ? 40 : 0;
    EXPECT_GE(longest + cut, (has_frames(compression) ? 2 : 1) * data.size());
  }
}

TEST(Decoder, AcceptsNoFlippedBitSilently) {
  const auto data = log_text(4000);
  std::mt19937 random(42);
  for (const auto compression : every_format) {
    const auto stream = encode(compression, data);
    int accepted = 0;
    const int flips = bit_flips();
    for (int i = 0; i < flips; ++i) {
      auto damaged = stream;
      damaged[random() % damaged.size()] ^= static_cast<char>(1U << random() % 8);
      const auto result = decode(compression, damaged, whole, small_room);
      SCOPED_TRACE(name_of(compression));
      const auto in_pieces = decode(compression, damaged, 1 + random() % 9, 1 + random() % 999);
      EXPECT_EQ(result.error, in_pieces.error);
      EXPECT_TRUE(result.data == in_pieces.data);
      EXPECT_EQ(result.offset, in_pieces.offset);
      if (!result.error.empty()) continue;
      if (compression == Compression::deflate) continue;  // Has no checksum.
      ++accepted;  // A flip in the time or the size field of a gzip header changes no data.
      EXPECT_TRUE(result.data == data);
    }
    EXPECT_LT(accepted, flips / 10) << name_of(compression);
  }
}

TEST(GzipDecoder, DeliversAsMuchAsZlibBeforeDamage) {
  const auto data = log_text(200'000);
  const auto stream = encode(Compression::gzip, data);
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    auto damaged = stream;
    damaged[gzip_header_size_bytes + random() % (stream.size() - 28)] ^=
        static_cast<char>(1 + random() % 255);
    bool good = false;
    const auto expected = zlib_inflate(damaged, good);
    ASSERT_FALSE(good);
    for (const std::size_t out_piece : {std::size_t{1000}, whole}) {
      const auto result = decode(Compression::gzip, damaged, whole, out_piece);
      EXPECT_NE(result.error, "");
      EXPECT_TRUE(is_prefix(expected, result.data) || is_prefix(result.data, expected));
      EXPECT_GE(result.data.size(), expected.size());
    }
  }
}

TEST(ZstdDecoder, DeliversAllBlocksBeforeDamage) {
  const auto data = log_text(1'000'000);
  auto stream = encode(Compression::zstd, data);
  stream[stream.size() - 5000] = static_cast<char>(stream[stream.size() - 5000] ^ 0x55);
  for (const std::size_t out_piece : {std::size_t{1000}, std::size_t{1} << 22U}) {
    const auto result = decode(Compression::zstd, stream, std::size_t{1} << 22U, out_piece);
    EXPECT_NE(result.error, "");
    EXPECT_GE(result.data.size(), 7U * 128 * 1024);
  }
}

TEST(GzipDecoder, SaysWhatIsWrongAndWhere) {
  const auto stream = encode(Compression::gzip, "hello");
  const auto size = stream.size();
  const auto fails_with = [](const std::string& bytes, const std::string& error,
                             std::uint64_t offset) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, whole}) {
      const auto result = decode(Compression::gzip, bytes, piece, piece);
      EXPECT_EQ(result.error, "gzip: " + error);
      EXPECT_EQ(result.offset, offset) << error;
    }
  };
  const auto with = [&](std::size_t at, char byte) {
    auto changed = stream;
    changed[at] = byte;
    return changed;
  };
  fails_with(stream + "garbage", "trailing garbage", size);
  fails_with(stream + "\x1f garbage", "trailing garbage", size);
  fails_with(stream + std::string(3, '\0') + "x", "trailing garbage", size + 3);
  fails_with(stream + std::string(3, '\0') + stream, "trailing garbage", size + 3);
  fails_with("hello", "not a gzip member", 0);
  fails_with("", "ends too early", 0);
  fails_with(stream + with(2, 7), "unknown compression method", size);
  fails_with(with(3, '\x24'), "reserved header flags are set", 0);
  fails_with(with(size - 8, static_cast<char>(stream[size - 8] ^ 1)), "checksum mismatch",
             size - 8);
  fails_with(with(size - 1, 1), "length mismatch", size - 8);
  auto named = member_with_all_fields("x");
  named[named.find("name")] = 'N';
  fails_with(named, "header checksum mismatch", 0);
}

TEST(GzipDecoder, SkipsZeroPadding) {
  const auto stream = encode(Compression::gzip, "hello");
  expect_whole(Compression::gzip, stream + std::string(1000, '\0'), "hello");
  EXPECT_EQ(decode(Compression::gzip, stream + std::string(10, '\0'), 1, 1).data, "hello");
}

TEST(ZstdDecoder, SaysWhatIsWrongAndWhere) {
  const auto stream = encode(Compression::zstd, "hello hello hello hello");
  const auto size = stream.size();
  const auto fails_with = [](const std::string& bytes, const std::string& error,
                             std::uint64_t offset) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, whole}) {
      const auto result = decode(Compression::zstd, bytes, piece, piece);
      EXPECT_EQ(result.error, "zstd: " + error);
      EXPECT_EQ(result.offset, offset) << error;
    }
  };
  fails_with(stream + "x", "trailing garbage", size);
  fails_with(stream + std::string(4, '\0'), "trailing garbage", size);
  fails_with("hello", "not a zstd frame", 0);
  fails_with("", "ends too early", 0);
  auto flipped = stream;
  flipped.back() = static_cast<char>(flipped.back() ^ 1);
  EXPECT_EQ(decode(Compression::zstd, flipped).error, "zstd: checksum mismatch");
  // Window descriptor of 2^(10+22): 4 GiB.
  const std::string huge("\x28\xb5\x2f\xfd\x00\xb0\x01\x00\x00", 9);
  EXPECT_EQ(decode(Compression::zstd, huge).error,
            "zstd: window of 4096 MiB is above the limit of 128 MiB");
}

TEST(ZstdDecoder, SkipsSkippableFrames) {
  const auto frame = encode(Compression::zstd, "hello");
  const auto stream = skippable_frame("") + frame + skippable_frame(random_bytes(300'000), 15) +
                      frame + skippable_frame("abc", 7);
  expect_whole(Compression::zstd, stream, "hellohello");
  EXPECT_EQ(decode(Compression::zstd, stream).parts, 5);
  expect_whole(Compression::zstd, skippable_frame("only"), "");
}

TEST(ZstdDecoder, ReadsFramesOfUnknownSizeWithoutChecksum) {
  const auto data = log_text(500'000);
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx);
  std::string stream(ZSTD_compressBound(data.size()), '\0');
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 0);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, 27);
  stream.resize(
      ZSTD_compress2(context.get(), stream.data(), stream.size(), data.data(), data.size()));
  expect_whole(Compression::zstd, stream, data);
}

TEST(Decoder, StreamsABombInConstantMemory) {
  const std::string block(std::size_t{16} << 20U, '\0');
  std::string out(std::size_t{64} << 10U, '\0');
  for (const auto compression : every_format) {
    const auto part = encode(compression, block, 1);
    const auto decoder = make_decoder(compression);
    const int parts = compression == Compression::gzip ? 16 : 4;
    std::uint64_t total = 0;
    rusage before{};
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < parts; ++i) {
      if (!has_frames(compression)) decoder->restart(0, false);
      std::string_view rest = part;
      for (bool ended = false; !ended;) {
        const auto step = decoder->decode(rest, out);
        ASSERT_TRUE(step);
        rest.remove_prefix(step.value().consumed);
        total += step.value().produced;
        ended = step.value().at_part_end;
      }
    }
    EXPECT_TRUE(decoder->finish());
    EXPECT_EQ(total, static_cast<std::uint64_t>(parts) * block.size());
    rusage after{};
    getrusage(RUSAGE_SELF, &after);
    // Windows and blocks are part of a format.
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 16 << 10U) << name_of(compression) << ", KiB";
  }
}

}  // namespace
}  // namespace sluice
