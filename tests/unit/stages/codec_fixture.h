// What the tests of the codecs share: data, encoding in one call, decoding in pieces.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "stages/support/compression.h"
#include "stages/support/decoder.h"
#include "stages/support/frame_encoder.h"
#include "stages/support/stream_encoder.h"
#include "tests/support/test_effort.h"

namespace sluice::codec_test {

/// Made of parts whose borders can be known.
inline constexpr std::array both = {Compression::gzip, Compression::zstd};
/// Made of frames.
inline constexpr std::array framed = {Compression::gzip, Compression::zstd, Compression::lz4,
                                      Compression::bzip2, Compression::xz};
inline constexpr std::array every_format = {
    Compression::gzip, Compression::zstd, Compression::lz4,    Compression::bzip2,
    Compression::xz,   Compression::zlib, Compression::deflate};
constexpr std::size_t whole = std::size_t{1} << 20U;
/// Room for what a small stream holds: a sanitizer fills all memory that a test takes.
constexpr std::size_t small_room = std::size_t{1} << 14U;

inline std::string log_text(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size) {
    text += "2024-05-17T10:00:" + std::to_string(random() % 60) + " host" +
            std::to_string(random() % 9) + " GET /item/" + std::to_string(random() % 100000) +
            " 200 " + std::to_string(random() % 5000) + "\n";
  }
  text.resize(size);
  return text;
}

inline std::string random_bytes(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random() & 0xffU);
  return bytes;
}

inline std::string encode_stream(Compression compression, std::string_view data, int level,
                                 std::size_t in_piece = whole, std::size_t out_piece = whole) {
  auto encoder = StreamEncoder::make(compression, level).value();
  std::string result;
  std::string out(out_piece, '\0');
  while (!data.empty()) {
    const auto step = encoder->encode(data.substr(0, in_piece), out).value();
    EXPECT_GT(step.consumed + step.produced, 0U);
    result.append(out, 0, step.produced);
    data.remove_prefix(step.consumed);
  }
  for (bool ended = false; !ended;) {
    const auto step = encoder->finish(out).value();
    result.append(out, 0, step.produced);
    ended = step.ended;
  }
  return result;
}

/// As one frame where there are frames.
inline std::string encode(Compression compression, std::string_view data,
                          std::optional<int> wanted = std::nullopt) {
  const int level = wanted.value_or(levels_of(compression).standard);
  if (!has_frames(compression)) return encode_stream(compression, data, level);
  // Making an encoder costs more than a small frame.
  static std::map<std::pair<Compression, int>, std::unique_ptr<FrameEncoder>> encoders;
  auto& encoder = encoders[{compression, level}];
  if (encoder == nullptr) encoder = make_frame_encoder(compression, level).value();
  std::string out(encoder->bound(data.size()), '\0');
  const auto size = encoder->encode(data, out);
  EXPECT_TRUE(size) << (size ? "" : size.error().message);
  out.resize(size ? size.value() : 0);
  return out;
}

struct Decoded {
  std::string data;
  std::string error;  ///< Empty: the stream was whole.
  std::uint64_t offset = 0;
  int parts = 0;
};

inline void set_error(Decoded& result, const Error& error) {
  EXPECT_EQ(error.code, ErrorCode::corrupt_input);
  result.error = error.message;
  result.offset = error.offset.value_or(~std::uint64_t{0});
}

/// Decodes in pieces and checks that every call keeps its promises.
inline Decoded decode(Compression compression, std::string_view stream,
                      std::size_t in_piece = whole, std::size_t out_piece = whole,
                      const CodecSettings& settings = {}) {
  Decoded result;
  const auto decoder = make_decoder(compression, settings);
  std::string out(out_piece, '\0');
  std::size_t at = 0;
  while (true) {
    const auto in = stream.substr(at, in_piece);
    const auto step = decoder->decode(in, out);
    if (!step) {
      set_error(result, step.error());
      EXPECT_FALSE(decoder->decode(in, out));
      EXPECT_FALSE(decoder->finish());
      return result;
    }
    const auto [consumed, produced, at_part_end] = step.value();
    EXPECT_LE(consumed, in.size());
    EXPECT_LE(produced, out.size());
    if (consumed < in.size() && produced < out.size() && !at_part_end) {
      // Only an error that waits behind what was just delivered may stop a call early.
      EXPECT_GT(consumed + produced, 0U);
      EXPECT_FALSE(decoder->decode(in.substr(consumed), out));
    }
    result.data.append(out, 0, produced);
    result.parts += at_part_end ? 1 : 0;
    at += consumed;
    EXPECT_EQ(decoder->consumed(), at);
    if (at == stream.size() && produced < out.size()) break;
  }
  const auto end = decoder->finish();
  if (!end) set_error(result, end.error());
  return result;
}

inline void expect_whole(Compression compression, std::string_view stream, std::string_view data) {
  const auto result = decode(compression, stream);
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.data == data);
}

/// How often a randomized test of damage is repeated: SLUICE_BIT_FLIPS, or 2000 or so.
inline int bit_flips() {
  const char* const wanted = std::getenv("SLUICE_BIT_FLIPS");
  return wanted == nullptr ? rounds(2000) : std::atoi(wanted);
}

inline bool is_prefix(std::string_view prefix, std::string_view text) {
  return prefix == text.substr(0, prefix.size());
}

/// A member with every optional header field, by zlib.
inline std::string member_with_all_fields(std::string_view data) {
  std::string extra = "AB\x03\x00xyz";
  extra.insert(3, 1, '\0').resize(7);
  std::string name = "name.log";
  std::string comment = "a comment";
  gz_header header{};
  header.extra = reinterpret_cast<Bytef*>(extra.data());
  header.extra_len = static_cast<uInt>(extra.size());
  header.name = reinterpret_cast<Bytef*>(name.data());
  header.comment = reinterpret_cast<Bytef*>(comment.data());
  header.hcrc = 1;
  header.text = 1;
  z_stream state{};
  deflateInit2(&state, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  deflateSetHeader(&state, &header);
  std::string input(data);
  std::string out(deflateBound(&state, input.size()) + 100, '\0');
  state.next_in = reinterpret_cast<Bytef*>(input.data());
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = reinterpret_cast<Bytef*>(out.data());
  state.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
  out.resize(state.total_out);
  deflateEnd(&state);
  return out;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "codec_test.XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string write(const std::string& name, std::string_view bytes) const {
    const auto path = (path_ / name).string();
    std::ofstream(path, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path;
  }

 private:
  std::filesystem::path path_;
};

inline std::string skippable_frame(std::string_view content, char variant = 0) {
  std::string frame = {static_cast<char>(0x50 + variant), '\x2a', '\x4d', '\x18'};
  for (unsigned shift = 0; shift < 32; shift += 8) {
    frame += static_cast<char>(content.size() >> shift & 0xffU);
  }
  return frame.append(content);
}

}  // namespace sluice::codec_test
