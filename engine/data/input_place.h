// Where in an input the bytes of a batch lie, as far as it takes a look at the rest of the input:
// line numbers, since batches are framed in any order, and what is missing between their lines.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// Of one batch. Written by whoever frames it, before anybody else has the batch; then const, but
/// for the number of its first line, which comes when all batches in front of it are framed.
class InputPlace {
 public:
  explicit InputPlace(std::uint64_t first_line = 0) noexcept : first_line_(first_line) {}

  /// Bytes of the input that the batch does not have.
  struct Gap {
    std::uint32_t at = 0;  ///< Behind so many bytes that it has.
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;  ///< Line ends in them that the batch does not have.
  };

  /// The number of the line that the batch begins with, from 1; 0: not known yet, or never.
  std::uint64_t first_line() const noexcept { return first_line_.load(std::memory_order_acquire); }

  /// Set when offsets count from the part of the file (frame, member) that is stored there.
  std::optional<std::uint64_t> part;
  std::vector<Gap> gaps;  ///< In ascending order.
  /// The first record of the input with its line end, the same object for all batches of an input.
  /// Null: not known, since a loader may not have seen it.
  std::shared_ptr<const std::string> head;

  /// What is missing in front of byte number `byte` of the batch.
  Gap missing_before(std::uint32_t byte) const noexcept {
    Gap all{byte, 0, 0};
    for (const Gap& gap : gaps) {
      if (gap.at > byte) break;
      all.bytes += gap.bytes;
      all.lines += gap.lines;
    }
    return all;
  }

 private:
  friend class LineLedger;
  std::uint64_t number_ = 0;
  std::atomic<std::uint64_t> first_line_;
};

/// Numbers the lines of one input. Remembers no more than the batches in flight. Thread-safe.
class LineLedger {
 public:
  /// The place of the next batch, in the order of the input.
  std::shared_ptr<InputPlace> next();
  /// Says that the batch at `place` has been framed: the input has so many lines there.
  void framed(const InputPlace& place, std::uint64_t lines);

 private:
  struct Pending {
    std::weak_ptr<InputPlace> place;
    std::optional<std::uint64_t> lines;
  };
  std::mutex mutex_;
  std::deque<Pending> pending_;  ///< From the first batch that is not framed.
  std::uint64_t first_pending_ = 0;
  std::uint64_t next_line_ = 1;  ///< The first line of that batch.
};

}  // namespace sluice
