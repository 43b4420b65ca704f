#if defined(__x86_64__)

#include "stages/support/byte_kernels_avx2.h"

#include <immintrin.h>

#define SLUICE_AVX2 __attribute__((target("avx2")))
#define SLUICE_AVX2_INLINE [[gnu::always_inline]] SLUICE_AVX2 inline

namespace sluice::byte_kernels {
namespace {

constexpr std::size_t vector_bytes = 32;

SLUICE_AVX2_INLINE __m256i load(const char* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}
SLUICE_AVX2_INLINE void store(char* at, __m256i bytes) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), bytes);
}

/// Room for steps of `in_bytes` that make `out_bytes`.
bool has_step(std::span<const char> in, std::span<char> out, const Converted& done,
              std::size_t in_bytes, std::size_t out_bytes) {
  return in.size() - done.consumed >= in_bytes && out.size() - done.produced >= out_bytes;
}

/// The bytes from `low` to `high`, both below 0x7F.
SLUICE_AVX2_INLINE __m256i is_between(__m256i bytes, char low, char high) {
  const auto above = _mm256_cmpgt_epi8(bytes, _mm256_set1_epi8(static_cast<char>(low - 1)));
  const auto below = _mm256_cmpgt_epi8(_mm256_set1_epi8(static_cast<char>(high + 1)), bytes);
  return _mm256_and_si256(above, below);
}

/// False when one of the bytes is no hex digit.
SLUICE_AVX2_INLINE bool to_values(__m256i bytes, __m256i& values) {
  const __m256i folded = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
  const __m256i is_number = is_between(bytes, '0', '9');
  const __m256i is_letter = is_between(folded, 'a', 'f');
  if (_mm256_movemask_epi8(_mm256_or_si256(is_number, is_letter)) != -1) return false;
  const __m256i of_number = _mm256_sub_epi8(bytes, _mm256_set1_epi8('0'));
  const __m256i of_letter = _mm256_sub_epi8(folded, _mm256_set1_epi8('a' - 10));
  values = _mm256_blendv_epi8(of_number, of_letter, is_letter);
  return true;
}

/// The first byte of `first`, that of `second`, the second of `first` and so on.
SLUICE_AVX2 void store_interleaved(char* to, __m256i first, __m256i second) noexcept {
  // Interleaving goes by half vectors, whose order is put right behind it.
  const __m256i outer = _mm256_unpacklo_epi8(first, second);
  const __m256i inner = _mm256_unpackhi_epi8(first, second);
  store(to, _mm256_permute2x128_si256(outer, inner, 0x20));
  store(to + vector_bytes, _mm256_permute2x128_si256(outer, inner, 0x31));
}

}  // namespace

SLUICE_AVX2 Converted encode_hex_avx2(std::span<const char> in, std::span<char> out,
                                      LetterCase digits) noexcept {
  const char* const alphabet =
      digits == LetterCase::upper ? "0123456789ABCDEF" : "0123456789abcdef";
  const __m256i table =
      _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(alphabet)));
  const __m256i low_bits = _mm256_set1_epi8(15);
  Converted done;
  while (has_step(in, out, done, vector_bytes, 2 * vector_bytes)) {
    const __m256i bytes = load(in.data() + done.consumed);
    const __m256i first =
        _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low_bits));
    const __m256i second = _mm256_shuffle_epi8(table, _mm256_and_si256(bytes, low_bits));
    store_interleaved(out.data() + done.produced, first, second);
    done.consumed += vector_bytes;
    done.produced += 2 * vector_bytes;
  }
  return done;
}

SLUICE_AVX2 Converted decode_hex_avx2(std::span<const char> in, std::span<char> out) noexcept {
  const __m256i weights = _mm256_set1_epi16(0x0110);
  Converted done;
  while (has_step(in, out, done, 2 * vector_bytes, vector_bytes)) {
    const char* at = in.data() + done.consumed;
    __m256i first;
    __m256i second;
    if (!to_values(load(at), first) || !to_values(load(at + vector_bytes), second)) break;
    const __m256i packed = _mm256_packus_epi16(_mm256_maddubs_epi16(first, weights),
                                               _mm256_maddubs_epi16(second, weights));
    store(out.data() + done.produced, _mm256_permute4x64_epi64(packed, 0xD8));
    done.consumed += 2 * vector_bytes;
    done.produced += vector_bytes;
  }
  return done;
}

SLUICE_AVX2 Converted copy_ascii_avx2(std::span<const char> in, std::span<char> out) noexcept {
  Converted done;
  while (has_step(in, out, done, vector_bytes, vector_bytes)) {
    const __m256i bytes = load(in.data() + done.consumed);
    if (_mm256_movemask_epi8(bytes) != 0) break;
    store(out.data() + done.produced, bytes);
    done.consumed += vector_bytes;
    done.produced += vector_bytes;
  }
  return done;
}

SLUICE_AVX2 Converted widen_ascii_avx2(std::span<const char> in, std::span<char> out,
                                       ByteOrder order) noexcept {
  Converted done;
  const __m256i zero = _mm256_setzero_si256();
  while (has_step(in, out, done, vector_bytes, 2 * vector_bytes)) {
    const __m256i bytes = load(in.data() + done.consumed);
    if (_mm256_movemask_epi8(bytes) != 0) break;
    const __m256i first = order == ByteOrder::big ? zero : bytes;
    const __m256i second = order == ByteOrder::big ? bytes : zero;
    store_interleaved(out.data() + done.produced, first, second);
    done.consumed += vector_bytes;
    done.produced += 2 * vector_bytes;
  }
  return done;
}

SLUICE_AVX2 Converted narrow_ascii_avx2(std::span<const char> in, std::span<char> out,
                                        ByteOrder order) noexcept {
  const bool is_big = order == ByteOrder::big;
  const __m256i beyond_ascii = _mm256_set1_epi16(static_cast<short>(is_big ? 0x80FF : 0xFF80));
  Converted done;
  while (has_step(in, out, done, 2 * vector_bytes, vector_bytes)) {
    const char* at = in.data() + done.consumed;
    __m256i first = load(at);
    __m256i second = load(at + vector_bytes);
    if (_mm256_testz_si256(_mm256_or_si256(first, second), beyond_ascii) == 0) break;
    if (is_big) {
      first = _mm256_srli_epi16(first, 8);
      second = _mm256_srli_epi16(second, 8);
    }
    const __m256i packed = _mm256_packus_epi16(first, second);
    store(out.data() + done.produced, _mm256_permute4x64_epi64(packed, 0xD8));
    done.consumed += 2 * vector_bytes;
    done.produced += vector_bytes;
  }
  return done;
}

}  // namespace sluice::byte_kernels

#endif
