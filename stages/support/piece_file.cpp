#include "stages/support/piece_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <utility>

namespace sluice {
namespace {

/// What is worth a write of its own.
constexpr std::size_t direct_bytes = 64 << 10;

Error cannot_make() { return io_error("cannot make a file in memory", errno); }

}  // namespace

Status PieceFile::append(std::string_view text) {
  if (text.size() < direct_bytes) {
    small_.append(text);
    return small_.size() < direct_bytes ? Done{} : write_small();
  }
  Status written = write_small();
  return written ? write(text) : written;
}

Status PieceFile::write_small() {
  Status written = write(small_);
  small_.clear();
  return written;
}

Status PieceFile::write(std::string_view text) {
  if (text.empty()) return Done{};
  if (!file_) {
    const int fd = ::memfd_create("piece", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return cannot_make();
    file_ = File(io_, fd, "a file in memory");
  }
  written_ += text.size();
  return file_.write_all(std::span<const char>(text));
}

Result<File> PieceFile::take(std::size_t size) {
  Status status = write_small();
  if (status && size < written_) {
    small_.resize(written_ - size);
    const Result<std::size_t> rest = file_.read_at(small_, size);
    if (!rest) return rest.error();
    if (::ftruncate(file_.fd(), static_cast<off_t>(size)) != 0) return cannot_make();
  }
  if (!status) return std::move(status).error();
  constexpr int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
  if (::lseek(file_.fd(), 0, SEEK_SET) != 0 ||
      ::fcntl(file_.fd(), F_ADD_SEALS, seals) != 0) {  // NOLINT(*-vararg)
    return cannot_make();
  }
  written_ = 0;
  return std::exchange(file_, {});
}

}  // namespace sluice
