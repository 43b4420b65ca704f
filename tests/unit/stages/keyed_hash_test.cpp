#include "stages/support/keyed_hash.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

/// The example of appendix A of the paper.
TEST(KeyedHash, GivesTheResultOfThePaper) {
  const HashKey key{0x0706050403020100U, 0x0f0e0d0c0b0a0908U};
  std::string text;
  for (char byte = 0; byte < 15; ++byte) text += byte;
  EXPECT_EQ(keyed_hash(text, key), 0xa129ca6149be45e5U);
}

TEST(KeyedHash, AnyChangeOfTextOrKeyChangesIt) {
  const HashKey key = HashKey::from("a secret");
  EXPECT_EQ(keyed_hash("10.0.0.1", key), keyed_hash("10.0.0.1", HashKey::from("a secret")));
  EXPECT_NE(keyed_hash("10.0.0.1", key), keyed_hash("10.0.0.2", key));
  EXPECT_NE(keyed_hash("10.0.0.1", key), keyed_hash("10.0.0.1", HashKey::from("another")));
  EXPECT_NE(keyed_hash("", key), keyed_hash(std::string(1, '\0'), key));
  EXPECT_NE(key.low, key.high);
}

}  // namespace
}  // namespace sluice
