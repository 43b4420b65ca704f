// The states of one function of an aggregate, one state per group. A call takes in a whole batch,
// so that which function it is is asked once per batch and not once per record.
//
// States merge in any order and grouping with the same result, the one that all records taken in by
// one state would give.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "engine/data/column.h"
#include "engine/data/origin.h"
#include "stages/support/aggregate_spec.h"
#include "stages/support/state_bytes.h"

namespace sluice {

/// Some records of a batch with their groups.
struct AggregateRows {
  const Cell* cells = nullptr;            ///< By row; null: there is nothing to look at.
  std::span<const std::uint32_t> rows;    ///< Ascending.
  std::span<const std::uint32_t> groups;  ///< One for each of `rows`.
  OrderKey key;                           ///< The batch's place in the order of its edge.
};

/// A group that is left out of a merge.
inline constexpr std::uint32_t no_group = ~std::uint32_t{0};

/// One thread at a time.
class Accumulator {
 public:
  Accumulator() = default;
  Accumulator(const Accumulator&) = delete;
  Accumulator& operator=(const Accumulator&) = delete;
  virtual ~Accumulator() = default;

  /// Makes room for groups that were added. Never for less than before.
  virtual void resize(std::size_t groups) = 0;
  /// REQUIRES: the function works with all cells (works_with()).
  virtual void add(const AggregateRows& rows) = 0;
  /// Takes in the states of `other`, whose group i is the group `groups[i]` here, or `no_group`.
  /// REQUIRES: made for a column that shares_states() with this one's.
  virtual void merge(const Accumulator& other, std::span<const std::uint32_t> groups) = 0;
  /// What `column` says of a group. A text lives as long as the accumulator does not change, or in
  /// `texts`. REQUIRES: `column` shares_states() with the one this was made for.
  virtual Cell result(std::uint32_t group, const AggregateColumn& column,
                      TextArena& texts) const = 0;

  /// Writes the state of one group.
  virtual void write(std::uint32_t group, StateWriter& out) const = 0;
  /// Reads the states of `groups` further groups; false when the bytes cannot be that.
  virtual bool read(StateReader& in, std::size_t groups) = 0;
};

std::unique_ptr<Accumulator> make_accumulator(const AggregateColumn& column);

/// True when one accumulator serves both, such as two quantiles of one field.
bool shares_states(const AggregateColumn& a, const AggregateColumn& b);

}  // namespace sluice
