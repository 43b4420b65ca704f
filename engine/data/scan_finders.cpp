// Compiling literals: which positions to compare first, which bytes tell a set apart.
#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "engine/data/scan_kernels.h"

namespace sluice {
namespace scan_detail {
namespace {

// How surprising each byte is in log text: -log2 of its share, in eighths of a bit. Measured on
// access, system, application and JSON logs of fifteen programs, each weighing the same; bytes that
// hardly occur are cut off at 18 bits.
constexpr std::array<std::uint8_t, 256> surprise = [] {
  constexpr std::array<std::uint8_t, 128> ascii = {
      144, 144, 144, 144, 144, 144, 144, 144, 144, 129, 56,  144, 144, 61,  144, 144,  // controls
      144, 144, 144, 144, 144, 144, 144, 144, 144, 144, 144, 144, 144, 144, 144, 144,
      27,  117, 51,  126, 85,  108, 106, 98,  65,  65,  96,  91,  55,  46,  43,  54,  // space ... /
      34,  36,  40,  47,  47,  45,  49,  48,  49,  50,  41,  79,  120, 61,  115, 113,  // 0 ... ?
      86,  67,  75,  66,  66,  67,  63,  80,  84,  63,  73,  79,  68,  63,  59,  64,   // @ ... O
      72,  89,  61,  62,  67,  77,  86,  71,  96,  95,  85,  59,  136, 59,  144, 60,   // P ... _
      144, 39,  56,  44,  44,  34,  53,  55,  52,  41,  82,  55,  47,  51,  40,  38,   // ` ... o
      51,  83,  39,  40,  38,  48,  60,  63,  61,  62,  86,  83,  130, 83,  142, 144,  // p ... DEL
  };
  std::array<std::uint8_t, 256> all{};
  all.fill(144);
  for (std::size_t i = 0; i < ascii.size(); ++i) all[i] = ascii[i];
  return all;
}();

// More surprise than this in the anchors makes false candidates rare enough to stop adding any.
constexpr double enough_bits = 24;

double share_of(char byte) {
  return std::exp2(-static_cast<double>(surprise[static_cast<unsigned char>(byte)]) / 8);
}

double share_of(const ByteSet& set) {
  double share = 0;
  for (int b = 0; b < 256; ++b) {
    if (set.contains(static_cast<char>(b))) share += share_of(static_cast<char>(b));
  }
  return std::clamp(share, 1e-6, 1.0);
}

// Whether the bytes of `set` follow each other without a gap, and how to compare with them.
bool make_anchor(const ByteSet& set, std::size_t offset, Anchor& anchor) {
  const unsigned size = set.size();
  unsigned low = 0;
  while (low < 256 && !set.contains(static_cast<char>(low))) ++low;
  if (size == 0 || low + size > 256) return false;
  for (unsigned i = 0; i < size; ++i) {
    if (!set.contains(static_cast<char>(low + i))) return false;
  }
  anchor = {static_cast<std::uint32_t>(offset), static_cast<std::uint8_t>(low),
            static_cast<std::uint8_t>(size - 1)};
  return true;
}

// Returns how many anchors are in use, at least one.
std::size_t choose_anchors(Sequence& sequence) {
  std::vector<double> shares;
  for (const ByteSet& set : sequence.bytes) shares.push_back(share_of(set));
  for (const double share : shares) sequence.expected_rate *= share;
  std::vector<std::size_t> by_share(shares.size());
  std::iota(by_share.begin(), by_share.end(), std::size_t{0});
  std::stable_sort(by_share.begin(), by_share.end(),
                   [&](std::size_t a, std::size_t b) { return shares[a] < shares[b]; });

  std::size_t count = 0;
  double bits = 0;
  for (const std::size_t offset : by_share) {
    if (count == sequence.anchors.size() || bits >= enough_bits) break;
    if (!make_anchor(sequence.bytes[offset], offset, sequence.anchors[count])) continue;
    bits -= std::log2(shares[offset]);
    ++count;
  }
  sequence.anchors_decide = count == sequence.length;
  return std::max<std::size_t>(count, 1);
}

std::shared_ptr<const Sequence> compile(std::vector<ByteSet> bytes, std::string_view literal,
                                        SimdLevel level) {
  auto sequence = std::make_shared<Sequence>();
  sequence->length = bytes.size();
  sequence->bytes = std::move(bytes);
  sequence->literal = literal;
  const std::size_t anchor_count = choose_anchors(*sequence);
  sequence->find = kernels_of(level).find_sequence[anchor_count - 1];
  sequence->expected_rate = std::max(sequence->expected_rate, 1e-300);
  return sequence;
}

// The window at which the literals are least likely to be confused with ordinary text.
std::size_t choose_window(const LiteralSet& set) {
  std::size_t best = 0;
  double best_rate = 0;
  for (std::size_t window = 0; window + set.width <= set.min_length; ++window) {
    double rate = 0;
    for (const std::string& literal : set.literals) {
      double share = 1;
      for (std::size_t k = 0; k < set.width; ++k) share *= share_of(literal[window + k]);
      rate += share;
    }
    if (window == 0 || rate < best_rate) {
      best = window;
      best_rate = rate;
    }
  }
  return best;
}

void fill_buckets(LiteralSet& set) {
  // Neighbours in the order of their windows share nibbles, and so confuse a bucket least.
  std::sort(set.literals.begin(), set.literals.end(), [&](const auto& a, const auto& b) {
    return std::pair(set.window_of(a.data()), std::string_view(a)) <
           std::pair(set.window_of(b.data()), std::string_view(b));
  });
  for (std::size_t b = 0; b < LiteralSet::bucket_count; ++b) {
    set.bucket_begin[b] = b * set.literals.size() / LiteralSet::bucket_count;
    set.bucket_begin[b + 1] = (b + 1) * set.literals.size() / LiteralSet::bucket_count;
    for (std::size_t i = set.bucket_begin[b]; i < set.bucket_begin[b + 1]; ++i) {
      for (std::size_t k = 0; k < set.width; ++k) {
        const auto byte = static_cast<unsigned char>(set.literals[i][set.window + k]);
        set.low[k][byte & 15] = static_cast<std::uint8_t>(set.low[k][byte & 15] | 1U << b);
        set.high[k][byte >> 4] = static_cast<std::uint8_t>(set.high[k][byte >> 4] | 1U << b);
      }
    }
  }
}

// Whether few enough places of ordinary text pass the buckets. With many literals of many different
// bytes, eight buckets of nibbles accept nearly everything that is printable.
bool buckets_are_selective(const LiteralSet& set) {
  constexpr double max_candidate_rate = 1.0 / 32;
  constexpr std::size_t max_per_bucket = 32;
  if (set.literals.size() > max_per_bucket * LiteralSet::bucket_count) return false;
  double rate = 0;
  for (std::size_t b = 0; b < LiteralSet::bucket_count; ++b) {
    double bucket_rate = 1;
    for (std::size_t k = 0; k < set.width; ++k) {
      double share = 0;
      for (unsigned byte = 0; byte < 256; ++byte) {
        const unsigned buckets = set.low[k][byte & 15] & set.high[k][byte >> 4];
        if ((buckets >> b & 1) != 0) share += share_of(static_cast<char>(byte));
      }
      bucket_rate *= share;
    }
    rate += bucket_rate;
  }
  return rate <= max_candidate_rate;
}

void fill_hash_table(LiteralSet& set) {
  set.filter.assign((std::size_t{1} << LiteralSet::filter_bits) / 64, 0);
  for (std::size_t i = 0; i < set.literals.size(); ++i) {
    const std::uint32_t window = set.window_of(set.literals[i].data());
    const std::uint32_t hash = LiteralSet::hash(window);
    set.filter[hash / 64] |= std::uint64_t{1} << (hash % 64);
    set.by_window.emplace_back(window, i);
  }
  std::sort(set.by_window.begin(), set.by_window.end());
}

}  // namespace
}  // namespace scan_detail

unsigned ByteSet::size() const noexcept {
  unsigned size = 0;
  for (const std::uint64_t word : words_) size += static_cast<unsigned>(std::popcount(word));
  return size;
}

LiteralFinder::LiteralFinder(std::string_view literal, SimdLevel level) {
  std::vector<ByteSet> bytes;
  bytes.reserve(literal.size());
  for (const char c : literal) bytes.push_back(ByteSet::of(c));
  sequence_ = scan_detail::compile(std::move(bytes), literal, level);
}

LiteralFinder::LiteralFinder(std::vector<ByteSet> sequence, SimdLevel level)
    : sequence_(scan_detail::compile(std::move(sequence), {}, level)) {}

std::size_t LiteralFinder::find(std::string_view text, std::size_t from) const noexcept {
  const scan_detail::Sequence& sequence = *sequence_;
  if (text.size() < sequence.length || from > text.size() - sequence.length) return npos;
  return sequence.find(sequence, text.data(), from, text.size() - sequence.length);
}

std::size_t LiteralFinder::length() const noexcept { return sequence_->length; }
double LiteralFinder::expected_rate() const noexcept { return sequence_->expected_rate; }

LiteralSetFinder::LiteralSetFinder(std::vector<std::string_view> literals, SimdLevel level) {
  using scan_detail::LiteralSet;
  std::sort(literals.begin(), literals.end());
  literals.erase(std::unique(literals.begin(), literals.end()), literals.end());

  auto set = std::make_shared<LiteralSet>();
  set->literals.assign(literals.begin(), literals.end());
  set->min_length = literals.front().size();
  set->expected_rate = 0;
  for (const std::string_view literal : literals) {
    set->min_length = std::min(set->min_length, literal.size());
    set->max_length = std::max(set->max_length, literal.size());
    double rate = 1;
    for (const char c : literal) rate *= scan_detail::share_of(c);
    set->expected_rate += rate;
  }
  set->expected_rate = std::clamp(set->expected_rate, 1e-300, 1.0);
  set->width = std::min(set->min_length, LiteralSet::max_width);
  set->window = scan_detail::choose_window(*set);
  scan_detail::fill_buckets(*set);
  scan_detail::fill_hash_table(*set);

  const auto& kernels = scan_detail::buckets_are_selective(*set) ? scan_detail::kernels_of(level)
                                                                 : scan_detail::scalar_kernels;
  set->find = kernels.find_set[set->width - 1];
  set_ = std::move(set);
}

std::size_t LiteralSetFinder::find(std::string_view text, std::size_t from) const noexcept {
  const scan_detail::LiteralSet& set = *set_;
  if (text.size() < set.min_length || from > text.size() - set.min_length) return npos;
  return set.find(set, text, from, text.size() - set.min_length);
}

std::size_t LiteralSetFinder::max_length() const noexcept { return set_->max_length; }
double LiteralSetFinder::expected_rate() const noexcept { return set_->expected_rate; }

}  // namespace sluice
