#include "stages/support/digest.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <xxhash.h>

#include <span>

#include "stages/support/byte_kernels.h"

namespace sluice {
namespace {

std::string hex_text(std::span<const unsigned char> bytes) {
  std::string text(2 * bytes.size(), '\0');
  encode_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, text, LetterCase::lower);
  return text;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

class Sha256 final : public Digest {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    is_good_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1;
  }
  Status add(std::string_view bytes) override {
    is_good_ = is_good_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
    if (is_good_) return Done{};
    return refused();
  }
  Result<std::string> finish() override {
    std::array<unsigned char, 32> sum{};
    if (!is_good_ || EVP_DigestFinal_ex(context_.get(), sum.data(), nullptr) != 1) return refused();
    return hex_text(sum);
  }

 private:
  /// A library may be set up to compute no sums that some authority does not approve of.
  static Error refused() {
    Error error;
    error.message = "the cryptographic library refuses to compute SHA-256";
    return error;
  }

  std::unique_ptr<EVP_MD_CTX, FreeContext> context_;
  bool is_good_ = false;
};

struct FreeState {
  void operator()(XXH3_state_t* state) const noexcept { XXH3_freeState(state); }
};

class Xxh3 final : public Digest {
 public:
  Xxh3() : state_(XXH3_createState()) {
    if (state_ == nullptr) throw std::bad_alloc();
    XXH3_64bits_reset(state_.get());
  }
  Status add(std::string_view bytes) override {
    XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
    return Done{};
  }
  Result<std::string> finish() override {
    XXH64_canonical_t sum{};
    XXH64_canonicalFromHash(&sum, XXH3_64bits_digest(state_.get()));
    return hex_text(sum.digest);
  }

 private:
  std::unique_ptr<XXH3_state_t, FreeState> state_;
};

class Crc32 final : public Digest {
 public:
  Status add(std::string_view bytes) override {
    sum_ = crc32_gzip_refl(sum_, reinterpret_cast<const unsigned char*>(bytes.data()),  // NOLINT
                           bytes.size());
    return Done{};
  }
  Result<std::string> finish() override {
    return hex_text(
        std::array{static_cast<unsigned char>(sum_ >> 24U), static_cast<unsigned char>(sum_ >> 16U),
                   static_cast<unsigned char>(sum_ >> 8U), static_cast<unsigned char>(sum_)});
  }

 private:
  std::uint32_t sum_ = 0;
};

}  // namespace

std::unique_ptr<Digest> make_digest(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::sha256:
      return std::make_unique<Sha256>();
    case DigestAlgorithm::xxh3:
      return std::make_unique<Xxh3>();
    case DigestAlgorithm::crc32:
      return std::make_unique<Crc32>();
  }
  return nullptr;
}

}  // namespace sluice
