// Writes what batches want to one descriptor: in order, byte for byte, in large blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/io.h"
#include "engine/stage/stage.h"
#include "engine/stage/stage_context.h"
#include "stages/support/line_joiner.h"

namespace sluice {

/// Big pieces go out straight from the batch; small ones are collected in a buffer first. Blocking
/// and non-blocking descriptors are both served: on a full pipe it waits, but no longer than until
/// the run is given up, or the file's Io is interrupted. What goes to a terminal is made harmless
/// (terminal_text.h). After an error, or when nobody reads any more, it drops everything. One
/// thread at a time. `file` and `context` outlive it.
class RawWriter {
 public:
  /// What is collected before it is written, in bytes.
  static constexpr std::size_t block_bytes = 256 << 10;
  /// A piece of at least this size is not copied: writing it alone is cheap enough.
  static constexpr std::size_t direct_bytes = 64 << 10;

  RawWriter(File& file, const StageContext& context);

  /// Writes the wanted bytes of `batch`, with a line end between records where one is missing.
  /// `again`, or `finished` when the reader is gone (EPIPE) or the run is given up.
  Result<Next> write(const Batch& batch);
  /// The same for bytes as they are.
  Result<Next> write(std::string_view bytes);
  /// Writes what is collected. A reader that is gone is no error.
  Status flush();
  /// Writes what is collected as far as that needs no waiting; for a run that is given up.
  void flush_without_waiting() noexcept;

  /// Bytes accepted so far, written or collected.
  std::uint64_t accepted_bytes() const noexcept { return accepted_bytes_; }

 private:
  Status accept(std::string_view bytes);
  Status collect(std::string_view bytes);
  /// Writes what is collected and then `piece`.
  Status send(std::string_view piece);
  bool is_room(int timeout_ms) const;
  void pause() const;
  Next next() const noexcept { return closed_ ? Next::finished : Next::again; }

  File& file_;
  const StageContext& context_;
  LineJoiner joiner_;
  std::string collected_;
  std::string shown_;  ///< What a terminal is to get for a piece.
  std::uint64_t accepted_bytes_ = 0;
  bool is_terminal_ = false;
  bool is_large_pipe_ = false;
  bool closed_ = false;
  bool may_wait_ = true;
};

}  // namespace sluice
