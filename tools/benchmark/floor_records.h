// What the floors of the workloads about records have of their own.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "tools/benchmark/floor_parts.h"

namespace sluice::bench {

/// Requests and bytes by status. Whatever is no line of an access log is not counted.
class StatusSums {
 public:
  /// Adds whole lines.
  void add(std::string_view lines) noexcept;
  void merge(const StatusSums& other) noexcept;

  /// As CSV with a heading.
  std::string print() const;

 private:
  struct Group {
    std::uint64_t hits = 0;
    std::uint64_t bytes = 0;
  };
  std::array<Group, 1000> groups_{};  ///< By status.
};

/// A file that sluice has compressed: its members or frames, whose sizes are known beforehand, are
/// decoded by the threads that ask, all at once. REQUIRES: each holds the end of a line.
class FrameFeed final : public Feed {
 public:
  static Result<std::unique_ptr<FrameFeed>> open(File file, std::uint64_t size_bytes,
                                                 Compression compression);
  ~FrameFeed() override;

  Result<bool> next(Chunk& chunk) override;

 private:
  struct Frame {
    std::string_view stored;
    std::string begun_line;  ///< What is behind its last line end.
    bool is_decoded = false;
  };

  FrameFeed(File file, std::string_view mapped, Compression compression)
      : file_(std::move(file)), mapped_(mapped), compression_(compression) {}
  Status index();
  Result<std::size_t> decode(std::string_view stored, Memory& memory) const;

  File file_;
  std::string_view mapped_;
  Compression compression_;
  std::vector<Frame> frames_;
  std::atomic<std::uint64_t> next_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool failed_ = false;
};

}  // namespace sluice::bench
