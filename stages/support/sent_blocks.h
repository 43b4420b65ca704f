// What was sent last, to be sent again when the connection it went over is lost: the system may
// have accepted it and the peer never have read it.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace sluice {

/// Keeps the last blocks, in their order. Not thread-safe.
class SentBlocks {
 public:
  /// `least`: how many bytes it keeps at least, once so many were sent; 0: it keeps nothing.
  explicit SentBlocks(std::size_t least) noexcept : least_(least) {}

  /// Whole blocks, each of which can be sent again by itself.
  void add(std::string_view block) {
    if (least_ == 0 || block.empty()) return;
    blocks_.emplace_back(block);
    bytes_ += block.size();
    while (bytes_ - blocks_.front().size() >= least_) {
      bytes_ -= blocks_.front().size();
      blocks_.pop_front();
    }
  }

  const std::deque<std::string>& blocks() const noexcept { return blocks_; }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::size_t least_;
  std::size_t bytes_ = 0;
  std::deque<std::string> blocks_;
};

}  // namespace sluice
