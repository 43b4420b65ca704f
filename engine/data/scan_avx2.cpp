// 32 bytes a step. The last step is laid over the one before it, so nothing outside the text is
// read; a text of less than one step is left to the scalar kernels.
#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>

#include "engine/data/scan_kernels.h"

#define SLUICE_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define SLUICE_AVX2_INLINE [[gnu::always_inline]] SLUICE_AVX2 inline

namespace sluice::scan_detail {
namespace {

constexpr std::size_t block_bytes = 32;

SLUICE_AVX2_INLINE __m256i load(const char* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}
SLUICE_AVX2_INLINE __m256i broadcast(std::uint8_t byte) {
  return _mm256_set1_epi8(static_cast<char>(byte));
}
SLUICE_AVX2_INLINE std::uint32_t mask_of(__m256i lanes) {
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(lanes));
}
SLUICE_AVX2_INLINE std::uint64_t newlines_in(const char* at) {
  return mask_of(_mm256_cmpeq_epi8(load(at), _mm256_set1_epi8('\n')));
}

SLUICE_AVX2 std::uint64_t count_newlines_avx2(std::string_view text) {
  const __m256i newline = _mm256_set1_epi8('\n');
  const char* at = text.data();
  std::size_t blocks = text.size() / block_bytes;
  __m256i sums = _mm256_setzero_si256();
  while (blocks > 0) {
    // A lane counts down from zero by the compare's -1, and overflows behind 255 steps.
    __m256i lanes = _mm256_setzero_si256();
    const std::size_t steps = std::min<std::size_t>(blocks, 255);
    for (std::size_t i = 0; i < steps; ++i, at += block_bytes) {
      lanes = _mm256_sub_epi8(lanes, _mm256_cmpeq_epi8(load(at), newline));
    }
    blocks -= steps;
    sums = _mm256_add_epi64(sums, _mm256_sad_epu8(lanes, _mm256_setzero_si256()));
  }
  alignas(block_bytes) std::array<std::uint64_t, 4> parts;
  _mm256_store_si256(reinterpret_cast<__m256i*>(parts.data()), sums);
  const std::string_view rest = text.substr(text.size() - text.size() % block_bytes);
  return parts[0] + parts[1] + parts[2] + parts[3] + scalar_kernels.count_newlines(rest);
}

SLUICE_AVX2 void cut_lines_avx2(std::string_view text, LineCutter& cutter) {
  if (text.size() < block_bytes) return scalar_kernels.cut_lines(text, cutter);
  std::size_t at = 0;
  for (; at + 2 * block_bytes <= text.size(); at += 2 * block_bytes) {
    const char* block = text.data() + at;
    const std::uint64_t newlines = newlines_in(block) | newlines_in(block + block_bytes)
                                                            << block_bytes;
    if (!cutter.add_block(newlines, at)) return;
  }
  if (at + block_bytes <= text.size()) {
    if (!cutter.add_block(newlines_in(text.data() + at), at)) return;
    at += block_bytes;
  }
  if (at == text.size()) return;
  const std::size_t over = text.size() - block_bytes;
  cutter.add_block(newlines_in(text.data() + over) >> (at - over), at);
}

SLUICE_AVX2 std::size_t find_either_avx2(std::string_view text, char a, char b,
                                         std::span<std::uint32_t> positions) {
  if (text.size() < block_bytes) return scalar_kernels.find_either(text, a, b, positions);
  const __m256i first = _mm256_set1_epi8(a);
  const __m256i second = _mm256_set1_epi8(b);
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); at += block_bytes) {
    const std::size_t begin = std::min(at, text.size() - block_bytes);
    const __m256i bytes = load(text.data() + begin);
    std::uint32_t hits =
        mask_of(_mm256_or_si256(_mm256_cmpeq_epi8(bytes, first), _mm256_cmpeq_epi8(bytes, second)));
    hits = hits >> (at - begin) << (at - begin);
    for (; hits != 0; hits &= hits - 1) {
      if (count == positions.size()) return count;
      positions[count++] =
          static_cast<std::uint32_t>(begin) + static_cast<std::uint32_t>(__builtin_ctz(hits));
    }
  }
  return count;
}

// One anchor, ready to be compared at many starting points.
struct AnchorVector {
  const char* text;
  __m256i low;
  __m256i span;
};

SLUICE_AVX2_INLINE AnchorVector spread(const Anchor& anchor, const char* text) {
  return {text + anchor.offset, broadcast(anchor.low), broadcast(anchor.span)};
}

// All four, of which the first N are in use. Not an array, so that they stay in registers.
struct AnchorVectors {
  AnchorVector a, b, c, d;
};

SLUICE_AVX2_INLINE AnchorVectors spread(const Sequence& sequence, const char* text) {
  const auto& anchors = sequence.anchors;
  return {spread(anchors[0], text), spread(anchors[1], text), spread(anchors[2], text),
          spread(anchors[3], text)};
}

SLUICE_AVX2_INLINE __m256i compare(const AnchorVector& anchor, std::size_t at) {
  const __m256i above = _mm256_sub_epi8(load(anchor.text + at), anchor.low);
  return _mm256_cmpeq_epi8(_mm256_min_epu8(above, anchor.span), above);
}

template <std::size_t N>
SLUICE_AVX2_INLINE std::uint32_t compare_block(const AnchorVectors& anchors, std::size_t at) {
  __m256i lanes = compare(anchors.a, at);
  if constexpr (N > 1) lanes = _mm256_and_si256(lanes, compare(anchors.b, at));
  if constexpr (N > 2) lanes = _mm256_and_si256(lanes, compare(anchors.c, at));
  if constexpr (N > 3) lanes = _mm256_and_si256(lanes, compare(anchors.d, at));
  return mask_of(lanes);
}

SLUICE_AVX2_INLINE std::size_t first_match(const Sequence& sequence, const char* text,
                                           std::size_t at, std::uint32_t candidates) {
  for (; candidates != 0; candidates &= candidates - 1) {
    const std::size_t hit = at + static_cast<std::size_t>(__builtin_ctz(candidates));
    if (sequence.verify(text + hit)) return hit;
  }
  return npos;
}

template <std::size_t N>
SLUICE_AVX2 std::size_t find_sequence_avx2(const Sequence& sequence, const char* text,
                                           std::size_t from, std::size_t last) {
  if (last + 1 < block_bytes)
    return scalar_kernels.find_sequence[N - 1](sequence, text, from, last);
  const AnchorVectors anchors = spread(sequence, text);
  std::size_t at = from;
  for (; at + block_bytes <= last + 1; at += block_bytes) {
    const std::uint32_t candidates = compare_block<N>(anchors, at);
    if (candidates == 0) continue;
    const std::size_t hit = first_match(sequence, text, at, candidates);
    if (hit != npos) return hit;
  }
  if (at > last) return npos;
  const std::size_t over = last + 1 - block_bytes;
  return first_match(sequence, text, at, compare_block<N>(anchors, over) >> (at - over));
}

SLUICE_AVX2_INLINE __m256i load_table(const std::array<std::uint8_t, 16>& table) {
  const __m128i* bytes = reinterpret_cast<const __m128i*>(table.data());
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(bytes));
}

// Which buckets know a nibble, for one byte of the window.
struct NibbleTables {
  __m256i low;
  __m256i high;
};

// All three bytes, of which the first Width are in use.
struct WindowTables {
  NibbleTables a, b, c;
};

SLUICE_AVX2_INLINE WindowTables load_tables(const LiteralSet& set) {
  return {{load_table(set.low[0]), load_table(set.high[0])},
          {load_table(set.low[1]), load_table(set.high[1])},
          {load_table(set.low[2]), load_table(set.high[2])}};
}

SLUICE_AVX2_INLINE __m256i buckets_of(const NibbleTables& tables, __m256i bytes) {
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i low = _mm256_shuffle_epi8(tables.low, _mm256_and_si256(bytes, nibble));
  const __m256i high =
      _mm256_shuffle_epi8(tables.high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble));
  return _mm256_and_si256(low, high);
}

// Bit b of a byte of the result: this starting point may begin a literal of bucket b.
template <std::size_t Width>
SLUICE_AVX2_INLINE __m256i buckets_at(const WindowTables& tables, const char* window) {
  __m256i buckets = buckets_of(tables.a, load(window));
  if constexpr (Width > 1) {
    buckets = _mm256_and_si256(buckets, buckets_of(tables.b, load(window + 1)));
  }
  if constexpr (Width > 2) {
    buckets = _mm256_and_si256(buckets, buckets_of(tables.c, load(window + 2)));
  }
  return buckets;
}

SLUICE_AVX2_INLINE std::size_t first_literal(const LiteralSet& set, std::string_view text,
                                             std::size_t at, __m256i buckets,
                                             std::uint32_t candidates) {
  alignas(block_bytes) std::array<std::uint8_t, block_bytes> lanes;
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes.data()), buckets);
  for (; candidates != 0; candidates &= candidates - 1) {
    const auto lane = static_cast<std::size_t>(__builtin_ctz(candidates));
    if (set.any_at(lanes[lane], text, at + lane)) return at + lane;
  }
  return npos;
}

template <std::size_t Width>
SLUICE_AVX2 std::size_t find_set_avx2(const LiteralSet& set, std::string_view text,
                                      std::size_t from, std::size_t last) {
  if (last + 1 < block_bytes) return scalar_kernels.find_set[Width - 1](set, text, from, last);
  const WindowTables tables = load_tables(set);
  for (std::size_t at = from; at <= last; at += block_bytes) {
    const std::size_t begin = std::min(at, last + 1 - block_bytes);
    const __m256i buckets = buckets_at<Width>(tables, text.data() + begin + set.window);
    const std::uint32_t none = mask_of(_mm256_cmpeq_epi8(buckets, _mm256_setzero_si256()));
    // Starting points in front of `at` have been seen, or lie in front of `from`.
    const std::uint32_t candidates = ~none & (~0U << (at - begin));
    if (candidates == 0) continue;
    const std::size_t hit = first_literal(set, text, begin, buckets, candidates);
    if (hit != npos) return hit;
  }
  return npos;
}

}  // namespace

constinit const Kernels avx2_kernels{
    count_newlines_avx2,
    cut_lines_avx2,
    find_either_avx2,
    {find_sequence_avx2<1>, find_sequence_avx2<2>, find_sequence_avx2<3>, find_sequence_avx2<4>},
    {find_set_avx2<1>, find_set_avx2<2>, find_set_avx2<3>},
};

}  // namespace sluice::scan_detail

#endif
