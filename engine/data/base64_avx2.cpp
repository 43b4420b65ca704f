// 24 bytes and 32 digits a step, each half of a vector for itself.
#if defined(__x86_64__)

#include <immintrin.h>

#include "engine/data/base64_kernels.h"

#define SLUICE_AVX2 __attribute__((target("avx2")))
#define SLUICE_AVX2_INLINE [[gnu::always_inline]] SLUICE_AVX2 inline

namespace sluice::base64_detail {
namespace {

constexpr std::size_t step_bytes = 24;
constexpr std::size_t step_digits = 32;

/// The last two digits of an alphabet.
struct LastDigits {
  char digit_62;
  char digit_63;
};

constexpr LastDigits last_digits(Base64Alphabet alphabet) {
  return alphabet == Base64Alphabet::url ? LastDigits{'-', '_'} : LastDigits{'+', '/'};
}

/// Four numbers from 0 to 63 out of each three bytes. Each half has its 12 bytes in front.
SLUICE_AVX2_INLINE __m256i split_groups(__m256i bytes) {
  // The bytes a, b, c become the words b a and c b, in which the four numbers lie side by side.
  const __m256i order = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                                         1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const __m256i words = _mm256_shuffle_epi8(bytes, order);
  // A multiplication by a power of two is a shift of each word by a width of its own.
  const __m256i first_and_third = _mm256_mulhi_epu16(
      _mm256_and_si256(words, _mm256_set1_epi32(0x0FC0FC00)), _mm256_set1_epi32(0x04000040));
  const __m256i second_and_fourth = _mm256_mullo_epi16(
      _mm256_and_si256(words, _mm256_set1_epi32(0x003F03F0)), _mm256_set1_epi32(0x01000010));
  return _mm256_or_si256(first_and_third, second_and_fourth);
}

/// From a number to its digit is a step whose width the number's range decides: 0 is a small
/// letter, 1 to 10 a number, 11 and 12 the last two digits, 13 a capital.
SLUICE_AVX2_INLINE __m256i to_digits(__m256i numbers, __m256i steps) {
  const __m256i above_letters = _mm256_subs_epu8(numbers, _mm256_set1_epi8(51));
  const __m256i is_capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), numbers);
  const __m256i range =
      _mm256_or_si256(above_letters, _mm256_and_si256(is_capital, _mm256_set1_epi8(13)));
  return _mm256_add_epi8(numbers, _mm256_shuffle_epi8(steps, range));
}

SLUICE_AVX2_INLINE __m256i make_steps(LastDigits last) {
  const auto of_62 = static_cast<char>(last.digit_62 - 62);
  const auto of_63 = static_cast<char>(last.digit_63 - 63);
  constexpr char small = 'a' - 26;
  constexpr char number = '0' - 52;
  return _mm256_broadcastsi128_si256(_mm_setr_epi8(small, number, number, number, number, number,
                                                   number, number, number, number, number, of_62,
                                                   of_63, 'A', 0, 0));
}

SLUICE_AVX2_INLINE __m256i is_between(__m256i bytes, char low, char high) {
  const auto above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(static_cast<char>(low - 1)));
  const auto below = _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(high + 1)), bytes);
  return _mm256_and_si256(above, below);
}

/// The value that a byte has where `where` says, and 0 elsewhere.
SLUICE_AVX2_INLINE __m256i value_where(__m256i where, __m256i bytes, int step) {
  return _mm256_and_si256(where, _mm256_add_epi8(bytes, _mm256_set1_epi8(static_cast<char>(step))));
}

/// False when one of the bytes is no digit.
SLUICE_AVX2_INLINE bool to_numbers(__m256i bytes, LastDigits last, __m256i& numbers) {
  const __m256i capital = is_between(bytes, 'A', 'Z');
  const __m256i small = is_between(bytes, 'a', 'z');
  const __m256i number = is_between(bytes, '0', '9');
  const __m256i is_62 = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(last.digit_62));
  const __m256i is_63 = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(last.digit_63));
  const __m256i letter = _mm256_or_si256(capital, small);
  const __m256i is_last = _mm256_or_si256(is_62, is_63);
  const __m256i is_digit = _mm256_or_si256(_mm256_or_si256(letter, number), is_last);
  if (_mm256_movemask_epi8(is_digit) != -1) return false;
  const __m256i of_letters =
      _mm256_or_si256(value_where(capital, bytes, -'A'), value_where(small, bytes, 26 - 'a'));
  const __m256i of_last = _mm256_or_si256(_mm256_and_si256(is_62, _mm256_set1_epi8(62)),
                                          _mm256_and_si256(is_63, _mm256_set1_epi8(63)));
  numbers =
      _mm256_or_si256(_mm256_or_si256(of_letters, of_last), value_where(number, bytes, 52 - '0'));
  return true;
}

/// Three bytes out of each four numbers; 24 in front.
SLUICE_AVX2_INLINE __m256i join_groups(__m256i numbers) {
  const __m256i pairs = _mm256_maddubs_epi16(numbers, _mm256_set1_epi32(0x01400140));
  const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
  const __m256i order = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1,  //
                                         2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
  const __m256i halves = _mm256_shuffle_epi8(groups, order);
  return _mm256_permutevar8x32_epi32(halves, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

}  // namespace

SLUICE_AVX2 Converted encode_avx2(std::span<const char> in, std::span<char> out,
                                  Base64Alphabet alphabet) noexcept {
  const __m256i steps = make_steps(last_digits(alphabet));
  // The upper half is loaded with four bytes beyond its own twelve.
  constexpr std::size_t read = step_bytes + 4;
  Converted done;
  while (in.size() - done.consumed >= read && out.size() - done.produced >= step_digits) {
    const char* at = in.data() + done.consumed;
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + step_bytes / 2));
    const __m256i digits = to_digits(split_groups(_mm256_set_m128i(high, low)), steps);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.data() + done.produced), digits);
    done.consumed += step_bytes;
    done.produced += step_digits;
  }
  return done;
}

SLUICE_AVX2 Converted decode_avx2(std::span<const char> in, std::span<char> out,
                                  Base64Alphabet alphabet) noexcept {
  const LastDigits last = last_digits(alphabet);
  Converted done;
  // A whole vector is written, of which 24 bytes count.
  while (in.size() - done.consumed >= step_digits && out.size() - done.produced >= step_digits) {
    const char* at = in.data() + done.consumed;
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    __m256i numbers;
    if (!to_numbers(bytes, last, numbers)) break;
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out.data() + done.produced),
                        join_groups(numbers));
    done.consumed += step_digits;
    done.produced += step_bytes;
  }
  return done;
}

}  // namespace sluice::base64_detail

#endif
