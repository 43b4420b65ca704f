// What a stage may ask of the engine while it opens and works.
#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/clock.h"
#include "engine/base/io.h"
#include "engine/base/result.h"

namespace sluice {

/// The files one run of the program reads and writes, so that nothing is overwritten while it is
/// read. Thread-safe.
class FileClaims {
 public:
  void reading(const struct stat& file, std::string_view name);
  /// Claims `path` for writing. `existing` is the status of what is there now, or null. An error
  /// (bad_config) when a source reads the same file or another sink writes the same path.
  Status writing(const std::string& canonical_path, const struct stat* existing);

 private:
  std::mutex mutex_;
  std::map<std::pair<dev_t, ino_t>, std::string> read_;
  std::set<std::string> written_;
};

/// Counts of what happened to records that did not go the usual way, by reason. Thread-safe.
class Incidents {
 public:
  /// `reason` is a short stable word: "oversize_truncated", "corrupt_tail". Logged with `detail`
  /// once per reason; counted always.
  void add(std::string_view reason, std::uint64_t count, std::string detail);
  struct Entry {
    std::uint64_t count = 0;
    std::string first;  ///< Detail of the first one.
  };
  std::map<std::string, Entry, std::less<>> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// One per stage, alive as long as the stage. Safe from any thread.
class StageContext {
 public:
  StageContext(Io& io, Clock& clock, FileClaims& claims) noexcept
      : io_(io), clock_(clock), claims_(claims) {}

  Io& io() const noexcept { return io_; }
  Clock& clock() const noexcept { return clock_; }
  FileClaims& claims() const noexcept { return claims_; }

  /// True when the run is being given up; for calls that take longer than 50 ms.
  bool stop_requested() const noexcept { return stop_.load(std::memory_order_relaxed); }
  void request_stop() noexcept { stop_.store(true, std::memory_order_relaxed); }

  /// `records` bad records that are not delivered; they count as in but not as out.
  void reject(std::string_view reason, std::uint64_t records, std::string detail);
  /// Something the user should hear about that cost no record.
  void warn(std::string_view reason, std::uint64_t count, std::string detail);

  std::uint64_t rejected() const noexcept { return rejected_.load(std::memory_order_relaxed); }
  const Incidents& incidents() const noexcept { return incidents_; }

 private:
  Io& io_;
  Clock& clock_;
  FileClaims& claims_;
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> rejected_{0};
  Incidents incidents_;
};

}  // namespace sluice
