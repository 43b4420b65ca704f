#include "stages/support/spill_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

namespace sluice {
namespace {

constexpr int usual_flags = O_RDWR | O_CLOEXEC;
constexpr mode_t only_owner = 0600;

/// A file that has a name for a moment.
Result<File> open_named(Io& io, const std::string& folder) {
  std::random_device random;
  for (int attempt = 0; attempt < 16; ++attempt) {
    const std::string path =
        folder + "/.sluice-spill-" + std::to_string(getpid()) + "-" + std::to_string(random());
    const int fd = io.open(path.c_str(), usual_flags | O_CREAT | O_EXCL, only_owner);
    if (fd < 0 && (errno == EEXIST || errno == EINTR)) continue;
    if (fd < 0) return io_error("cannot make a temporary file", errno, folder);
    File file(io, fd, folder);
    if (io.unlink(path.c_str()) != 0) {
      return io_error("cannot unlink a temporary file", errno, path);
    }
    return file;
  }
  return io_error("cannot make a temporary file", EEXIST, folder);
}

}  // namespace

Result<File> open_spill_file(Io& io, const std::string& folder) {
  int fd = -1;
  do {
    fd = io.open(folder.c_str(), O_TMPFILE | usual_flags, only_owner);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return File(io, fd, folder);
  // Kernels and file systems without O_TMPFILE take it for a folder that is to be written to.
  if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) return open_named(io, folder);
  return io_error("cannot make a temporary file", errno, folder);
}

Error spill_error(Error cause, const std::string& folder) {
  cause.message = "cannot write a temporary file for what does not fit in memory: " + cause.message;
  cause.file = folder;
  cause.offset.reset();
  return cause;
}

SpillWriter::SpillWriter(File& file, const std::string& folder)
    : file_(file),
      folder_(folder),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_bytes)) {}  // NOLINT(*-c-arrays)

Status SpillWriter::write(std::string_view bytes) {
  written_ += bytes.size();
  if (used_ + bytes.size() > buffer_bytes) {
    Status status = flush();
    if (!status) return status;
    if (bytes.size() >= buffer_bytes) {
      status = file_.write_all(bytes);
      if (status) return status;
      return spill_error(status.error(), folder_);
    }
  }
  std::memcpy(buffer_.get() + used_, bytes.data(), bytes.size());
  used_ += bytes.size();
  return Done{};
}

Status SpillWriter::flush() {
  const Status status = file_.write_all(std::span<const char>(buffer_.get(), used_));
  used_ = 0;
  if (status) return status;
  return spill_error(status.error(), folder_);
}

Result<std::uint64_t> SpillWriter::finish() {
  Status status = flush();
  if (!status) return std::move(status).error();
  return written_;
}

}  // namespace sluice
