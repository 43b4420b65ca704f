#include "stages/support/quantile_sketch.h"

#include <algorithm>
#include <cmath>

namespace sluice {
namespace {

constexpr double gamma_base =
    (1 + QuantileSketch::relative_error) / (1 - QuantileSketch::relative_error);
/// The numbers of the buckets of the smallest and the largest double lie well within.
constexpr std::int32_t bucket_limit = 40'000;

/// Bucket b holds the values in (base^(b-1), base^b]. REQUIRES: value > 0 and finite.
std::int32_t bucket_of(double value) noexcept {
  return static_cast<std::int32_t>(std::ceil(std::log(value) / std::log(gamma_base)));
}

double middle_of(std::int32_t bucket) noexcept {
  return std::exp(bucket * std::log(gamma_base)) * 2 / (1 + gamma_base);
}

}  // namespace

void QuantileSketch::Buckets::make_room(std::int32_t low, std::int32_t high) {
  if (!counts_.empty()) {
    low = std::min(low, first_);
    high = std::max(high, first_ + static_cast<std::int32_t>(counts_.size()) - 1);
  }
  // Those nearest to zero make room for the others.
  low = std::max(low, high - static_cast<std::int32_t>(most_buckets) + 1);
  const auto size = static_cast<std::size_t>(high - low) + 1;
  if (counts_.empty() || low == first_) {
    counts_.resize(size);
    first_ = low;
    return;
  }
  std::vector<std::uint64_t> wider(size);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    const std::int32_t bucket = std::max(low, first_ + static_cast<std::int32_t>(i));
    wider[static_cast<std::size_t>(bucket - low)] += counts_[i];
  }
  counts_.swap(wider);
  first_ = low;
}

void QuantileSketch::Buckets::add(std::int32_t bucket, std::uint64_t count) {
  const auto offset = static_cast<std::int64_t>(bucket) - first_;
  if (offset < 0 || offset >= static_cast<std::int64_t>(counts_.size())) make_room(bucket, bucket);
  counts_[static_cast<std::size_t>(std::max(0, bucket - first_))] += count;
  total_ += count;
}

void QuantileSketch::Buckets::merge(const Buckets& other) {
  if (other.counts_.empty()) return;
  make_room(other.first_, other.first_ + static_cast<std::int32_t>(other.counts_.size()) - 1);
  for (std::size_t i = 0; i < other.counts_.size(); ++i) {
    const std::int32_t bucket = other.first_ + static_cast<std::int32_t>(i);
    counts_[static_cast<std::size_t>(std::max(0, bucket - first_))] += other.counts_[i];
  }
  total_ += other.total_;
}

std::int32_t QuantileSketch::Buckets::at(std::uint64_t rank) const noexcept {
  std::size_t bucket = 0;
  while (bucket + 1 < counts_.size() && rank >= counts_[bucket]) rank -= counts_[bucket++];
  return first_ + static_cast<std::int32_t>(bucket);
}

void QuantileSketch::Buckets::write(StateWriter& out) const {
  out.number(first_);
  out.number(static_cast<std::uint32_t>(counts_.size()));
  for (const std::uint64_t count : counts_) out.number(count);
}

bool QuantileSketch::Buckets::read(StateReader& in) {
  first_ = in.number<std::int32_t>();
  const std::size_t size = in.count(sizeof(std::uint64_t));
  if (size > most_buckets || first_ < -bucket_limit || first_ > bucket_limit) return in.fail();
  counts_.resize(size);
  total_ = 0;
  for (std::uint64_t& count : counts_) total_ += count = in.number<std::uint64_t>();
  return in.ok();
}

void QuantileSketch::add(double value) {
  if (std::isnan(value)) return;
  smallest_ = count_ == 0 ? value : std::min(smallest_, value);
  largest_ = count_ == 0 ? value : std::max(largest_, value);
  ++count_;
  if (value == 0) {
    ++zeros_;
  } else if (std::isinf(value)) {
    ++(value > 0 ? infinities_ : negative_infinities_);
  } else if (value > 0) {
    positive_.add(bucket_of(value), 1);
  } else {
    negative_.add(bucket_of(-value), 1);
  }
}

void QuantileSketch::merge(const QuantileSketch& other) {
  if (other.count_ == 0) return;
  smallest_ = count_ == 0 ? other.smallest_ : std::min(smallest_, other.smallest_);
  largest_ = count_ == 0 ? other.largest_ : std::max(largest_, other.largest_);
  count_ += other.count_;
  zeros_ += other.zeros_;
  infinities_ += other.infinities_;
  negative_infinities_ += other.negative_infinities_;
  positive_.merge(other.positive_);
  negative_.merge(other.negative_);
}

double QuantileSketch::quantile(double q) const {
  const double place = q * static_cast<double>(count_ - 1);
  if (place >= static_cast<double>(count_ - 1)) return largest_;
  auto rank = static_cast<std::uint64_t>(place);
  if (rank == 0) return smallest_;
  const auto within = [this](double value) { return std::clamp(value, smallest_, largest_); };
  if (rank < negative_infinities_) return smallest_;
  rank -= negative_infinities_;
  if (rank < negative_.total()) {
    return within(-middle_of(negative_.at(negative_.total() - 1 - rank)));
  }
  rank -= negative_.total();
  if (rank < zeros_) return 0;
  rank -= zeros_;
  return rank < positive_.total() ? within(middle_of(positive_.at(rank))) : largest_;
}

void QuantileSketch::write(StateWriter& out) const {
  out.number(zeros_);
  out.number(infinities_);
  out.number(negative_infinities_);
  out.number(smallest_);
  out.number(largest_);
  positive_.write(out);
  negative_.write(out);
}

bool QuantileSketch::read(StateReader& in) {
  zeros_ = in.number<std::uint64_t>();
  infinities_ = in.number<std::uint64_t>();
  negative_infinities_ = in.number<std::uint64_t>();
  smallest_ = in.number<double>();
  largest_ = in.number<double>();
  if (!positive_.read(in) || !negative_.read(in)) return false;
  count_ = zeros_ + infinities_ + negative_infinities_ + positive_.total() + negative_.total();
  return smallest_ <= largest_ || in.fail();
}

}  // namespace sluice
