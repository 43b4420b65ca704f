#include "engine/data/byte_masks.h"

#include <algorithm>
#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace sluice {
namespace {

constexpr std::size_t block_bytes = 64;

using MarkBlocks = void (*)(const char* text, std::size_t blocks, std::span<const ByteRange> ranges,
                            std::uint64_t* masks);

void mark_scalar(const char* text, std::size_t blocks, std::span<const ByteRange> ranges,
                 std::uint64_t* masks) {
  for (std::size_t block = 0; block < blocks; ++block, text += block_bytes) {
    for (const ByteRange& range : ranges) {
      std::uint64_t mask = 0;
      for (std::size_t i = 0; i < block_bytes; ++i) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        const auto above = static_cast<std::uint8_t>((byte | range.fold) - range.low);
        mask |= std::uint64_t{above <= range.span} << i;
      }
      *masks++ = mask;
    }
  }
}

#if defined(__x86_64__)

#define SLUICE_AVX2 __attribute__((target("avx2")))
#define SLUICE_AVX512 __attribute__((target("avx512f,avx512bw")))

[[gnu::always_inline]] SLUICE_AVX2 inline std::uint64_t half_mask(__m256i bytes, __m256i fold,
                                                                  __m256i low, __m256i span) {
  const __m256i above = _mm256_sub_epi8(_mm256_or_si256(bytes, fold), low);
  const __m256i hit = _mm256_cmpeq_epi8(_mm256_min_epu8(above, span), above);
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(hit));
}

SLUICE_AVX2 void mark_avx2(const char* text, std::size_t blocks, std::span<const ByteRange> ranges,
                           std::uint64_t* masks) {
  for (std::size_t block = 0; block < blocks; ++block, text += block_bytes) {
    const auto* at = reinterpret_cast<const __m256i*>(text);
    const __m256i first = _mm256_loadu_si256(at);
    const __m256i second = _mm256_loadu_si256(at + 1);
    for (const ByteRange& range : ranges) {
      const __m256i fold = _mm256_set1_epi8(static_cast<char>(range.fold));
      const __m256i low = _mm256_set1_epi8(static_cast<char>(range.low));
      const __m256i span = _mm256_set1_epi8(static_cast<char>(range.span));
      *masks++ = half_mask(first, fold, low, span) | half_mask(second, fold, low, span) << 32;
    }
  }
}

SLUICE_AVX512 void mark_avx512(const char* text, std::size_t blocks,
                               std::span<const ByteRange> ranges, std::uint64_t* masks) {
  for (std::size_t block = 0; block < blocks; ++block, text += block_bytes) {
    const __m512i bytes = _mm512_loadu_si512(text);
    for (const ByteRange& range : ranges) {
      const __m512i folded =
          _mm512_or_si512(bytes, _mm512_set1_epi8(static_cast<char>(range.fold)));
      const __m512i above = _mm512_sub_epi8(folded, _mm512_set1_epi8(static_cast<char>(range.low)));
      *masks++ = _mm512_cmple_epu8_mask(above, _mm512_set1_epi8(static_cast<char>(range.span)));
    }
  }
}

#endif

MarkBlocks kernel_of(SimdLevel level) {
#if defined(__x86_64__)
  switch (std::min(level, best_simd_level())) {
    case SimdLevel::avx512bw:
      return mark_avx512;
    case SimdLevel::avx2:
      return mark_avx2;
    case SimdLevel::scalar:
      break;
  }
#else
  static_cast<void>(level);
#endif
  return mark_scalar;
}

}  // namespace

void mark_bytes(std::string_view text, std::span<const ByteRange> ranges,
                std::span<std::uint64_t> masks, SimdLevel level) noexcept {
  const MarkBlocks mark = kernel_of(level);
  const std::size_t whole = text.size() / block_bytes;
  mark(text.data(), whole, ranges, masks.data());
  const std::size_t rest = text.size() % block_bytes;
  if (rest == 0) return;
  std::array<char, block_bytes> last{};
  std::memcpy(last.data(), text.data() + whole * block_bytes, rest);
  const auto of_last = masks.subspan(whole * ranges.size(), ranges.size());
  mark(last.data(), 1, ranges, of_last.data());
  for (std::uint64_t& mask : of_last) mask &= ~std::uint64_t{0} >> (block_bytes - rest);
}

}  // namespace sluice
