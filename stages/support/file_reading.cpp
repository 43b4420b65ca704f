#include "stages/support/file_reading.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <span>
#include <string_view>
#include <utility>

#include "stages/support/decoding_reader.h"
#include "stages/support/dictionary_file.h"
#include "stages/support/file_loading.h"
#include "stages/support/part_loading.h"
#include "stages/support/part_scan.h"
#include "stages/support/pipe_pace.h"
#include "stages/support/range_input.h"
#include "stages/support/range_reading.h"
#include "stages/support/stream_framer.h"
#include "stages/support/text_place.h"

namespace sluice {
namespace {

constexpr int pipe_size_bytes = 1 << 20;

Error no_range(const std::string& path, const std::string& why) {
  Error error;
  error.code = ErrorCode::io;
  error.message = "`start` and `end` are for plain files, and it " + why;
  error.file = path;
  return error;
}

/// Bytes that come one after the other, decompressed if need be.
class StreamInput final : public Input {
 public:
  struct Kind {
    bool may_wait = false;     ///< Others write to it while it is read.
    bool inside_line = false;  ///< It begins in the middle of a line that somebody else has.
    std::optional<std::uint64_t> offset_base;
    std::shared_ptr<InputLedger>
        lines;                 ///< Of the input that it is the rest of; null: a whole one.
    StreamEnd how_it_ended{};  ///< Null: an end is an end.
  };

  StreamInput(DecodingReader reader, const Kind& kind, const InputOptions& options, Duration linger,
              InterruptibleIo& io, StageContext& context, std::atomic<std::uint64_t>& read_bytes)
      : kind_(kind),
        linger_(linger),
        options_(options),
        io_(io),
        context_(context),
        read_bytes_(read_bytes),
        reader_(std::move(reader)),
        framer_(options),
        is_large_pipe_(is_large_pipe(reader_.file().fd())) {
    if (kind.inside_line) framer_.skip_line();
  }

  Result<Next> read(Batch& batch) override {
    if (ended_) return Next::finished;
    framer_.start(*batch.buffer());
    waiting_since_ns_ = 0;
    const std::uint64_t stored_offset = reader_.compressed_offset();
    const Result<Filled> filled = fill();
    read_bytes_.fetch_add(reader_.compressed_offset() - stored_offset, std::memory_order_relaxed);
    if (!filled) return filled.error();
    const std::uint64_t offset = reader_.decoded_offset() - framer_.size();
    const std::span<char> text = take(filled.value());
    if (framer_.damage()) {
      Status broken = damaged(offset);
      if (!broken) return std::move(broken).error();
    }
    if (ended_ && text.empty()) return Next::finished;
    set_work(batch, work(), offset, stored_offset, 0);
    if (head_ == nullptr) head_ = framer_.first_record(text);
    batch.input_place()->head = head_;
    batch.set_bytes({text.data(), text.size()}, 0);
    batch.set_flush(filled.value() == Filled::quiet);
    unflushed_ = !batch.flush();
    return Next::again;
  }

 private:
  /// Why the buffer is filled no further.
  enum class Filled : std::uint8_t { full, quiet, end, broken };

  Result<Filled> fill() {
    for (std::span<char> room = framer_.room(); !room.empty(); room = framer_.room()) {
      if (io_.interrupted()) return Filled::broken;
      if (is_due()) return Filled::quiet;
      const Result<std::size_t> count = reader_.read(room);
      if (!count) return broken(count.error());
      if (count.value() == 0) return ended();
      had_little_ = count.value() < std::min(room.size(), little_for_pipe);
      drained_ = count.value() < room.size() || reader_.compressed_offset() == reader_.bytes_read();
      framer_.add(count.value());
    }
    return Filled::full;
  }

  /// True when what there is to send or to flush has waited for as long as it may, for more to go
  /// with it.
  bool is_due() {
    if (!kind_.may_wait || !drained_ || !(framer_.has_records() || unflushed_)) return false;
    const std::int64_t now_ns = context_.clock().steady_ns();
    if (waiting_since_ns_ == 0) waiting_since_ns_ = now_ns;
    const std::int64_t left_ns = linger_.value.count() - (now_ns - waiting_since_ns_);
    const std::chrono::milliseconds left((left_ns + 999'999) / 1'000'000);
    if (left_ns <= 0 || !io_.wait_readable(reader_.file().fd(), left)) return true;
    constexpr int nothing = -1;  // Is never readable.
    if (is_large_pipe_ && had_little_ && left > pipe_pause) io_.wait_readable(nothing, pipe_pause);
    return false;
  }

  Result<Filled> ended() {
    if (Status whole = kind_.how_it_ended ? kind_.how_it_ended() : Done{}; !whole) {
      return std::move(whole).error();
    }
    return Filled::end;
  }

  Result<Filled> broken(Error error) {
    if (io_.interrupted()) return Filled::broken;
    if (Result<Filled> whole = ended(); !whole) return whole;
    if (!error.offset) error.offset = reader_.bytes_read();
    if (error.code != ErrorCode::corrupt_input || options_.on_corrupt == OnCorrupt::fail) {
      return error;
    }
    context_.warn("corrupt_tail", 1, to_string(error));
    return Filled::broken;
  }

  /// `offset` is where the text begins behind which nothing can be framed.
  Status damaged(std::uint64_t offset) {
    ended_ = true;
    const LoadedFile& file = *work()->file;
    const TextPlace place{file.name, offset, file.decompressed, kind_.offset_base};
    const FramingDamage& damage = *framer_.damage();
    Result<Filled> result =
        broken(place.error(ErrorCode::corrupt_input, damage.what, damage.offset));
    if (!result) return std::move(result).error();
    return Done{};
  }

  std::span<char> take(Filled filled) {
    ended_ = filled == Filled::end || filled == Filled::broken;
    if (filled == Filled::end) return framer_.take_all();
    if (filled == Filled::broken) return framer_.take_unbroken();
    return framer_.take_records();
  }

  const std::shared_ptr<const LoadedWork>& work() {
    if (work_ == nullptr) {
      auto file = std::make_shared<LoadedFile>();
      file->name = reader_.file().name();
      file->lines = kind_.lines ? kind_.lines : make_ledger(options_);
      // Known since the first read, which did not fail.
      const Result<Compression> compression = reader_.compression();
      file->decompressed = compression && compression.value() != Compression::none;
      work_ = std::make_shared<LoadedWork>(
          LoadedWork{std::move(file), std::nullopt, kind_.offset_base});
    }
    return work_;
  }

  Kind kind_;
  Duration linger_;
  std::int64_t waiting_since_ns_ = 0;  ///< When this buffer had something to send; 0: not yet.
  InputOptions options_;
  InterruptibleIo& io_;
  StageContext& context_;
  std::atomic<std::uint64_t>& read_bytes_;
  DecodingReader reader_;
  StreamFramer framer_;
  std::shared_ptr<const LoadedWork> work_;
  std::shared_ptr<const std::string> head_;
  bool is_large_pipe_;
  bool had_little_ = false;  ///< All that had arrived in a pipe was not worth a read.
  bool drained_ = false;     ///< What had arrived was read and decoded.
  bool unflushed_ = false;   ///< The last batch was sent without a flush.
  bool ended_ = false;
};

/// A compressed file of known size: its parts for as long as their borders are known, then the rest
/// as a stream.
class PartsInput final : public Input {
 public:
  /// Makes the stream of what is behind the parts.
  using MakeRest =
      std::function<std::unique_ptr<Input>(DecodingReader reader, const StreamInput::Kind& kind)>;

  PartsInput(std::shared_ptr<const LoadedFile> file, Compression compression,
             const FramingOptions& options, const CodecSettings& settings, MakeRest make_rest,
             std::atomic<std::uint64_t>& read_bytes)
      : file_(std::move(file)),
        compression_(compression),
        options_(options),
        settings_(settings),
        make_rest_(std::move(make_rest)),
        read_bytes_(read_bytes),
        scanner_(file_->file, compression, file_->begin, file_->end, settings),
        counted_(file_->begin) {}

  Result<Next> read(Batch& batch) override {
    if (rest_ != nullptr) return rest_->read(batch);
    Result<std::vector<StoredPart>> parts =
        scanner_.next_group(part_limits(*batch.buffer(), options_));
    if (!parts) return std::move(parts).error();
    read_bytes_.fetch_add(scanner_.offset() - counted_, std::memory_order_relaxed);
    counted_ = scanner_.offset();
    if (!parts.value().empty()) {
      hand_out(std::move(parts).value(), batch);
      return Next::again;
    }
    if (scanner_.at_end()) return Next::finished;
    return read_rest(batch);
  }

 private:
  void hand_out(std::vector<StoredPart> parts, Batch& batch) {
    const std::uint64_t stored_offset = parts.front().offset;
    const std::uint64_t offset = offset_known_ ? offset_ : 0;
    auto work = std::make_shared<LoadedWork>();
    if (!offset_known_) work->offset_base = stored_offset;
    for (const StoredPart& part : parts) {
      offset_ += part.content;
      offset_known_ = offset_known_ && part.content_known;
    }
    work->file = file_;
    work->parts = PartGroup{compression_,
                            std::move(parts),
                            scanner_.ahead(),
                            scanner_.offset(),
                            file_->end,
                            scanner_.blocks(),
                            first_};
    first_ = false;
    set_work(batch, std::move(work), offset, stored_offset, 0);
  }

  Result<Next> read_rest(Batch& batch) {
    const File& file = file_->file;
    const std::uint64_t offset = scanner_.offset();
    if (::lseek(file.fd(), static_cast<off_t>(offset), SEEK_SET) < 0) {
      return io_error("cannot go to the rest", errno, file.name());
    }
    StreamInput::Kind kind{false, !first_, std::nullopt, file_->lines};
    if (!offset_known_) kind.offset_base = offset;
    // Frames that were skipped are parts, too.
    const bool behind_parts = offset > file_->begin;
    rest_ = make_rest_(
        DecodingReader(
            File(file.io(), file.fd(), file.name(), false), compression_,
            {offset, offset_known_ ? std::optional(offset_) : std::nullopt, behind_parts},
            settings_),
        kind);
    return rest_->read(batch);
  }

  std::shared_ptr<const LoadedFile> file_;
  Compression compression_;
  FramingOptions options_;
  const CodecSettings& settings_;
  MakeRest make_rest_;
  std::atomic<std::uint64_t>& read_bytes_;
  PartScanner scanner_;
  std::uint64_t counted_;     ///< What is in front was counted as read.
  std::uint64_t offset_ = 0;  ///< Content in front, as far as it is known.
  bool offset_known_ = true;
  bool first_ = true;  ///< Nothing was handed out.
  std::unique_ptr<Input> rest_;
};

Error is_directory(const std::string& path) { return io_error("cannot read", EISDIR, path); }

bool is_standard_input(const std::string& path) { return path == "-"; }

Result<File> open_file(Io& io, const std::string& path) {
  if (is_standard_input(path)) return File(io, STDIN_FILENO, "stdin", false);
  // Without O_NONBLOCK, opening a FIFO waits for a writer.
  return File::open(io, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

}  // namespace

ByteSize usual_batch(const InputOptions& options, std::span<const std::string> paths) noexcept {
  const std::optional<Compression> chosen = options.compression.chosen;
  if (chosen == Compression::none) return {};
  const bool is_xz = chosen ? chosen == Compression::xz
                            : std::any_of(paths.begin(), paths.end(), [](const std::string& path) {
                                return from_path(path) == Compression::xz;
                              });
  return is_xz ? usual_xz_batch : usual_part_batch;
}

Status FileReading::prepare() {
  if (!options_.dictionary.empty()) {
    auto dictionary = load_dictionary(io_, options_.dictionary);
    if (!dictionary) return std::move(dictionary).error();
    settings_.dictionary = std::move(dictionary).value();
  }
  return io_.prepare();
}

Result<struct stat> FileReading::examine(const std::string& path) {
  struct stat status {};
  const bool named = !is_standard_input(path);
  const int result = named ? io_.stat(path.c_str(), &status) : io_.fstat(STDIN_FILENO, &status);
  const std::string name = named ? path : "stdin";
  if (result != 0) return io_error("cannot open", errno, name);
  if (S_ISDIR(status.st_mode)) return is_directory(name);
  if (range_ && !S_ISREG(status.st_mode)) return no_range(name, "is no regular file");
  if (named && S_ISREG(status.st_mode)) {
    const Result<File> probe = open_file(io_, path);
    if (!probe) return probe.error();
  }
  context_.claims().reading(status, name);
  return status;
}

Result<std::unique_ptr<Input>> FileReading::open(const std::string& path) {
  Result<File> file = open_file(io_, path);
  if (!file) return std::move(file).error();
  const Result<struct stat> status = file.value().status();
  if (!status) return status.error();
  const mode_t mode = status.value().st_mode;
  if (S_ISDIR(mode)) return is_directory(path);
  if (S_ISREG(mode)) {
    return open_regular(std::move(file).value(), status.value(), !is_standard_input(path));
  }
  // Fewer and larger reads; a system that refuses has its reasons.
  if (S_ISFIFO(mode)) ::fcntl(file.value().fd(), F_SETPIPE_SZ, pipe_size_bytes);  // NOLINT: vararg
  return stream(std::move(file).value(), true);
}

Result<std::unique_ptr<Input>> FileReading::open_regular(File file, const struct stat& status,
                                                         bool at_start) {
  const off_t position = at_start ? 0 : ::lseek(file.fd(), 0, SEEK_CUR);
  if (position < 0) return io_error("cannot find the position", errno, file.name());
  const auto begin = static_cast<std::uint64_t>(position);
  const auto end = static_cast<std::uint64_t>(status.st_size);
  // Files that a kernel makes up (/proc) say that they are empty, and are not.
  if ((begin >= end && !range_) || !fits_ranges(options_)) return stream(std::move(file), false);

  std::optional<Compression> compression = options_.compression.chosen;
  if (!compression) {
    std::array<char, detection_bytes> first{};
    const Result<std::size_t> count = file.read_at(first, begin);
    if (!count) return count.error();
    compression = detect({first.data(), count.value()});
  }
  const bool fits_parts = is_plain_lines(options_) || options_.framing == Framing::none;
  if (compression != Compression::none && !fits_parts) return stream(std::move(file), false);
  io_.fadvise(file.fd(), position, 0, POSIX_FADV_SEQUENTIAL);
  auto shared = std::make_shared<LoadedFile>();
  shared->name = file.name();
  shared->file = std::move(file);
  shared->begin = begin;
  shared->end = end;
  shared->lines = make_ledger(options_);
  shared->decompressed = compression != Compression::none;
  if (!shared->decompressed) {
    const Result<std::uint64_t> records_end = end_of_records(shared->name, begin, end);
    if (!records_end) return records_end.error();
    shared->end = records_end.value();
    return range_input(std::move(shared), range_, options_, read_bytes_);
  }
  if (range_) return no_range(shared->name, "is compressed");
  auto make_rest = [this](DecodingReader reader, const StreamInput::Kind& kind) {
    return std::make_unique<StreamInput>(std::move(reader), kind, options_, linger_, io_, context_,
                                         read_bytes_);
  };
  return std::unique_ptr<Input>(std::make_unique<PartsInput>(
      std::move(shared), *compression, options_, settings_, std::move(make_rest), read_bytes_));
}

Result<std::uint64_t> FileReading::end_of_records(const std::string& name, std::uint64_t begin,
                                                  std::uint64_t end) {
  if (options_.framing != Framing::fixed) return end;
  const std::uint64_t rest = (end - begin) % options_.record_size->bytes;
  if (rest == 0) return end;
  const TextPlace place{name, end};
  Error error = place.error(ErrorCode::corrupt_input, std::string(ends_inside_record), 0);
  if (options_.on_corrupt == OnCorrupt::fail) return error;
  context_.warn("corrupt_tail", 1, to_string(error));
  return end - rest;
}

std::unique_ptr<Input> FileReading::stream(File file, bool may_wait, StreamEnd how_it_ended) {
  return std::make_unique<StreamInput>(
      DecodingReader(std::move(file), options_.compression.chosen, settings_),
      StreamInput::Kind{may_wait, false, {}, {}, std::move(how_it_ended)}, options_, linger_, io_,
      context_, read_bytes_);
}

std::unique_ptr<Input> FileReading::open_stream(int fd, std::string name, StreamEnd how_it_ended) {
  return stream(File(io_, fd, std::move(name)), true, std::move(how_it_ended));
}

std::unique_ptr<Loader> FileReading::make_loader() const {
  return make_file_loader(options_, settings_, context_);
}

}  // namespace sluice
