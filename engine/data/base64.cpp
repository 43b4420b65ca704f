#include "engine/data/base64.h"

#include <algorithm>

#include "engine/data/base64_kernels.h"

namespace sluice {
namespace base64_detail {
namespace {

constexpr std::string_view letters_and_numbers =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

constexpr std::array<char, 64> make_alphabet(char digit_62, char digit_63) {
  std::array<char, 64> alphabet{};
  std::copy(letters_and_numbers.begin(), letters_and_numbers.end(), alphabet.begin());
  alphabet[62] = digit_62;
  alphabet[63] = digit_63;
  return alphabet;
}

constexpr Base64Digits make_digits(const std::array<char, 64>& alphabet) {
  Base64Digits digits{};
  digits.fill(not_base64);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return digits;
}

constexpr std::array standard_alphabet = make_alphabet('+', '/');
constexpr std::array url_alphabet = make_alphabet('-', '_');
constexpr Base64Digits standard_digits = make_digits(standard_alphabet);
constexpr Base64Digits url_digits = make_digits(url_alphabet);

const std::array<char, 64>& alphabet_of(Base64Alphabet alphabet) {
  return alphabet == Base64Alphabet::url ? url_alphabet : standard_alphabet;
}

std::uint32_t byte_at(std::span<const char> in, std::size_t at) {
  return static_cast<unsigned char>(in[at]);
}

}  // namespace

Converted encode_scalar(std::span<const char> in, std::span<char> out,
                        Base64Alphabet alphabet) noexcept {
  const std::array<char, 64>& digits = alphabet_of(alphabet);
  const std::size_t groups = std::min(in.size() / 3, out.size() / 4);
  char* to = out.data();
  for (std::size_t at = 0; at < groups * 3; at += 3, to += 4) {
    const std::uint32_t bits =
        byte_at(in, at) << 16U | byte_at(in, at + 1) << 8U | byte_at(in, at + 2);
    to[0] = digits[bits >> 18U];
    to[1] = digits[bits >> 12U & 63U];
    to[2] = digits[bits >> 6U & 63U];
    to[3] = digits[bits & 63U];
  }
  return {groups * 3, groups * 4};
}

Converted decode_scalar(std::span<const char> in, std::span<char> out,
                        Base64Alphabet alphabet) noexcept {
  const Base64Digits& values = base64_digits(alphabet);
  const std::size_t groups = std::min(in.size() / 4, out.size() / 3);
  Converted done;
  for (std::size_t i = 0; i < groups; ++i) {
    const auto value = [&](std::size_t digit) -> std::uint32_t {
      return values[byte_at(in, done.consumed + digit)];
    };
    const std::uint32_t first = value(0);
    const std::uint32_t second = value(1);
    const std::uint32_t third = value(2);
    const std::uint32_t fourth = value(3);
    if ((first | second | third | fourth) > 63U) break;
    const std::uint32_t bits = first << 18U | second << 12U | third << 6U | fourth;
    out[done.produced] = static_cast<char>(bits >> 16U);
    out[done.produced + 1] = static_cast<char>(bits >> 8U & 255U);
    out[done.produced + 2] = static_cast<char>(bits & 255U);
    done.consumed += 4;
    done.produced += 3;
  }
  return done;
}

#if defined(__x86_64__)
namespace {

using Convert = Converted (*)(std::span<const char>, std::span<char>, Base64Alphabet) noexcept;

/// What the wide kernel leaves is taken up by the scalar one.
Converted convert_by(Convert wide, Convert scalar, std::span<const char> in, std::span<char> out,
                     Base64Alphabet alphabet) {
  Converted done = wide(in, out, alphabet);
  const Converted rest = scalar(in.subspan(done.consumed), out.subspan(done.produced), alphabet);
  done.consumed += rest.consumed;
  done.produced += rest.produced;
  return done;
}

bool has_avx2(SimdLevel level) { return std::min(level, best_simd_level()) >= SimdLevel::avx2; }

}  // namespace
#endif

}  // namespace base64_detail

Converted encode_base64(std::span<const char> in, std::span<char> out, Base64Alphabet alphabet,
                        SimdLevel level) noexcept {
  using namespace base64_detail;
#if defined(__x86_64__)
  if (has_avx2(level)) return convert_by(encode_avx2, encode_scalar, in, out, alphabet);
#else
  static_cast<void>(level);
#endif
  return encode_scalar(in, out, alphabet);
}

Converted decode_base64(std::span<const char> in, std::span<char> out, Base64Alphabet alphabet,
                        SimdLevel level) noexcept {
  using namespace base64_detail;
#if defined(__x86_64__)
  if (has_avx2(level)) return convert_by(decode_avx2, decode_scalar, in, out, alphabet);
#else
  static_cast<void>(level);
#endif
  return decode_scalar(in, out, alphabet);
}

std::size_t encode_base64_end(std::span<const char> in, std::span<char> out,
                              Base64Alphabet alphabet) noexcept {
  const std::array<char, 64>& digits = base64_detail::alphabet_of(alphabet);
  std::uint32_t bits = base64_detail::byte_at(in, 0) << 16U;
  if (in.size() > 1) bits |= base64_detail::byte_at(in, 1) << 8U;
  out[0] = digits[bits >> 18U];
  out[1] = digits[bits >> 12U & 63U];
  if (in.size() < 2) return 2;
  out[2] = digits[bits >> 6U & 63U];
  return 3;
}

const Base64Digits& base64_digits(Base64Alphabet alphabet) noexcept {
  return alphabet == Base64Alphabet::url ? base64_detail::url_digits
                                         : base64_detail::standard_digits;
}

}  // namespace sluice
