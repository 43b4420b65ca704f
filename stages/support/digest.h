// Checksums of a stream of bytes, each as the usual tool prints it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.h"
#include "engine/stage/option.h"

namespace sluice {

enum class DigestAlgorithm : std::uint8_t {
  sha256,  ///< FIPS 180-4, as sha256sum.
  xxh3,    ///< XXH3 with 64 bits and no seed, as `xxhsum -H3`.
  crc32,   ///< That of gzip and zip.
};

template <>
struct EnumNames<DigestAlgorithm> {
  static constexpr std::array<std::pair<std::string_view, DigestAlgorithm>, 3> names{
      {{"sha256", DigestAlgorithm::sha256},
       {"xxh3", DigestAlgorithm::xxh3},
       {"crc32", DigestAlgorithm::crc32}}};
};

/// One thread at a time.
class Digest {
 public:
  Digest() = default;
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  virtual ~Digest() = default;

  virtual Status add(std::string_view bytes) = 0;
  /// Of all that was added, in lower-case hex digits. Once.
  virtual Result<std::string> finish() = 0;
};

std::unique_ptr<Digest> make_digest(DigestAlgorithm algorithm);

}  // namespace sluice
