// Groups of an aggregate that do not fit into memory: written to a temporary file as runs, each
// ordered by the keys, and read back merged, a few groups at a time, in the order of their keys.
//
// The file is in $TMPDIR, or /tmp, and has no name: it is gone with the process, however that ends.
// Memory: one buffer per run, at most `most_runs` of them; more are merged into one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "stages/support/aggregate_state.h"

namespace sluice {

/// A run of groups that is read from its beginning to its end. One thread at a time.
class SpilledRun {
 public:
  SpilledRun(std::shared_ptr<const File> file, std::uint64_t begin, std::uint64_t end,
             std::size_t key_cells)
      : file_(std::move(file)), begin_(begin), end_(end), key_(key_cells) {}

  /// Goes to the next group, the first one at first.
  Status advance();
  bool is_done() const noexcept { return is_done_; }
  /// Of the group at hand, good until advance(). REQUIRES: !is_done().
  std::string_view group() const noexcept { return group_; }
  std::span<const Cell> key() const noexcept { return key_; }

 private:
  Status fill(std::size_t needed);

  std::shared_ptr<const File> file_;
  std::uint64_t begin_;  ///< Of what is not in the buffer yet.
  std::uint64_t end_;
  std::string buffer_;
  std::string_view rest_;  ///< Of the buffer, behind the group at hand.
  std::string_view group_;
  std::vector<Cell> key_;
  bool is_done_ = false;
};

class SpilledGroups {
 public:
  static constexpr std::size_t most_runs = 128;

  SpilledGroups(std::shared_ptr<const AggregateSpec> spec, Io& io)
      : spec_(std::move(spec)), io_(io) {}

  /// Writes all groups of `state`. From any thread.
  Status add(const AggregateState& state);
  /// Nothing was ever added.
  bool empty() const;

  using Wants = std::function<bool(AggregateState::Key)>;
  /// The next groups, complete, in order; none when there are no more, or when the first of those
  /// left is not wanted. REQUIRES: nobody adds meanwhile; all that are wanted come before the
  /// others.
  Result<std::unique_ptr<AggregateState>> next(const Wants& wants);
  /// The key of the first group that is left; empty: there is none. Good until next() or add().
  AggregateState::Key first_key() const noexcept {
    return runs_.empty() ? AggregateState::Key() : runs_.front()->key();
  }

 private:
  using Run = std::unique_ptr<SpilledRun>;

  Status open();
  Status write(std::string_view bytes);
  Status write_groups(const AggregateState& state);
  Status merge_runs();
  /// Ends what was written since `begin` as a run.
  Status add_run(std::uint64_t begin);

  std::shared_ptr<const AggregateSpec> spec_;
  Io& io_;
  mutable std::mutex mutex_;
  std::shared_ptr<File> file_;
  std::uint64_t size_ = 0;  ///< Of the file.
  bool is_empty_ = true;
  std::vector<Run> runs_;  ///< A heap: the one with the smallest key is in front.
};

}  // namespace sluice
