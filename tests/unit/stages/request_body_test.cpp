#include "stages/support/request_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "tests/unit/stages/codec_fixture.h"

namespace sluice {
namespace {

using ::testing::HasSubstr;

/// Adds `sent` in pieces, and ends the body.
std::optional<HttpRefusal> add_all(RequestBody& body, std::string_view sent, std::size_t piece) {
  for (std::size_t at = 0; at < sent.size(); at += piece) {
    const std::string_view part = sent.substr(at, piece);
    if (auto refusal = body.add({part.data(), part.size()})) return refusal;
  }
  return body.finish();
}

std::string compressed(Compression compression, std::string_view text) {
  return compression == Compression::none ? std::string(text)
                                          : codec_test::encode(compression, text);
}

TEST(RequestBody, KnowsTheContentCodingsItHas) {
  EXPECT_EQ(content_coding(""), Compression::none);
  EXPECT_EQ(content_coding("identity"), Compression::none);
  EXPECT_EQ(content_coding(" GZip "), Compression::gzip);
  EXPECT_EQ(content_coding("x-gzip"), Compression::gzip);
  EXPECT_EQ(content_coding("zstd"), Compression::zstd);
  for (const char* other : {"br", "deflate", "gzip, gzip", "gz", "\xff"}) {
    EXPECT_EQ(content_coding(other), std::nullopt) << other;
  }
}

TEST(RequestBody, IsTheSameInWhateverPiecesItArrives) {
  const std::string text = codec_test::log_text(100'000);
  for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    const std::string sent = compressed(compression, text);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{333}, sent.size()}) {
      RequestBody body(compression, text.size());
      EXPECT_EQ(add_all(body, sent, piece), std::nullopt);
      EXPECT_EQ(body.text(), text);
      EXPECT_EQ(body.received_bytes(), sent.size());
    }
  }
}

TEST(RequestBody, MayBeEmpty) {
  for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    RequestBody body(compression, 10);
    EXPECT_EQ(body.finish(), std::nullopt);
    EXPECT_EQ(body.text(), "");
  }
}

TEST(RequestBody, HasALimitForWhatItDecompressesTo) {
  const std::string text(1'000'000, '\0');
  for (const Compression compression : {Compression::none, Compression::gzip, Compression::zstd}) {
    const std::string sent = compressed(compression, text);
    RequestBody fits(compression, text.size());
    EXPECT_EQ(add_all(fits, sent, 1000), std::nullopt);
    RequestBody body(compression, text.size() - 1);
    const auto refusal = add_all(body, sent, 1000);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, 413U);
    EXPECT_EQ(body.text().capacity(), std::string().capacity());
    // For good.
    EXPECT_EQ(body.finish()->status, 413U);
    EXPECT_EQ(body.add({"x", 1})->status, 413U);
  }
}

TEST(RequestBody, HasALimitForWhatIsSentAndDecompressesToNothing) {
  const std::string member = codec_test::encode(Compression::gzip, "");
  RequestBody body(Compression::gzip, 1000);
  std::optional<HttpRefusal> refusal;
  for (int i = 0; i < 1000 && !refusal; ++i) refusal = body.add({member.data(), member.size()});
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 413U);
}

TEST(RequestBody, IsRefusedWhereverItIsCutOrDamaged) {
  const std::string text = codec_test::log_text(300);
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    const std::string sent = compressed(compression, text);
    for (std::size_t cut = 1; cut < sent.size(); ++cut) {
      RequestBody body(compression, 10'000);
      const auto refusal = add_all(body, sent.substr(0, cut), 50);
      ASSERT_TRUE(refusal) << cut;
      EXPECT_EQ(refusal->status, 400U);
      EXPECT_EQ(refusal->reason, "damaged");
      EXPECT_EQ(body.text(), "");
    }
    RequestBody body(compression, 10'000);
    EXPECT_THAT(add_all(body, sent + "x", 50)->message, HasSubstr("trailing garbage"));
  }
}

// RFC 9659: 8 MiB are the most that a recipient has to have.
TEST(RequestBody, DoesNotTakeEveryWindowOfZstd) {
  const std::string text(20 << 20, 'x');
  for (const int window : {23, 24}) {
    ZSTD_CCtx* context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
    std::string sent(ZSTD_compressBound(text.size()), '\0');
    sent.resize(ZSTD_compress2(context, sent.data(), sent.size(), text.data(), text.size()));
    ZSTD_freeCCtx(context);
    RequestBody body(Compression::zstd, text.size());
    const auto refusal = add_all(body, sent, sent.size());
    EXPECT_EQ(refusal.has_value(), window == 24);
    if (refusal) {
      EXPECT_THAT(refusal->message, HasSubstr("above the limit of 8 MiB"));
    }
  }
}

}  // namespace
}  // namespace sluice
