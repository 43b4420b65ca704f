// The groups of an aggregate and what is known of each: what one thread, or the merge of all, has
// seen of the records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/data/batch.h"
#include "stages/support/accumulator.h"
#include "stages/support/aggregate_input.h"
#include "stages/support/aggregate_spec.h"
#include "stages/support/group_table.h"

namespace sluice {

/// One thread at a time.
///
/// A batch is taken in column by column: first which rows are bad, then the group of each row, then
/// one function after the other.
class AggregateState {
 public:
  explicit AggregateState(std::shared_ptr<const AggregateSpec> spec);

  struct BadRow {
    std::uint32_t row = 0;
    std::string reason;
  };
  /// Takes in `rows` of `batch`, which ascend, but for those that cannot be: a part of the key is
  /// missing, an expression fails, or a value is of a type that its function does not work with.
  /// They are added to `bad`, ascending. Values that are null or missing take no part in a
  /// function. Where windows close, the state is of one batch: what comes late there is left out,
  /// see tally(). REQUIRES: batch.is_table().
  void add(const Batch& batch, std::span<const std::uint32_t> rows, std::vector<BadRow>& bad);
  /// REQUIRES: spec.closes_windows().
  const WindowTally& tally() const noexcept { return *tally_; }

  using Key = std::span<const Cell>;
  /// Takes in all groups of another state of an equal spec, or those whose key is wanted.
  void merge(const AggregateState& other) { merge(other, {}); }
  void merge(const AggregateState& other, const std::function<bool(Key)>& wants);

  std::size_t groups() const noexcept { return table_.size(); }
  Key key(std::uint32_t group) const noexcept { return table_.key(group); }
  bool has_too_many_groups() const noexcept { return table_.size() > spec_->max_groups; }
  /// Makes the group of an aggregate without keys, which is there even of no records.
  void add_empty_group();
  /// The numbers of the groups, ordered by their keys.
  std::vector<std::uint32_t> ordered() const;
  /// The cells of a group's result: its key and its columns. Texts live as long as the state does
  /// not change, or in `texts`.
  void result(std::uint32_t group, std::vector<Cell>& cells, TextArena& texts) const;

  /// The state as bytes, to be merged elsewhere: a version, what it is of, groups, a checksum.
  std::string serialized() const;
  /// The state that serialized() made these bytes of. An error (corrupt_input) when they are
  /// damaged, of another version, or not of `spec`. Takes no more memory than a small multiple of
  /// their size.
  static Result<std::unique_ptr<AggregateState>> from_serialized(
      std::shared_ptr<const AggregateSpec> spec, std::string_view bytes);

  /// One group as bytes: the cells of its key, and its states.
  void write_group(std::uint32_t group, std::string& bytes) const;
  /// Takes in groups that write_group() wrote, each beginning with the key given for it. False when
  /// they cannot be that.
  bool read_groups(std::span<const std::string_view> groups);

 private:
  /// A kind of state that one or more columns show.
  struct Part {
    AggregateColumn column;  ///< The first of them.
    std::unique_ptr<Accumulator> states;
  };
  /// What is looked at in each record: a cell whose type is not in `types` makes it bad.
  struct Check {
    std::size_t source = 0;
    std::uint32_t types = 0;  ///< One bit each.
  };

  std::size_t source_of(const AggregateInput& input);
  std::span<const std::uint32_t> good_rows(std::span<const std::uint32_t> rows,
                                           std::vector<BadRow>& bad);
  bool is_good(const Check& check, std::uint32_t row) const noexcept;
  /// Empty: it is not.
  std::string why_bad(std::uint32_t row) const;
  std::span<const std::uint32_t> timely_rows(std::span<const std::uint32_t> rows);
  void resize();
  /// A hash of what the states mean.
  std::uint64_t fingerprint() const;
  bool read_all(StateReader& in);

  std::shared_ptr<const AggregateSpec> spec_;
  GroupTable table_;
  std::vector<Part> parts_;
  std::vector<std::size_t> part_of_;    ///< By column of the spec.
  std::vector<BoundInput> sources_;     ///< Those of the keys come first, one each.
  std::vector<std::size_t> source_of_;  ///< By part.
  std::vector<Check> checks_;           ///< Those of the keys come first.
  std::unique_ptr<WindowTally> tally_;
  TextArena texts_;                       ///< What expressions made of the batch at hand.
  std::vector<std::uint32_t> good_;       ///< Rows, where not all are.
  std::vector<std::uint32_t> timely_;     ///< The same.
  std::vector<std::uint32_t> groups_of_;  ///< By position in the good rows.
};

}  // namespace sluice
