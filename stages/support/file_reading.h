// Files and pipes as the batches of a source: what the sources `file` and `stdin` share.
//
// A plain regular file is cut into ranges, which loaders read in parallel; a compressed one into
// groups of parts, which loaders decode in parallel, for as long as the borders of its parts are
// known (part_scan.h). Everything else (the rest of such a file, a pipe, a terminal) is a stream,
// read and decoded by the source itself; loaders then only look for lines that are too long, and
// count.
//
// The offset of a batch counts from the start of the file's content. Where that is unknown, behind
// a zstd frame that does not say how much it holds, it counts from the batch's stored_offset, or
// from where the stream begins.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "engine/base/io.h"
#include "engine/base/units.h"
#include "engine/data/batch.h"
#include "engine/stage/stage.h"
#include "engine/stage/stage_context.h"
#include "stages/support/codec_settings.h"
#include "stages/support/input_options.h"
#include "stages/support/wakeup.h"

namespace sluice {

/// What a source that reads files needs of its buffers beside longest_record:
/// SourcePart::usual_batch. More for xz, which a name in `paths` may tell before anything is
/// opened: a file that it does not tell of is read all the same, but with large blocks by one
/// thread.
ByteSize usual_batch(const InputOptions& options, std::span<const std::string> paths = {}) noexcept;

/// How long lines from a pipe may wait for more to go with them, if the user does not say.
inline constexpr Duration default_linger{std::chrono::milliseconds(20)};

/// One opened input. One thread at a time.
class Input {
 public:
  Input() = default;
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;
  virtual ~Input() = default;

  /// As Source::read, for this input alone; `finished` leaves the batch untouched. The batch's
  /// origin has the right source and file already.
  virtual Result<Next> read(Batch& batch) = 0;
};

/// Says, once a stream has no more bytes, whether that is its end or it broke off. Must not wait.
using StreamEnd = std::function<Status()>;

/// Of each file, the records that begin in [start, end) of its bytes; with Framing::none, those
/// bytes.
struct ByteRange {
  std::uint64_t start = 0;
  std::optional<std::uint64_t> end;  ///< Nothing: up to the end of the file.
};

/// What a source reads its inputs with. Outlives its inputs and loaders. One thread at a time,
/// except where it says otherwise.
class FileReading {
 public:
  /// A `range` is for plain files only. REQUIRES: with one, the framing is not separated.
  FileReading(const InputOptions& options, Duration linger, StageContext& context,
              std::optional<ByteRange> range = std::nullopt)
      : options_(options), linger_(linger), context_(context), io_(context.io()), range_(range) {}

  /// Checks that `path` is there and can be read, "-" being standard input, and claims it for
  /// reading. A FIFO is not opened: its writer would notice. Errors: io.
  Result<struct stat> examine(const std::string& path);
  /// To be called once, before the run. Reads the dictionary, if there is one. Errors: io;
  /// bad_config if it is none.
  Status prepare();
  /// Opens `path`, "-" being standard input from its current position on. Never waits: to read
  /// from a FIFO that nobody writes to is to wait in Input::read.
  Result<std::unique_ptr<Input>> open(const std::string& path);
  /// The end to read from of a pipe or socket, which it takes over; `name` is for messages. An
  /// error of `how_it_ended` is one of the input; null: an end is an end.
  std::unique_ptr<Input> open_stream(int fd, std::string name, StreamEnd how_it_ended = nullptr);
  /// The parallel half for all inputs.
  std::unique_ptr<Loader> make_loader() const;

  /// Makes a read that waits return, and ends the input. From any thread.
  void stop() noexcept { io_.interrupt(); }
  bool stopped() const noexcept { return io_.interrupted(); }
  /// Bytes read so far, as stored. From any thread.
  std::uint64_t read_bytes() const noexcept { return read_bytes_.load(std::memory_order_relaxed); }

 private:
  Result<std::unique_ptr<Input>> open_regular(File file, const struct stat& status, bool at_start);
  /// Where the last whole record of a plain file ends, if that can be told from its size.
  Result<std::uint64_t> end_of_records(const std::string& name, std::uint64_t begin,
                                       std::uint64_t end);
  std::unique_ptr<Input> stream(File file, bool may_wait, StreamEnd how_it_ended = nullptr);

  InputOptions options_;
  Duration linger_;
  StageContext& context_;
  CodecSettings settings_;
  InterruptibleIo io_;
  std::optional<ByteRange> range_;
  std::atomic<std::uint64_t> read_bytes_{0};
};

}  // namespace sluice
