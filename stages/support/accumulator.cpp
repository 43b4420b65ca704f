#include "stages/support/accumulator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/data/compare.h"
#include "stages/support/cell_hash.h"
#include "stages/support/cell_text.h"
#include "stages/support/distinct_sketch.h"
#include "stages/support/exact_sum.h"
#include "stages/support/quantile_sketch.h"

namespace sluice {
namespace {

bool is_nothing(const Cell& cell) noexcept {
  return cell.is_missing() || cell.type() == Cell::Type::null;
}

bool has_text(const Cell& cell) noexcept {
  return cell.type() == Cell::Type::text || cell.type() == Cell::Type::decimal ||
         cell.type() == Cell::Type::json;
}

std::string_view stored(std::string_view text, TextArena& texts) {
  char* copy = texts.allocate(text.size());
  std::ranges::copy(text, copy);
  return {copy, text.size()};
}

/// A cell together with the text it refers to.
class OwnCell {
 public:
  bool is_missing() const noexcept { return cell_.is_missing(); }
  void set(const Cell& cell) {
    cell_ = cell;
    if (has_text(cell)) text_.assign(cell.text());
  }
  /// With its text where it is now: states move when there are more of them.
  Cell get() const noexcept {
    switch (cell_.type()) {
      case Cell::Type::text:
        return Cell::text(text_);
      case Cell::Type::decimal:
        return Cell::decimal(text_);
      case Cell::Type::json:
        return Cell::json(text_);
      default:
        return cell_;
    }
  }
  void write(StateWriter& out) const { out.cell(get()); }
  bool read(StateReader& in) {
    set(in.cell());
    return in.ok();
  }

 private:
  Cell cell_;
  std::string text_;
};

/// Where a record stands in the order of the records. Serial form included.
struct Place {
  std::uint64_t unit = 0;
  std::uint32_t index = 0;
  std::uint32_t row = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

// --- One state each. add() is given what is neither null nor missing. ----------------------------

struct CountState {
  std::uint64_t count = 0;

  void add(const Cell& /*cell*/, const Place& /*place*/) noexcept { ++count; }
  void merge(const CountState& other) noexcept { count += other.count; }
  Cell result(const AggregateColumn& /*column*/, TextArena& /*texts*/) const {
    return Cell::integer(static_cast<std::int64_t>(count));
  }
  void write(StateWriter& out) const { out.number(count); }
  bool read(StateReader& in) {
    count = in.number<std::uint64_t>();
    return in.ok();
  }
};

/// Of sum and avg.
struct SumState {
  std::uint64_t count = 0;
  ExactSum sum;

  void add(const Cell& cell, const Place& /*place*/) {
    ++count;
    if (cell.type() == Cell::Type::integer) {
      sum.add(cell.integer());
    } else {
      sum.add(to_double(cell));
    }
  }
  void merge(const SumState& other) {
    count += other.count;
    sum.add(other.sum);
  }
  Cell result(const AggregateColumn& column, TextArena& texts) const {
    if (count == 0) return Cell::null();
    if (column.function == AggregateFunction::avg) {
      return Cell::real(sum.real() / static_cast<double>(count));
    }
    // An integer as long as it can be one.
    if (!sum.is_integer()) return Cell::real(sum.real());
    if (sum.fits_int64()) return Cell::integer(sum.integer());
    return Cell::decimal(stored(sum.integer_text(), texts));
  }
  void write(StateWriter& out) const {
    out.number(count);
    sum.write(out);
  }
  bool read(StateReader& in) {
    count = in.number<std::uint64_t>();
    return sum.read(in);
  }
};

/// Sums of the values and of their squares, both exact; all rounding is done at the end.
struct DeviationState {
  std::uint64_t count = 0;
  ExactSum sum;
  ExactSum squares;

  void add(const Cell& cell, const Place& /*place*/) {
    ++count;
    if (cell.type() == Cell::Type::integer) {
      sum.add(cell.integer());
      squares.add_square(cell.integer());
    } else {
      const double value = to_double(cell);
      sum.add(value);
      squares.add_product(value, value);
    }
  }
  void merge(const DeviationState& other) {
    count += other.count;
    sum.add(other.sum);
    squares.add(other.squares);
  }
  /// Of a sample. With m, the mean as a double: the sum of (x-m)^2 is squares - 2m sum + n m^2,
  /// which is exact, and what m lacks of the true mean is taken off.
  Cell result(const AggregateColumn& /*column*/, TextArena& /*texts*/) const {
    if (count < 2) return Cell::null();
    const auto n = static_cast<double>(count);
    const double mean = sum.real() / n;
    ExactSum around = squares;
    around.add_scaled(sum, -2 * mean);
    const double total = n * mean;
    around.add_product(total, mean);
    around.add_product(std::fma(n, mean, -total), mean);
    ExactSum lack = sum;
    lack.add_product(-n, mean);
    const double off = lack.real();
    const double variance = (around.real() - off * off / n) / (n - 1);
    return Cell::real(std::sqrt(std::max(0.0, variance)));
  }
  void write(StateWriter& out) const {
    out.number(count);
    sum.write(out);
    squares.write(out);
  }
  bool read(StateReader& in) {
    count = in.number<std::uint64_t>();
    return sum.read(in) && squares.read(in);
  }
};

template <bool largest>
struct ExtremeState {
  OwnCell best;

  void add(const Cell& cell, const Place& /*place*/) {
    if (!best.is_missing()) {
      const std::strong_ordering relation = order(cell, best.get());
      if (largest ? relation <= 0 : relation >= 0) return;
    }
    best.set(cell);
  }
  void merge(const ExtremeState& other) {
    if (!other.best.is_missing()) add(other.best.get(), {});
  }
  Cell result(const AggregateColumn& /*column*/, TextArena& /*texts*/) const {
    return best.is_missing() ? Cell::null() : best.get();
  }
  void write(StateWriter& out) const { best.write(out); }
  bool read(StateReader& in) { return best.read(in); }
};

template <bool latest>
struct PlaceState {
  Place place;
  OwnCell value;

  void add(const Cell& cell, const Place& at) {
    if (!value.is_missing() && (latest ? at <= place : at >= place)) return;
    place = at;
    value.set(cell);
  }
  void merge(const PlaceState& other) {
    if (!other.value.is_missing()) add(other.value.get(), other.place);
  }
  Cell result(const AggregateColumn& /*column*/, TextArena& /*texts*/) const {
    return value.is_missing() ? Cell::null() : value.get();
  }
  void write(StateWriter& out) const {
    out.number(place.unit);
    out.number(place.index);
    out.number(place.row);
    value.write(out);
  }
  bool read(StateReader& in) {
    place.unit = in.number<std::uint64_t>();
    place.index = in.number<std::uint32_t>();
    place.row = in.number<std::uint32_t>();
    return value.read(in);
  }
};

struct DistinctState {
  DistinctSketch sketch;

  void add(const Cell& cell, const Place& /*place*/) { sketch.add(uniform_hash(key_cell(cell))); }
  void merge(const DistinctState& other) { sketch.merge(other.sketch); }
  Cell result(const AggregateColumn& /*column*/, TextArena& /*texts*/) const {
    return Cell::integer(static_cast<std::int64_t>(sketch.estimate()));
  }
  void write(StateWriter& out) const { sketch.write(out); }
  bool read(StateReader& in) { return sketch.read(in); }
};

struct QuantileState {
  QuantileSketch sketch;

  void add(const Cell& cell, const Place& /*place*/) { sketch.add(to_double(cell)); }
  void merge(const QuantileState& other) { sketch.merge(other.sketch); }
  Cell result(const AggregateColumn& column, TextArena& /*texts*/) const {
    return sketch.count() == 0 ? Cell::null() : Cell::real(sketch.quantile(column.quantile));
  }
  void write(StateWriter& out) const { sketch.write(out); }
  bool read(StateReader& in) { return sketch.read(in); }
};

// --- All groups ----------------------------------------------------------------------------------

template <class State>
class GroupStates final : public Accumulator {
 public:
  void resize(std::size_t groups) override { states_.resize(groups); }

  void add(const AggregateRows& rows) override {
    if (rows.cells == nullptr) return;
    Place place{rows.key.unit, rows.key.index, 0};
    for (std::size_t step = 0; step < rows.rows.size(); ++step) {
      // From behind, the latest of each group comes first and is the only one that is copied.
      const std::size_t i =
          std::is_same_v<State, PlaceState<true>> ? rows.rows.size() - 1 - step : step;
      place.row = rows.rows[i];
      const Cell& cell = rows.cells[place.row];
      if (!is_nothing(cell)) states_[rows.groups[i]].add(cell, place);
    }
  }
  void merge(const Accumulator& other, std::span<const std::uint32_t> groups) override {
    const auto& from = static_cast<const GroupStates&>(other);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (groups[i] != no_group) states_[groups[i]].merge(from.states_[i]);
    }
  }
  Cell result(std::uint32_t group, const AggregateColumn& column, TextArena& texts) const override {
    return states_[group].result(column, texts);
  }
  void write(std::uint32_t group, StateWriter& out) const override { states_[group].write(out); }
  bool read(StateReader& in, std::size_t groups) override {
    for (std::size_t i = 0; i < groups; ++i) {
      if (!states_.emplace_back().read(in)) return false;
    }
    return true;
  }

 private:
  std::vector<State> states_;
};

/// count() without an argument: of records, whatever is in them.
class RecordCounts final : public Accumulator {
 public:
  void resize(std::size_t groups) override { counts_.resize(groups); }
  void add(const AggregateRows& rows) override {
    for (const std::uint32_t group : rows.groups) ++counts_[group];
  }
  void merge(const Accumulator& other, std::span<const std::uint32_t> groups) override {
    const auto& from = static_cast<const RecordCounts&>(other);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (groups[i] != no_group) counts_[groups[i]] += from.counts_[i];
    }
  }
  Cell result(std::uint32_t group, const AggregateColumn& /*column*/,
              TextArena& /*texts*/) const override {
    return Cell::integer(static_cast<std::int64_t>(counts_[group]));
  }
  void write(std::uint32_t group, StateWriter& out) const override { out.number(counts_[group]); }
  bool read(StateReader& in, std::size_t groups) override {
    for (std::size_t i = 0; i < groups && in.ok(); ++i) {
      counts_.push_back(in.number<std::uint64_t>());
    }
    return in.ok();
  }

 private:
  std::vector<std::uint64_t> counts_;
};

/// How many values there are up to each bound, and beyond the last one.
class Histograms final : public Accumulator {
 public:
  explicit Histograms(std::vector<Cell> bounds) : bounds_(std::move(bounds)) {}

  void resize(std::size_t groups) override { counts_.resize(groups * width()); }
  void add(const AggregateRows& rows) override {
    if (rows.cells == nullptr) return;
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
      const Cell& cell = rows.cells[rows.rows[i]];
      if (!is_nothing(cell)) ++counts_[rows.groups[i] * width() + bucket_of(cell)];
    }
  }
  void merge(const Accumulator& other, std::span<const std::uint32_t> groups) override {
    const auto& from = static_cast<const Histograms&>(other);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      for (std::size_t k = 0; k < width() && groups[i] != no_group; ++k) {
        counts_[groups[i] * width() + k] += from.counts_[i * width() + k];
      }
    }
  }
  Cell result(std::uint32_t group, const AggregateColumn& /*column*/,
              TextArena& texts) const override {
    std::string json;
    for (std::size_t i = 0; i < width(); ++i) {
      json += i == 0 ? "{\"" : ",\"";
      if (i < bounds_.size()) append_plain(json, bounds_[i]);
      json += i < bounds_.size() ? "\":" : "inf\":";
      json += std::to_string(counts_[group * width() + i]);
    }
    json += '}';
    return Cell::json(stored(json, texts));
  }
  void write(std::uint32_t group, StateWriter& out) const override {
    for (std::size_t k = 0; k < width(); ++k) out.number(counts_[group * width() + k]);
  }
  bool read(StateReader& in, std::size_t groups) override {
    for (std::size_t i = 0; i < groups * width() && in.ok(); ++i) {
      counts_.push_back(in.number<std::uint64_t>());
    }
    return in.ok();
  }

 private:
  std::size_t width() const noexcept { return bounds_.size() + 1; }
  std::size_t bucket_of(const Cell& cell) const noexcept {
    const auto bound = std::partition_point(
        bounds_.begin(), bounds_.end(),
        [&](const Cell& candidate) { return !(compare_numbers(cell, candidate) <= 0); });
    return static_cast<std::size_t>(bound - bounds_.begin());
  }

  std::vector<Cell> bounds_;
  std::vector<std::uint64_t> counts_;  ///< width() for each group.
};

}  // namespace

std::unique_ptr<Accumulator> make_accumulator(const AggregateColumn& column) {
  switch (column.function) {
    case AggregateFunction::count:
      if (column.input) return std::make_unique<GroupStates<CountState>>();
      break;
    case AggregateFunction::sum:
    case AggregateFunction::avg:
      return std::make_unique<GroupStates<SumState>>();
    case AggregateFunction::min:
      return std::make_unique<GroupStates<ExtremeState<false>>>();
    case AggregateFunction::max:
      return std::make_unique<GroupStates<ExtremeState<true>>>();
    case AggregateFunction::stddev:
      return std::make_unique<GroupStates<DeviationState>>();
    case AggregateFunction::first:
      return std::make_unique<GroupStates<PlaceState<false>>>();
    case AggregateFunction::last:
      return std::make_unique<GroupStates<PlaceState<true>>>();
    case AggregateFunction::distinct:
      return std::make_unique<GroupStates<DistinctState>>();
    case AggregateFunction::quantile:
      return std::make_unique<GroupStates<QuantileState>>();
    case AggregateFunction::histogram:
      return std::make_unique<Histograms>(column.bounds);
  }
  return std::make_unique<RecordCounts>();
}

bool shares_states(const AggregateColumn& a, const AggregateColumn& b) {
  const auto states = [](AggregateFunction function) {
    return function == AggregateFunction::avg ? AggregateFunction::sum : function;
  };
  if (states(a.function) != states(b.function) || a.input.has_value() != b.input.has_value()) {
    return false;
  }
  if (a.input && !same_input(*a.input, *b.input)) return false;
  return std::ranges::equal(a.bounds, b.bounds, same_key);
}

}  // namespace sluice
