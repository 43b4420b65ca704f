#include "stages/support/output_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace sluice {
namespace {

namespace fs = std::filesystem;

/// How soon a FIFO without a reader is tried again.
constexpr int retry_ms = 20;
/// How often other runs may come between while a temporary is made.
constexpr int most_attempts = 16;

Error refusal(std::string message, const std::string& path) {
  Error error;
  error.code = ErrorCode::bad_config;
  error.message = std::move(message);
  error.file = path;
  return error;
}

Error already_there(const std::string& path) {
  return refusal("cannot write: there is a file already, and `overwrite` is false", path);
}

/// As File::open, for callers that tell errors apart: an empty File and errno on failure.
File try_open(Io& io, const std::string& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = io.open(path.c_str(), flags, mode);
  } while (fd < 0 && errno == EINTR);
  return {io, fd, path};
}

/// What is at `path`, behind links; nothing when nothing is there.
Result<std::optional<struct stat>> look_at(Io& io, const std::string& path) {
  struct stat found {};
  if (io.stat(path.c_str(), &found) == 0) return std::optional(found);
  if (errno == ENOENT) return std::optional<struct stat>();
  return io_error("cannot write", errno, path);
}

/// The place a chain of links ends at, whether something is there or not.
fs::path follow_links(fs::path path) {
  constexpr int most_links = 40;  // as the kernel
  for (int i = 0; i < most_links; ++i) {
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    if (error) break;
    path = path.parent_path() / target;
  }
  return path;
}

/// One spelling for each file, so that two sinks cannot write one file by two names.
std::string one_spelling(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::weakly_canonical(path, error);
  if (!error && real.is_absolute()) return real.string();
  const fs::path absolute = fs::absolute(path, error);
  return error ? path.string() : absolute.string();
}

Status make_folders(Io& io, const fs::path& folder) {
  if (folder.empty() || io.mkdir(folder.c_str(), 0777) == 0 || errno == EEXIST) return Done{};
  if (errno == ENOENT && folder.has_relative_path()) {
    Status above = make_folders(io, folder.parent_path());
    if (!above) return above;
    if (io.mkdir(folder.c_str(), 0777) == 0 || errno == EEXIST) return Done{};
  }
  return io_error("cannot create the folder", errno, folder.string());
}

/// Whether `path` still leads to the open file.
bool leads_to(const std::string& path, const File& file) {
  struct stat at_path {};
  struct stat opened {};
  return file.io().stat(path.c_str(), &at_path) == 0 && file.io().fstat(file.fd(), &opened) == 0 &&
         at_path.st_dev == opened.st_dev && at_path.st_ino == opened.st_ino;
}

}  // namespace

std::optional<mode_t> parse_permissions(std::string_view text) {
  mode_t mode = 0;
  const char* end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, mode, 8);
  if (error != std::errc{} || read != end || mode > 0777U) return std::nullopt;
  return mode;
}

Result<OutputFile> OutputFile::open(StageContext& context, const std::string& path,
                                    const OutputFileOptions& options) {
  // When stdout is a file, the second name leads to it, but replacing that file would take away
  // what others wrote to it before.
  if (path == "-" || path == "/dev/stdout") {
    OutputFile output(context, Kind::direct, path);
    output.file_ = File(context.io(), STDOUT_FILENO, "standard output", false);
    return output;
  }
  Result<std::optional<struct stat>> found = look_at(context.io(), path);
  if (!found) return std::move(found).error();
  const struct stat* existing = found.value() ? &*found.value() : nullptr;
  if ((existing != nullptr && S_ISDIR(existing->st_mode)) || path.ends_with('/')) {
    return refusal("cannot write: this is a folder", path);
  }
  if (existing != nullptr && !S_ISREG(existing->st_mode)) {
    if (options.permissions) {
      return refusal("cannot set the permissions: this is no regular file", path);
    }
    return open_special(context, path, *existing);
  }

  if (existing != nullptr && !options.overwrite) return already_there(path);

  const fs::path place = follow_links(path);
  if (options.create_folders) {
    Status made = make_folders(context.io(), place.parent_path());
    if (!made) return std::move(made).error();
  }
  OutputFile output(context, options.append ? Kind::appended : Kind::temporary,
                    one_spelling(place));
  output.options_ = options;
  Status claimed = context.claims().writing(output.path_, existing);
  if (!claimed) return std::move(claimed).error();
  if (output.kind_ == Kind::temporary) {
    Status free = output.claim_partial();
    if (!free) return std::move(free).error();
  }
  Status opened = options.append ? output.open_appended(existing) : output.open_temporary(existing);
  if (!opened) return std::move(opened).error();
  return output;
}

Result<OutputFile> OutputFile::open_special(StageContext& context, const std::string& path,
                                            const struct stat& existing) {
  if (S_ISSOCK(existing.st_mode)) return refusal("cannot write: this is a socket", path);
  if (S_ISFIFO(existing.st_mode)) {
    Status claimed = context.claims().writing(one_spelling(path), &existing);
    if (!claimed) return std::move(claimed).error();
    return OutputFile(context, Kind::fifo, path);
  }
  // Devices are not claimed: any number of sinks may write /dev/null.
  OutputFile output(context, Kind::direct, path);
  Result<File> file = File::open(context.io(), path, O_WRONLY | O_NOCTTY);
  if (!file) return std::move(file).error();
  output.file_ = std::move(file).value();
  return output;
}

Status OutputFile::claim_partial() {
  // What an earlier run left is about to be removed, and may be what a source of this run reads.
  Result<std::optional<struct stat>> found = look_at(context_->io(), partial_path());
  if (!found) return std::move(found).error();
  return context_->claims().writing(partial_path(), found.value() ? &*found.value() : nullptr);
}

Status OutputFile::open_appended(const struct stat* existing) {
  Result<File> file = File::open(context_->io(), path_, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY);
  if (!file) return std::move(file).error();
  file_ = std::move(file).value();
  // Blocks of two runs would land between each other's lines.
  if (context_->io().flock(file_.fd(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return refusal("cannot write: another run is writing this", path_);
  }
  Result<struct stat> status = file_.status();
  if (!status) return std::move(status).error();
  has_earlier_content_ = status.value().st_size > 0;
  return existing == nullptr && options_.permissions ? set_permissions(*options_.permissions)
                                                     : Done{};
}

Status OutputFile::open_temporary(const struct stat* existing) {
  if (existing == nullptr && !options_.permissions) return make_partial(0666);
  // A rename needs no right to the file it replaces; a user who protected it expects more.
  if (existing != nullptr) {
    Result<File> writable = File::open(context_->io(), path_, O_WRONLY | O_NOCTTY);
    if (!writable) return std::move(writable).error();
  }
  const mode_t mode = options_.permissions ? *options_.permissions : existing->st_mode & 0777U;
  // Never open to more people than the finished file, and always to who writes it.
  Status made = make_partial(mode | S_IWUSR);
  return made ? set_permissions(mode) : made;
}

/// The umask took its part of what open was told.
Status OutputFile::set_permissions(mode_t mode) {
  if (::fchmod(file_.fd(), mode) == 0) return Done{};
  return io_error("cannot set the permissions", errno, file_.name());
}

Status OutputFile::make_partial(mode_t mode) {
  Io& io = context_->io();
  const std::string path = partial_path();
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    file_ = try_open(io, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
    if (!file_ && errno != EEXIST) return io_error("cannot create", errno, path);
    lock_ = try_open(io, path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
    if (!lock_) {
      if (errno == ENOENT) continue;
      return io_error("cannot open", errno, path);
    }
    if (io.flock(lock_.fd(), LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return refusal("cannot write: another run is writing this", path);
      return io_error("cannot lock", errno, path);
    }
    // Only who holds the lock of what is at `path` may remove it, so these stay true.
    if (!leads_to(path, lock_)) continue;
    if (file_) {
      if (leads_to(path, file_)) return Done{};
      continue;
    }
    if (io.unlink(path.c_str()) != 0) {
      return io_error("cannot remove what an earlier run left", errno, path);
    }
  }
  return io_error("cannot create", EAGAIN, path);
}

Result<Next> OutputFile::connect() {
  if (file_ || kind_ != Kind::fifo) return Next::again;
  Io& io = context_->io();
  while (true) {
    // Without O_NONBLOCK, open would wait for a reader and nothing could end that wait.
    file_ = try_open(io, path_, O_WRONLY | O_NONBLOCK | O_NOCTTY);
    if (file_) return Next::again;
    if (errno != ENXIO) return io_error("cannot open", errno, path_);
    if (context_->stop_requested()) return Next::finished;
    io.poll(nullptr, 0, retry_ms);
  }
}

Status OutputFile::commit() {
  Io& io = context_->io();
  if (options_.force_to_disk && io.fsync(file_.fd()) != 0) {
    return io_error("cannot force to disk", errno, file_.name());
  }
  Status closed = file_.close();
  if (!closed) return closed;
  if (kind_ == Kind::temporary) {
    const std::string partial = partial_path();
    const int renamed = options_.overwrite ? io.rename(partial.c_str(), path_.c_str())
                                           : io.rename_new(partial.c_str(), path_.c_str());
    if (renamed != 0 && errno == EEXIST) return already_there(path_);
    if (renamed != 0) {
      return io_error("cannot rename the finished " + partial_path(), errno, path_);
    }
    lock_ = {};
  }
  return options_.force_to_disk ? force_folder() : Done{};
}

Status OutputFile::force_folder() const {
  Io& io = context_->io();
  const std::string folder = fs::path(path_).parent_path().string();
  Result<File> opened = File::open(io, folder, O_RDONLY | O_DIRECTORY);
  if (!opened) return std::move(opened).error();
  if (io.fsync(opened.value().fd()) == 0) return Done{};
  return io_error("cannot force the folder to disk", errno, folder);
}

}  // namespace sluice
