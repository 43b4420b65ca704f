#include "stages/support/raw_writer.h"

#include <poll.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>

#include "stages/support/pipe_pace.h"
#include "stages/support/terminal_text.h"

namespace sluice {
namespace {

/// How soon a writer that waits notices that the run is given up.
constexpr int patience_ms = 50;

iovec piece_of(std::string_view bytes) {
  // writev takes what it only reads as non-const.
  return {const_cast<char*>(bytes.data()), bytes.size()};  // NOLINT(*-const-cast)
}

/// Takes the first `count` bytes away.
std::span<iovec> without_front(std::span<iovec> pieces, std::size_t count) {
  while (!pieces.empty() && count >= pieces.front().iov_len) {
    count -= pieces.front().iov_len;
    pieces = pieces.subspan(1);
  }
  if (!pieces.empty()) {
    iovec& first = pieces.front();
    first.iov_base = static_cast<char*>(first.iov_base) + count;
    first.iov_len -= count;
  }
  return pieces;
}

}  // namespace

RawWriter::RawWriter(File& file, const StageContext& context)
    : file_(file),
      context_(context),
      is_terminal_(::isatty(file.fd()) == 1),
      is_large_pipe_(is_large_pipe(file.fd())) {
  collected_.reserve(block_bytes);
}

Result<Next> RawWriter::write(const Batch& batch) {
  Status status = Done{};
  joiner_.pieces(batch, [&](std::string_view piece) {
    if (status) status = accept(piece);
  });
  if (!status) return std::move(status).error();
  return next();
}

Result<Next> RawWriter::write(std::string_view bytes) {
  Status status = accept(bytes);
  if (!status) return std::move(status).error();
  return next();
}

Status RawWriter::flush() { return send({}); }

void RawWriter::flush_without_waiting() noexcept {
  // A pipe that is full would hold a blocking write for as long as its reader likes.
  if (collected_.empty() || !is_room(0)) return;
  may_wait_ = false;
  const Status status = send({});
  // The run has its error, or its user who stopped it, already.
  static_cast<void>(status);
}

Status RawWriter::accept(std::string_view bytes) {
  accepted_bytes_ += bytes.size();
  if (!is_terminal_) return collect(bytes);
  shown_.clear();
  append_for_terminal(bytes, shown_);
  return collect(shown_);
}

Status RawWriter::collect(std::string_view bytes) {
  if (bytes.size() >= direct_bytes) return send(bytes);
  if (collected_.size() + bytes.size() > block_bytes) {
    // Fills the block, so that all blocks have the same size, which files like.
    const std::size_t fits = block_bytes - collected_.size();
    collected_.append(bytes.substr(0, fits));
    bytes.remove_prefix(fits);
    Status status = send({});
    if (!status) return status;
  }
  collected_.append(bytes);
  return Done{};
}

Status RawWriter::send(std::string_view piece) {
  std::array<iovec, 2> both{piece_of(collected_), piece_of(piece)};
  std::span<iovec> left = without_front(both, 0);
  while (!left.empty() && !closed_) {
    const ssize_t count = file_.io().writev(file_.fd(), left.data(), static_cast<int>(left.size()));
    if (count >= 0) {
      left = without_front(left, static_cast<std::size_t>(count));
      const bool has_little_room = static_cast<std::size_t>(count) < little_for_pipe;
      if (is_large_pipe_ && may_wait_ && has_little_room && !left.empty()) pause();
    } else if (errno == EAGAIN) {
      if (!may_wait_ || context_.stop_requested()) closed_ = true;
      if (!closed_) is_room(patience_ms);
    } else if (errno == EPIPE || errno == ECANCELED) {
      closed_ = true;
    } else if (errno != EINTR) {
      closed_ = true;
      return io_error("cannot write", errno, file_.name());
    }
  }
  collected_.clear();
  return Done{};
}

void RawWriter::pause() const { file_.io().poll(nullptr, 0, static_cast<int>(pipe_pause.count())); }

bool RawWriter::is_room(int timeout_ms) const {
  pollfd descriptor{file_.fd(), POLLOUT, 0};
  return file_.io().poll(&descriptor, 1, timeout_ms) > 0;
}

}  // namespace sluice
