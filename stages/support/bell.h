// Telling a thread that polls, again and again, that there is something to do.
#pragma once

#include "engine/base/result.h"

namespace sluice {

/// Readable as a descriptor (an eventfd) from ring() until clear().
class Bell {
 public:
  Bell() = default;
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  ~Bell();

  /// Before anything else. Errors: io.
  Status open();
  /// From any thread.
  void ring() noexcept;
  /// On the thread that polls, before it looks for what there is to do.
  void clear() noexcept;
  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace sluice
