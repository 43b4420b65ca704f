// A made-up access log in the combined format of Apache httpd and nginx, for trying things out and
// for measuring: `CLIENT - USER [TIME] "METHOD PATH HTTP/1.1" STATUS SIZE "REFERRER" "AGENT"`.
//
// The mix is that of a busy web shop: some 80 % of the answers are good, 14 % are 404, 301 or 304,
// 1.3 % are 500, 502 or 503; 3 % of the requests have an e-mail address in their query; 3 % of the
// clients use IPv6. Times never go back: there are 50 requests a second.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice {

/// Any record of a log that is endless and depends on nothing but its seed: the same on all
/// machines, and different from one seed to another. One thread at a time, but several objects with
/// the same seed make parts of the same log.
class AccessLog {
 public:
  /// No record is longer, its LF included.
  static constexpr std::size_t longest_record_bytes = 400;
  /// About what a record has on average, its LF included.
  static constexpr std::size_t mean_record_bytes = 226;

  explicit AccessLog(std::uint64_t seed) noexcept;

  /// Writes record `index` to `to`, where longest_record_bytes must fit, and returns its end.
  char* write(std::uint64_t index, char* to) noexcept;

 private:
  static constexpr std::size_t time_size = 26;  ///< "01/Mar/2025:00:00:00 +0000".

  char* write_time(std::uint64_t index, char* to) noexcept;

  std::uint64_t seed_;
  std::uint64_t written_second_;  ///< What time_ shows.
  std::array<char, time_size> time_{};
};

}  // namespace sluice
