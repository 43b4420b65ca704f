// Compressed files made of parts, for the tests of what reads them in parallel.
#pragma once

#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/stages/codec_fixture.h"

namespace sluice::codec_test {

inline std::string u16_le(std::size_t number) {
  return {static_cast<char>(number & 0xffU), static_cast<char>(number >> 8U & 0xffU)};
}

/// A BGZF block: at most 64 KiB less a little of content.
inline std::string bgzf_block(std::string_view data) {
  z_stream state{};
  deflateInit2(&state, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  std::string input(data);
  std::string body(deflateBound(&state, input.size()) + 100, '\0');
  state.next_in = reinterpret_cast<Bytef*>(input.data());
  state.avail_in = static_cast<uInt>(input.size());
  state.next_out = reinterpret_cast<Bytef*>(body.data());
  state.avail_out = static_cast<uInt>(body.size());
  EXPECT_EQ(deflate(&state, Z_FINISH), Z_STREAM_END);
  body.resize(state.total_out);
  deflateEnd(&state);
  const std::size_t size = 18 + body.size() + 8;
  EXPECT_LE(size, 0x10000U);
  std::string block("\x1f\x8b\x08\x04\0\0\0\0\0\xff\x06\0BC\x02\0", 16);
  block += u16_le(size - 1) + body;
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(input.data()), static_cast<uInt>(input.size()));
  return block + u16_le(crc & 0xffffU) + u16_le(crc >> 16U) + u16_le(data.size() & 0xffffU) +
         u16_le(data.size() >> 16U);
}

/// A frame as a program writes it that does not know how much will come: without content size, in a
/// block or more, with a checksum or not.
inline std::string streamed_frame(std::string_view data, bool checksum, std::size_t block) {
  static const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> owner(ZSTD_createCCtx(),
                                                                          &ZSTD_freeCCtx);
  ZSTD_CCtx* context = owner.get();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0);
  // Small tables: clearing them is what small frames cost.
  ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1);
  ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, 8);
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 17);
  std::string frame(ZSTD_compressBound(data.size()) + data.size() / block * 32 + 1000, '\0');
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  for (std::size_t at = 0; at < data.size(); at += block) {
    const std::string_view piece = data.substr(at, block);
    ZSTD_inBuffer in{piece.data(), piece.size(), 0};
    EXPECT_EQ(ZSTD_compressStream2(context, &out, &in, ZSTD_e_flush), 0U);
  }
  ZSTD_inBuffer none{nullptr, 0, 0};
  EXPECT_EQ(ZSTD_compressStream2(context, &out, &none, ZSTD_e_end), 0U);
  frame.resize(out.pos);
  return frame;
}

/// A stream of xz with a block for each text that is not empty.
inline std::string xz_of_blocks(const std::vector<std::string>& texts,
                                lzma_check check = LZMA_CHECK_CRC64) {
  lzma_options_lzma options{};
  lzma_lzma_preset(&options, 0);
  options.dict_size = 1 << 16;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  lzma_stream state = LZMA_STREAM_INIT;
  EXPECT_EQ(lzma_stream_encoder(&state, filters, check), LZMA_OK);
  std::size_t bound = 1000;
  for (const std::string& text : texts) bound += lzma_stream_buffer_bound(text.size());
  std::string out(bound, '\0');
  state.next_out = reinterpret_cast<std::uint8_t*>(out.data());
  state.avail_out = out.size();
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    state.next_in = reinterpret_cast<const std::uint8_t*>(text.data());
    state.avail_in = text.size();
    EXPECT_EQ(lzma_code(&state, LZMA_FULL_FLUSH), LZMA_STREAM_END);
  }
  EXPECT_EQ(lzma_code(&state, LZMA_FINISH), LZMA_STREAM_END);
  out.resize(out.size() - state.avail_out);
  lzma_end(&state);
  return out;
}

enum class PartKind { own_gzip, bgzf, own_zstd, streamed_zstd, mixed_zstd, xz };
constexpr PartKind all_kinds[] = {PartKind::own_gzip,      PartKind::bgzf,       PartKind::own_zstd,
                                  PartKind::streamed_zstd, PartKind::mixed_zstd, PartKind::xz};
/// Those whose parts are whole streams as well.
constexpr PartKind whole_kinds[] = {PartKind::own_gzip, PartKind::bgzf, PartKind::own_zstd,
                                    PartKind::streamed_zstd, PartKind::mixed_zstd};

inline Compression compression_of(PartKind kind) {
  if (kind == PartKind::xz) return Compression::xz;
  return kind == PartKind::own_gzip || kind == PartKind::bgzf ? Compression::gzip
                                                              : Compression::zstd;
}

inline std::string make_part(PartKind kind, std::string_view data, std::mt19937& random) {
  switch (kind) {
    case PartKind::own_gzip:
      return encode(Compression::gzip, data, random() % 2 == 0 ? 1 : 6);
    case PartKind::bgzf:
      return bgzf_block(data);
    case PartKind::own_zstd:
      return encode(Compression::zstd, data, 1);
    case PartKind::streamed_zstd:
      return streamed_frame(data, random() % 2 == 0, 1 + random() % 100'000);
    case PartKind::xz: {
      // A stream, of up to three blocks, and what may be behind it.
      const std::size_t first = random() % (data.size() + 1);
      const std::size_t second = random() % (data.size() - first + 1);
      const std::vector<std::string> texts{std::string(data.substr(0, first)),
                                           std::string(data.substr(first, second)),
                                           std::string(data.substr(first + second))};
      return xz_of_blocks(texts) + std::string(random() % 3 * 4, '\0');
    }
    case PartKind::mixed_zstd:
      break;
  }
  std::string part;
  if (random() % 2 == 0) part += skippable_frame(random_bytes(random() % 50), 3);
  part += random() % 2 == 0 ? encode(Compression::zstd, data, 1)
                            : streamed_frame(data, true, 1 + random() % 5000);
  if (random() % 4 == 0) part += encode(Compression::zstd, "", 1);
  return part;
}

/// The parts of a file that holds `text`, each with up to `largest` bytes of content, some empty.
inline std::vector<std::string> make_parts(PartKind kind, std::string_view text,
                                           std::size_t largest, std::mt19937& random) {
  if (kind == PartKind::bgzf) largest = std::min<std::size_t>(largest, 60'000);
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size() || parts.empty();) {
    std::size_t size = random() % (largest + 1);
    if (random() % 3 == 0) size = std::min<std::size_t>(size, random() % 8);
    const std::string_view data = text.substr(at, size);
    parts.push_back(make_part(kind, data, random));
    at += data.size();
  }
  return parts;
}

inline std::string join_parts(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += part;
  return all;
}

}  // namespace sluice::codec_test
