// 64 bytes a step; the last, shorter step is masked, so nothing outside the text is read.
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

#include "engine/data/scan_kernels.h"

#define SLUICE_AVX512 __attribute__((target("avx512f,avx512bw,bmi,bmi2,popcnt")))
#define SLUICE_AVX512_INLINE [[gnu::always_inline]] SLUICE_AVX512 inline

namespace sluice::scan_detail {
namespace {

constexpr std::size_t block_bytes = 64;

SLUICE_AVX512_INLINE __m512i load(const char* at) { return _mm512_loadu_si512(at); }
SLUICE_AVX512_INLINE __m512i load(const char* at, __mmask64 valid) {
  return _mm512_maskz_loadu_epi8(valid, at);
}
SLUICE_AVX512_INLINE __mmask64 first_lanes(std::size_t count) {
  return _bzhi_u64(~0ULL, static_cast<unsigned>(count));
}

SLUICE_AVX512_INLINE std::uint64_t newlines_in(__m512i block) {
  return _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8('\n'));
}

SLUICE_AVX512 std::uint64_t count_newlines_avx512(std::string_view text) {
  const char* at = text.data();
  std::size_t left = text.size();
  // Four sums, because one would wait for itself.
  std::array<std::uint64_t, 4> sums{};
  for (; left >= 4 * block_bytes; at += 4 * block_bytes, left -= 4 * block_bytes) {
    sums[0] += static_cast<unsigned>(__builtin_popcountll(newlines_in(load(at))));
    sums[1] += static_cast<unsigned>(__builtin_popcountll(newlines_in(load(at + block_bytes))));
    sums[2] += static_cast<unsigned>(__builtin_popcountll(newlines_in(load(at + 2 * block_bytes))));
    sums[3] += static_cast<unsigned>(__builtin_popcountll(newlines_in(load(at + 3 * block_bytes))));
  }
  for (; left >= block_bytes; at += block_bytes, left -= block_bytes) {
    sums[0] += static_cast<unsigned>(__builtin_popcountll(newlines_in(load(at))));
  }
  if (left > 0) {
    const __m512i rest = load(at, first_lanes(left));
    sums[1] += static_cast<unsigned>(__builtin_popcountll(newlines_in(rest)));
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

SLUICE_AVX512 void cut_lines_avx512(std::string_view text, LineCutter& cutter) {
  std::size_t at = 0;
  for (; at + block_bytes <= text.size(); at += block_bytes) {
    if (!cutter.add_block(newlines_in(load(text.data() + at)), at)) return;
  }
  if (at < text.size()) {
    cutter.add_block(newlines_in(load(text.data() + at, first_lanes(text.size() - at))), at);
  }
}

SLUICE_AVX512 std::size_t find_either_avx512(std::string_view text, char a, char b,
                                             std::span<std::uint32_t> positions) {
  const __m512i first = _mm512_set1_epi8(a);
  const __m512i second = _mm512_set1_epi8(b);
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += block_bytes) {
    const __mmask64 valid = first_lanes(std::min(block_bytes, text.size() - at));
    const __m512i bytes = load(text.data() + at, valid);
    std::uint64_t hits = _mm512_mask_cmpeq_epi8_mask(valid, bytes, first) |
                         _mm512_mask_cmpeq_epi8_mask(valid, bytes, second);
    for (; hits != 0; hits &= hits - 1) {
      if (count == positions.size()) return count;
      positions[count++] =
          static_cast<std::uint32_t>(at) + static_cast<std::uint32_t>(__builtin_ctzll(hits));
    }
  }
  return count;
}

// One anchor, ready to be compared at many starting points.
struct AnchorVector {
  const char* text;
  __m512i low;
  __m512i span;
};

SLUICE_AVX512_INLINE AnchorVector spread(const Anchor& anchor, const char* text) {
  return {text + anchor.offset, _mm512_set1_epi8(static_cast<char>(anchor.low)),
          _mm512_set1_epi8(static_cast<char>(anchor.span))};
}

// All four, of which the first N are in use. Not an array, so that they stay in registers.
struct AnchorVectors {
  AnchorVector a, b, c, d;
};

SLUICE_AVX512_INLINE AnchorVectors spread(const Sequence& sequence, const char* text) {
  const auto& anchors = sequence.anchors;
  return {spread(anchors[0], text), spread(anchors[1], text), spread(anchors[2], text),
          spread(anchors[3], text)};
}

SLUICE_AVX512_INLINE __mmask64 compare(const AnchorVector& anchor, std::size_t at) {
  return _mm512_cmple_epu8_mask(_mm512_sub_epi8(load(anchor.text + at), anchor.low), anchor.span);
}
SLUICE_AVX512_INLINE __mmask64 compare(const AnchorVector& anchor, std::size_t at,
                                       __mmask64 valid) {
  return _mm512_mask_cmple_epu8_mask(
      valid, _mm512_sub_epi8(load(anchor.text + at, valid), anchor.low), anchor.span);
}

template <std::size_t N, class... Valid>
SLUICE_AVX512_INLINE __mmask64 compare_block(const AnchorVectors& anchors, std::size_t at,
                                             Valid... valid) {
  __mmask64 mask = compare(anchors.a, at, valid...);
  if constexpr (N > 1) mask &= compare(anchors.b, at, valid...);
  if constexpr (N > 2) mask &= compare(anchors.c, at, valid...);
  if constexpr (N > 3) mask &= compare(anchors.d, at, valid...);
  return mask;
}

SLUICE_AVX512_INLINE std::size_t first_match(const Sequence& sequence, const char* text,
                                             std::size_t at, std::uint64_t candidates) {
  for (; candidates != 0; candidates &= candidates - 1) {
    const std::size_t hit = at + static_cast<std::size_t>(__builtin_ctzll(candidates));
    if (sequence.verify(text + hit)) return hit;
  }
  return npos;
}

template <std::size_t N>
SLUICE_AVX512 std::size_t find_sequence_avx512(const Sequence& sequence, const char* text,
                                               std::size_t from, std::size_t last) {
  const AnchorVectors anchors = spread(sequence, text);
  std::size_t at = from;
  for (; at + block_bytes <= last + 1; at += block_bytes) {
    const __mmask64 candidates = compare_block<N>(anchors, at);
    if (candidates == 0) continue;
    const std::size_t hit = first_match(sequence, text, at, candidates);
    if (hit != npos) return hit;
  }
  if (at > last) return npos;
  return first_match(sequence, text, at, compare_block<N>(anchors, at, first_lanes(last + 1 - at)));
}

// The zero-masked form, because g++ 12 warns about its own plain one.
SLUICE_AVX512_INLINE __m512i load_table(const std::array<std::uint8_t, 16>& table) {
  const __m128i* bytes = reinterpret_cast<const __m128i*>(table.data());
  return _mm512_maskz_broadcast_i32x4(0xFFFF, _mm_loadu_si128(bytes));
}

// Which buckets know a nibble, for one byte of the window.
struct NibbleTables {
  __m512i low;
  __m512i high;
};

// All three bytes, of which the first Width are in use.
struct WindowTables {
  NibbleTables a, b, c;
};

SLUICE_AVX512_INLINE WindowTables load_tables(const LiteralSet& set) {
  return {{load_table(set.low[0]), load_table(set.high[0])},
          {load_table(set.low[1]), load_table(set.high[1])},
          {load_table(set.low[2]), load_table(set.high[2])}};
}

SLUICE_AVX512_INLINE __m512i buckets_of(const NibbleTables& tables, __m512i bytes) {
  const __m512i nibble = _mm512_set1_epi8(15);
  const __m512i low = _mm512_shuffle_epi8(tables.low, _mm512_and_si512(bytes, nibble));
  const __m512i high =
      _mm512_shuffle_epi8(tables.high, _mm512_and_si512(_mm512_srli_epi16(bytes, 4), nibble));
  return _mm512_and_si512(low, high);
}

// Bit b of a byte of the result: this starting point may begin a literal of bucket b.
template <std::size_t Width>
SLUICE_AVX512_INLINE __m512i buckets_at(const WindowTables& tables, const char* window,
                                        __mmask64 valid) {
  __m512i buckets = buckets_of(tables.a, load(window, valid));
  if constexpr (Width > 1) {
    buckets = _mm512_and_si512(buckets, buckets_of(tables.b, load(window + 1, valid)));
  }
  if constexpr (Width > 2) {
    buckets = _mm512_and_si512(buckets, buckets_of(tables.c, load(window + 2, valid)));
  }
  return buckets;
}

SLUICE_AVX512_INLINE std::size_t first_literal(const LiteralSet& set, std::string_view text,
                                               std::size_t at, __m512i buckets,
                                               std::uint64_t candidates) {
  alignas(block_bytes) std::array<std::uint8_t, block_bytes> lanes;
  _mm512_store_si512(lanes.data(), buckets);
  for (; candidates != 0; candidates &= candidates - 1) {
    const auto lane = static_cast<std::size_t>(__builtin_ctzll(candidates));
    if (set.any_at(lanes[lane], text, at + lane)) return at + lane;
  }
  return npos;
}

template <std::size_t Width>
SLUICE_AVX512 std::size_t find_set_avx512(const LiteralSet& set, std::string_view text,
                                          std::size_t from, std::size_t last) {
  const WindowTables tables = load_tables(set);
  for (std::size_t at = from; at <= last; at += block_bytes) {
    const std::size_t left = last + 1 - at;
    const __mmask64 valid = left >= block_bytes ? ~0ULL : first_lanes(left);
    const __m512i buckets = buckets_at<Width>(tables, text.data() + at + set.window, valid);
    const std::uint64_t candidates = _mm512_mask_test_epi8_mask(valid, buckets, buckets);
    if (candidates == 0) continue;
    const std::size_t hit = first_literal(set, text, at, buckets, candidates);
    if (hit != npos) return hit;
  }
  return npos;
}

}  // namespace

constinit const Kernels avx512_kernels{
    count_newlines_avx512,
    cut_lines_avx512,
    find_either_avx512,
    {find_sequence_avx512<1>, find_sequence_avx512<2>, find_sequence_avx512<3>,
     find_sequence_avx512<4>},
    {find_set_avx512<1>, find_set_avx512<2>, find_set_avx512<3>},
};

}  // namespace sluice::scan_detail

#endif
