// What a stage may ask of the engine while it opens and works.
#pragma once

#include <sys/stat.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/io.h"
#include "engine/base/log.h"
#include "engine/base/result.h"
#include "engine/stage/bad_shapes.h"

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
  void add(std::string_view reason, std::uint64_t count, std::string detail,
           bool is_bad_record = false);
  struct Entry {
    std::uint64_t count = 0;
    std::string first;           ///< Detail of the first one.
    bool is_bad_record = false;  ///< BadShapes has more of it.
  };
  std::map<std::string, Entry, std::less<>> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
};

/// What a stage found out about its input and tells when the run has ended: sums, counts. Under
/// short stable names, in the order in which they were first mentioned. Thread-safe.
class Findings {
 public:
  void set(std::string_view name, std::string text);
  /// A number that begins at 0, to be added to by any thread; lives as long as this.
  std::atomic<std::uint64_t>& number(std::string_view name);
  struct Entry {
    std::string name;
    std::variant<std::uint64_t, std::string> value;
  };
  std::vector<Entry> all() const;

 private:
  struct Finding {
    std::string name;
    std::optional<std::string> text;  ///< None: it is the number.
    std::atomic<std::uint64_t> number{0};
  };
  Finding& find(std::string_view name);

  mutable std::mutex mutex_;
  std::list<Finding> findings_;
};

/// What becomes of a record that a stage cannot work with.
enum class BadRecord : std::uint8_t {
  rejected,       ///< It is not delivered: it counts as in but not as out.
  kept,           ///< It goes on with the others.
  dead_lettered,  ///< It goes to the output `errors`.
};

/// One per stage, alive as long as the stage. Safe from any thread.
class StageContext {
 public:
  StageContext(Io& io, Clock& clock, FileClaims& claims, unsigned threads = 1) noexcept
      : io_(io), clock_(clock), claims_(claims), threads_(threads) {}

  Io& io() const noexcept { return io_; }
  Clock& clock() const noexcept { return clock_; }
  FileClaims& claims() const noexcept { return claims_; }
  /// Compute threads of the run (engine.threads).
  unsigned threads() const noexcept { return threads_; }

  /// True when the run is being given up; for calls that take longer than 50 ms.
  bool stop_requested() const noexcept { return stop_.load(std::memory_order_relaxed); }
  void request_stop() noexcept { stop_.store(true, std::memory_order_relaxed); }

  /// Counts `records` bad records.
  void bad(BadRecord fate, std::string_view reason, std::uint64_t records, std::string detail);
  void reject(std::string_view reason, std::uint64_t records, std::string detail) {
    bad(BadRecord::rejected, reason, records, std::move(detail));
  }
  /// The same for records that are not only counted but grouped.
  void bad(BadRecord fate, const std::string& reason, const std::string& shape,
           std::uint64_t records, BadSample first);
  const BadShapes& bad_shapes() const noexcept { return bad_shapes_; }
  /// Something the user should hear about that cost no record.
  void warn(std::string_view reason, std::uint64_t count, std::string detail);

  /// Writes a line to the log of the run at once: what people and scripts wait for (an address that
  /// was bound, a peer that is gone). The names of pipeline and stage are put in front of `fields`.
  void log(LogLevel level, std::string_view event, LogFields fields = {}) const;
  /// Says which log that is, and whose lines they are. Before the run; until then, and without it,
  /// nothing is written. `log` outlives this.
  void log_to(Log& log, std::string pipeline, std::string stage);

  /// What the last report shows beside the numbers that every stage has.
  Findings& findings() noexcept { return findings_; }
  const Findings& findings() const noexcept { return findings_; }

  /// Counts records that were found bad above and have no part in what this stage makes: filtered.
  void leave_out(std::uint64_t records) noexcept {
    left_out_.fetch_add(records, std::memory_order_relaxed);
  }
  std::uint64_t left_out() const noexcept { return left_out_.load(std::memory_order_relaxed); }

  std::uint64_t count(BadRecord fate) const noexcept {
    return bad_[static_cast<std::size_t>(fate)].load(std::memory_order_relaxed);
  }
  std::uint64_t rejected() const noexcept { return count(BadRecord::rejected); }
  const Incidents& incidents() const noexcept { return incidents_; }

 private:
  Io& io_;
  Clock& clock_;
  FileClaims& claims_;
  unsigned threads_;
  std::atomic<bool> stop_{false};
  std::array<std::atomic<std::uint64_t>, 3> bad_{};  ///< By BadRecord.
  std::atomic<std::uint64_t> left_out_{0};
  Incidents incidents_;
  BadShapes bad_shapes_;
  Findings findings_;
  Log* log_ = nullptr;
  std::string pipeline_;
  std::string stage_;
};

}  // namespace sluice
