// Every pair of libraries agrees: what one encodes, each other decodes, and ours among them.
#include <bzlib.h>
#include <gtest/gtest.h>
#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

using namespace codec_test;

std::vector<std::string> inputs() {
  return {"",
          "x",
          log_text(90'000),
          random_bytes(70'000),
          std::string(100'000, '\0'),
          log_text(40'000) + random_bytes(3000) + std::string(300, 'a') + log_text(40'000)};
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// Raw deflate, encoded and decoded by each library that knows it.

std::string zlib_deflate(std::string_view data, int level) {
  std::string input(data);
  z_stream state{};
  deflateInit2(&state, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&state, input.size()) + 100, '\0');
  state.next_in = bytes_of(input);
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = bytes_of(out);
  state.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
  out.resize(state.total_out);
  deflateEnd(&state);
  return out;
}

std::string libdeflate_deflate(std::string_view data, int level) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor(
      libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  std::string out(libdeflate_deflate_compress_bound(compressor.get(), data.size()), '\0');
  out.resize(libdeflate_deflate_compress(compressor.get(), data.data(), data.size(), out.data(),
                                         out.size()));
  return out;
}

std::string isal_deflate(std::string_view data, int level) {
  std::string input(data);
  std::string out(input.size() + input.size() / 100 + 1000, '\0');
  std::string work(ISAL_DEF_LVL3_DEFAULT, '\0');
  const auto stream = std::make_unique<isal_zstream>();
  isal_deflate_stateless_init(stream.get());
  stream->level = static_cast<std::uint32_t>(level);
  stream->level_buf = bytes_of(work);
  stream->level_buf_size = static_cast<std::uint32_t>(work.size());
  stream->end_of_stream = 1;
  stream->next_in = bytes_of(input);
  stream->avail_in = static_cast<std::uint32_t>(input.size());
  stream->next_out = bytes_of(out);
  stream->avail_out = static_cast<std::uint32_t>(out.size());
  EXPECT_EQ(isal_deflate_stateless(stream.get()), COMP_OK);
  out.resize(stream->total_out);
  return out;
}

std::string zlib_inflate(std::string_view stream, std::size_t size) {
  std::string input(stream);
  std::string out(size + 1, '\0');
  z_stream state{};
  inflateInit2(&state, -15);
  state.next_in = bytes_of(input);
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = bytes_of(out);
  state.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&state, Z_FINISH), Z_STREAM_END);
  out.resize(state.total_out);
  inflateEnd(&state);
  return out;
}

std::string libdeflate_inflate(std::string_view stream, std::size_t size) {
  const std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>
      decompressor(libdeflate_alloc_decompressor(), &libdeflate_free_decompressor);
  std::string out(size, '\0');
  std::size_t produced = 0;
  EXPECT_EQ(libdeflate_deflate_decompress(decompressor.get(), stream.data(), stream.size(),
                                          out.data(), out.size(), &produced),
            LIBDEFLATE_SUCCESS);
  out.resize(produced);
  return out;
}

/// ISA-L by way of our decoder.
std::string our_inflate(std::string_view stream, std::size_t /*size*/) {
  const auto result = decode(Compression::deflate, stream, 10'000, 7000);
  EXPECT_EQ(result.error, "");
  return result.data;
}

TEST(CodecAgreement, DeflateOfEveryLibraryIsReadByEach) {
  using Encode = std::function<std::string(std::string_view, int)>;
  const auto our_deflate = [](std::string_view data, int level) {
    return encode(Compression::deflate, data, level);
  };
  struct Encoder {
    std::string name;
    Encode encode;
    std::vector<int> levels;
  };
  const std::vector<Encoder> encoders = {{"zlib", zlib_deflate, {0, 1, 6, 9}},
                                         {"libdeflate", libdeflate_deflate, {1, 6, 12}},
                                         {"ISA-L", isal_deflate, {0, 1, 2, 3}},
                                         {"ours", our_deflate, {1, 6, 9}}};
  const std::vector<std::function<std::string(std::string_view, std::size_t)>> decoders = {
      zlib_inflate, libdeflate_inflate, our_inflate};
  for (const auto& data : inputs()) {
    for (const auto& encoder : encoders) {
      for (const int level : encoder.levels) {
        const auto stream = encoder.encode(data, level);
        for (const auto& decode_one : decoders) {
          EXPECT_TRUE(decode_one(stream, data.size()) == data)
              << "encoder " << encoder.name << " level " << level << " decoder "
              << &decode_one - decoders.data() << " size " << data.size();
        }
      }
    }
  }
}

TEST(CodecAgreement, ZlibReadsOurZlibAndWeReadItsOwn) {
  for (const auto& data : inputs()) {
    const auto ours = encode(Compression::zlib, data);
    std::string out(data.size() + 1, '\0');
    auto size = static_cast<uLongf>(out.size());
    EXPECT_EQ(
        uncompress(bytes_of(out), &size, reinterpret_cast<const Bytef*>(ours.data()), ours.size()),
        Z_OK);
    EXPECT_TRUE(out.substr(0, size) == data);

    std::string theirs(compressBound(data.size()), '\0');
    size = static_cast<uLongf>(theirs.size());
    EXPECT_EQ(compress2(bytes_of(theirs), &size, reinterpret_cast<const Bytef*>(data.data()),
                        data.size(), 9),
              Z_OK);
    expect_whole(Compression::zlib, theirs.substr(0, size), data);
  }
}

TEST(CodecAgreement, ZstdInOneCall) {
  for (const auto& data : inputs()) {
    const auto ours = encode(Compression::zstd, data);
    std::string out(data.size(), '\0');
    EXPECT_EQ(ZSTD_decompress(out.data(), out.size(), ours.data(), ours.size()), data.size());
    EXPECT_TRUE(out == data);

    std::string theirs(ZSTD_compressBound(data.size()), '\0');
    theirs.resize(ZSTD_compress(theirs.data(), theirs.size(), data.data(), data.size(), 7));
    expect_whole(Compression::zstd, theirs, data);
  }
}

TEST(CodecAgreement, Lz4InOneCall) {
  for (const auto& data : inputs()) {
    const auto ours = encode(Compression::lz4, data, 9);
    LZ4F_dctx* context = nullptr;
    LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
    std::string out(data.size() + 1, '\0');
    std::size_t out_size = out.size();
    std::size_t in_size = ours.size();
    EXPECT_EQ(LZ4F_decompress(context, out.data(), &out_size, ours.data(), &in_size, nullptr), 0U);
    LZ4F_freeDecompressionContext(context);
    EXPECT_EQ(in_size, ours.size());
    EXPECT_TRUE(out.substr(0, out_size) == data);

    std::string theirs(LZ4F_compressFrameBound(data.size(), nullptr), '\0');
    theirs.resize(
        LZ4F_compressFrame(theirs.data(), theirs.size(), data.data(), data.size(), nullptr));
    expect_whole(Compression::lz4, theirs, data);
  }
}

TEST(CodecAgreement, Bzip2InOneCall) {
  for (auto data : inputs()) {
    auto ours = encode(Compression::bzip2, data, 1);
    std::string out(data.size() + 1, '\0');
    auto size = static_cast<unsigned>(out.size());
    EXPECT_EQ(BZ2_bzBuffToBuffDecompress(out.data(), &size, ours.data(),
                                         static_cast<unsigned>(ours.size()), 0, 0),
              BZ_OK);
    EXPECT_TRUE(out.substr(0, size) == data);

    std::string theirs(data.size() + data.size() / 100 + 600, '\0');
    size = static_cast<unsigned>(theirs.size());
    EXPECT_EQ(BZ2_bzBuffToBuffCompress(theirs.data(), &size, data.data(),
                                       static_cast<unsigned>(data.size()), 5, 0, 0),
              BZ_OK);
    expect_whole(Compression::bzip2, theirs.substr(0, size), data);
  }
}

TEST(CodecAgreement, XzInOneCall) {
  for (const auto& data : inputs()) {
    const auto ours = encode(Compression::xz, data, 1);
    std::string out(data.size(), '\0');
    std::uint64_t memory_limit = std::uint64_t{1} << 30U;
    std::size_t in_size = 0;
    std::size_t out_size = 0;
    EXPECT_EQ(lzma_stream_buffer_decode(
                  &memory_limit, 0, nullptr, reinterpret_cast<const std::uint8_t*>(ours.data()),
                  &in_size, ours.size(), bytes_of(out), &out_size, out.size()),
              LZMA_OK);
    EXPECT_EQ(in_size, ours.size());
    EXPECT_TRUE(out == data);

    std::string theirs(lzma_stream_buffer_bound(data.size()), '\0');
    out_size = 0;
    EXPECT_EQ(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC32, nullptr,
                                      reinterpret_cast<const std::uint8_t*>(data.data()),
                                      data.size(), bytes_of(theirs), &out_size, theirs.size()),
              LZMA_OK);
    expect_whole(Compression::xz, theirs.substr(0, out_size), data);
  }
}

}  // namespace
}  // namespace sluice
