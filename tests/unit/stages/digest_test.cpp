#include "stages/support/digest.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

namespace sluice {
namespace {

std::string digest_of(DigestAlgorithm algorithm, std::string_view text) {
  const auto digest = make_digest(algorithm);
  EXPECT_TRUE(digest->add(text));
  return digest->finish().value();
}

TEST(Digest, AgreesWithThePublishedVectors) {
  EXPECT_EQ(digest_of(DigestAlgorithm::sha256, ""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of(DigestAlgorithm::sha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest_of(DigestAlgorithm::xxh3, ""), "2d06800538d394c2");
  EXPECT_EQ(digest_of(DigestAlgorithm::xxh3, "abc"), "78af5f94892f3950");
  EXPECT_EQ(digest_of(DigestAlgorithm::crc32, ""), "00000000");
  EXPECT_EQ(digest_of(DigestAlgorithm::crc32, "123456789"), "cbf43926");
}

TEST(Digest, DoesNotDependOnWhereTheBytesAreCut) {
  std::mt19937_64 random(5);
  std::string text(10'000, '\0');
  for (char& c : text) c = static_cast<char>(random());
  for (const auto& [name, algorithm] : EnumNames<DigestAlgorithm>::names) {
    const std::string whole = digest_of(algorithm, text);
    for (int round = 0; round < 20; ++round) {
      const auto digest = make_digest(algorithm);
      for (std::string_view rest = text; !rest.empty();) {
        const std::size_t size = random() % 700 % (rest.size() + 1);
        ASSERT_TRUE(digest->add(rest.substr(0, size)));
        rest.remove_prefix(size);
      }
      ASSERT_EQ(digest->finish().value(), whole) << name;
    }
  }
}

}  // namespace
}  // namespace sluice
