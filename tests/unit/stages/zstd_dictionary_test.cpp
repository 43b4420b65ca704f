// zstd dictionaries, and the bound of the window.
#include "stages/support/zstd_dictionary.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <zdict.h>
#include <zstd.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/base/io.h"
#include "stages/support/part_decoder.h"
#include "stages/support/part_scan.h"
#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

using namespace codec_test;

/// As `zstd --train --dictID=ID` makes them, but of chosen content.
std::string train(unsigned id) {
  std::string samples;
  std::vector<std::size_t> sizes;
  for (unsigned seed = 0; seed < 300; ++seed) {
    samples += log_text(300, seed);
    sizes.push_back(300);
  }
  ZDICT_params_t parameters{};
  parameters.dictID = id;
  const std::string content = log_text(3000, 999);
  std::string dictionary(8192, '\0');
  const auto size = ZDICT_finalizeDictionary(dictionary.data(), dictionary.size(), content.data(),
                                             content.size(), samples.data(), sizes.data(),
                                             static_cast<unsigned>(sizes.size()), parameters);
  EXPECT_FALSE(ZDICT_isError(size)) << ZDICT_getErrorName(size);
  dictionary.resize(size);
  return dictionary;
}

CodecSettings settings_with(std::string_view bytes) {
  return {ZstdDictionary::load(bytes).value()};
}

std::string encode_with(const CodecSettings& settings, std::string_view data) {
  const auto encoder = make_frame_encoder(Compression::zstd, 3, settings).value();
  std::string frame(encoder->bound(data.size()), '\0');
  frame.resize(encoder->encode(data, frame).value());
  return frame;
}

TEST(ZstdDictionary, IsUsedByEncoderDecoderAndPartDecoder) {
  const auto data = log_text(400, 7777);
  for (const auto& bytes : {train(1234), log_text(5000)}) {
    const auto settings = settings_with(bytes);
    const auto frame = encode_with(settings, data);
    EXPECT_LT(frame.size(), encode(Compression::zstd, data).size());

    const auto result = decode(Compression::zstd, frame + frame, 7, 100, settings);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.data, data + data);

    std::string part(data.size(), '\0');
    EXPECT_EQ(make_part_decoder(Compression::zstd, settings)->decode(frame, part), data.size());
    EXPECT_EQ(part, data);
    // The library agrees.
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                       &ZSTD_freeDCtx);
    std::string other(data.size(), '\0');
    EXPECT_EQ(ZSTD_decompress_usingDict(context.get(), other.data(), other.size(), frame.data(),
                                        frame.size(), bytes.data(), bytes.size()),
              data.size());
    EXPECT_EQ(other, data);
    // Frames that need none are read as well.
    EXPECT_EQ(decode(Compression::zstd, encode(Compression::zstd, data), 7, 100, settings).data,
              data);
  }
}

TEST(ZstdDictionary, ErrorsNameTheOneThatIsNeeded) {
  const auto frame = encode_with(settings_with(train(1234)), "hello");
  EXPECT_EQ(decode(Compression::zstd, frame).error, "zstd: needs dictionary 1234");
  EXPECT_EQ(decode(Compression::zstd, frame, 1, 1, settings_with(train(5))).error,
            "zstd: dictionary 5 was given, the data needs 1234");
  EXPECT_EQ(decode(Compression::zstd, frame, 1, 1, settings_with("some bytes")).error,
            "zstd: a dictionary without a number was given, the data needs 1234");
  std::string part(100, '\0');
  EXPECT_FALSE(make_part_decoder(Compression::zstd)->decode(frame, part));
}

TEST(ZstdDictionary, MakesFramesThatNeedItFindableAsParts) {
  const auto settings = settings_with(train(1234));
  const auto frame = encode_with(settings, "hello");
  const TemporaryFolder folder;
  const File file = File::open(Io::system(), folder.write("file", frame + frame), O_RDONLY).value();
  const auto parts_found = [&](const CodecSettings& with) {
    PartScanner scanner(file, Compression::zstd, 0, 2 * frame.size(), with);
    return scanner.next_group({1000, 1000}).value().size();
  };
  EXPECT_EQ(parts_found(settings), 2U);
  EXPECT_EQ(parts_found({}), 0U);
  EXPECT_EQ(parts_found(settings_with(train(5))), 0U);
}

TEST(ZstdDictionary, RefusesWhatIsNone) {
  const auto bytes = train(1234);
  for (const auto& wrong : {std::string(), bytes.substr(0, 9), bytes.substr(0, 60)}) {
    const auto loaded = ZstdDictionary::load(wrong);
    ASSERT_FALSE(loaded) << wrong.size();
    EXPECT_EQ(loaded.error().code, ErrorCode::bad_config);
  }
  EXPECT_EQ(ZstdDictionary::load(bytes).value()->id(), 1234U);
  EXPECT_EQ(ZstdDictionary::load("x").value()->id(), 0U);
}

TEST(ZstdDictionary, IsPreparedOnceForALevel) {
  const auto dictionary = ZstdDictionary::load(train(1)).value();
  EXPECT_EQ(dictionary->for_encoding(3), dictionary->for_encoding(3));
  EXPECT_NE(dictionary->for_encoding(3), dictionary->for_encoding(4));
}

std::string frame_with_window(int log) {
  const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                     &ZSTD_freeCCtx);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, log);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_enableLongDistanceMatching, 1);
  // What is written piece by piece has a window; its memory is touched only as far as it is used.
  std::string data = "hello";
  std::string frame(1000, '\0');
  ZSTD_inBuffer in{data.data(), data.size(), 0};
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_flush);
  EXPECT_EQ(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end), 0U);
  frame.resize(out.pos);
  return frame;
}

TEST(ZstdDecoder, BoundsTheWindow) {
  EXPECT_EQ(decode(Compression::zstd, frame_with_window(27)).data, "hello");
  EXPECT_EQ(decode(Compression::zstd, frame_with_window(28)).error,
            "zstd: window of 256 MiB is above the limit of 128 MiB");
}

}  // namespace
}  // namespace sluice
