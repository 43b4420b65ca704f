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
/// for what an InputLedger knows when all batches in front of it are framed.
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
  /// How much content lies in front of what such offsets count from; nothing: not known yet, or
  /// never.
  std::optional<std::uint64_t> in_front_of_part() const noexcept {
    const std::uint64_t bytes = in_front_of_part_.load(std::memory_order_acquire);
    return bytes == unknown ? std::nullopt : std::optional(bytes);
  }
  std::vector<Gap> gaps;  ///< In ascending order.
  /// So many bytes of the batch end with one that the input does not have; 0: none does.
  std::uint32_t added_every = 0;
  /// The first record of the input with its line end, the same object for all batches of an input.
  /// Null: not known, since a loader may not have seen it.
  std::shared_ptr<const std::string> head;

  /// Bytes in front of byte number `byte` of the batch that the input does not have.
  std::uint64_t added_before(std::uint32_t byte) const noexcept {
    return added_every == 0 ? 0 : byte / added_every;
  }
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
  friend class InputLedger;
  static constexpr std::uint64_t unknown = ~std::uint64_t{0};

  std::uint64_t number_ = 0;
  std::atomic<std::uint64_t> first_line_;
  std::atomic<std::uint64_t> in_front_of_part_{unknown};
};

/// Numbers the lines of one input, and adds up the content of its parts. Remembers no more than the
/// batches in flight. Thread-safe.
class InputLedger {
 public:
  /// `first_line`: of the input; 0: not known, and so no line is.
  explicit InputLedger(std::uint64_t first_line = 1) noexcept : next_line_(first_line) {}

  /// The place of the next batch, in the order of the input. `from_start`: its offsets count from
  /// the start of the input, not of a part.
  std::shared_ptr<InputPlace> next(bool from_start = true);
  /// Says that the batch at `place` has been framed: the input has so many lines there, and the
  /// offsets of the next batch, if they do not count from the start, count from so many bytes
  /// further on than those of this one. Nothing: nobody can tell.
  void framed(const InputPlace& place, std::uint64_t lines,
              std::optional<std::uint64_t> content = 0);

 private:
  struct Framed {
    std::uint64_t lines = 0;
    std::optional<std::uint64_t> content;
  };
  struct Pending {
    std::weak_ptr<InputPlace> place;
    bool from_start = true;
    std::optional<Framed> framed;
  };
  /// Tells the first pending batch what is now known.
  void tell();

  std::mutex mutex_;
  std::deque<Pending> pending_;  ///< From the first batch that is not framed.
  std::uint64_t first_pending_ = 0;
  // Of that batch:
  std::uint64_t next_line_;
  std::optional<std::uint64_t> in_front_{0};  ///< Content in front of what its offsets count from.
};

}  // namespace sluice
