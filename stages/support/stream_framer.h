// Cutting a stream into texts of whole records, each in a buffer of its own, whatever the framing
// (record_framer.h). What is cut off goes through frame_batch, which finds the single records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/data/buffer_pool.h"
#include "stages/support/framing_options.h"
#include "stages/support/record_framer.h"

namespace sluice {

/// Collects the bytes of a stream into buffers so that each ends with a record, and carries the
/// rest over to the next one. The rest of a record that is already known to be too long is skipped,
/// so memory stays bounded, and no length that the stream claims is believed before the bytes are
/// there. One thread at a time. For each buffer: start, then add to room() until it is empty or the
/// stream has paused or ended, then one of the take functions, and a look at damage().
class StreamFramer {
 public:
  explicit StreamFramer(const FramingOptions& options);

  /// Says that the stream begins inside a line whose beginning somebody else has. Before start.
  void skip_line() noexcept { skipping_ = options_.framing != Framing::none; }

  /// Begins a buffer with what was carried over. Its capacity is at least its size plus
  /// longest_record, and it stays alive until the text is taken.
  void start(Buffer& buffer);
  /// Where the next bytes of the stream go; empty when the buffer has what it should, or behind
  /// damage.
  std::span<char> room();
  /// Says that the first `count` bytes of room() were filled.
  void add(std::size_t count);

  /// True when there is something that can be sent on.
  bool has_records() const noexcept { return complete_ > begin_; }
  /// Bytes in the buffer that a take function gives out or carries over.
  std::size_t size() const noexcept { return used_ - begin_; }

  /// The text up to the end of the last whole record; what is behind it is carried over.
  std::span<char> take_records();
  /// The first record of a text that was taken; null if the framing is not separated.
  std::shared_ptr<const std::string> first_record(std::span<const char> text) const;
  /// All of the text: the stream has ended. Damage if it ended inside a record.
  std::span<char> take_all();
  /// The text up to the end of the last whole record; what is behind it is lost: the stream broke
  /// off there.
  std::span<char> take_unbroken();

  /// Set when what follows the text that was taken is no record, and nothing can be framed any
  /// more: the stream is to be treated as ended. `offset` counts from the start of that text.
  const std::optional<FramingDamage>& damage() const noexcept { return damage_; }

 private:
  bool rest_is_too_long() const noexcept;
  std::string_view bytes() const noexcept { return {buffer_->data(), used_}; }
  std::span<char> take(std::size_t end, bool keep_rest);

  FramingOptions options_;
  std::size_t decisive_ = 0;  ///< A frame of so many bytes that is not whole is too long.
  std::unique_ptr<RecordFramer> framer_;
  std::string carried_;
  bool skipping_ = false;  ///< Inside a record that is too long, whose beginning was given out.
  Buffer* buffer_ = nullptr;
  std::size_t goal_ = 0;      ///< How far to fill the buffer.
  std::size_t begin_ = 0;     ///< Where the text in the buffer begins.
  std::size_t complete_ = 0;  ///< Where its last whole record ends.
  std::size_t used_ = 0;      ///< Where the text ends.
  std::optional<FramingDamage> damage_;
};

}  // namespace sluice
