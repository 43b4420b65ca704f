// Access logs as Apache httpd and nginx write them: the Common Log Format and, with referrer and
// agent behind it, the combined one.
//
//   CLIENT IDENT USER [TIME] "METHOD PATH PROTOCOL" STATUS BYTES "REFERRER" "AGENT"
//
// The source is Apache's documentation of mod_log_config. A quote inside a quoted text has a
// backslash in front; texts are given as they are written, backslashes included. `-` stands for "no
// value" and becomes null. The time is a timestamp; it is only looked at where it is wanted. What
// follows the last field (further fields of a longer format) is not
// looked at, except that every quote in it must be closed.
#pragma once

#include <cstdint>
#include <vector>

#include "stages/support/access_time.h"
#include "stages/support/record_format.h"

namespace sluice {

enum class AccessLogFormat : std::uint8_t { common, combined };

/// The fields of a format, in the order in which they stand: client, ident, user, time, method,
/// path, protocol, status, bytes, referrer, agent.
std::vector<Field> access_log_fields(AccessLogFormat format);

class AccessLogParser final : public RecordParser {
 public:
  /// REQUIRES: every one of `wanted` is a field of the format.
  AccessLogParser(AccessLogFormat format, const std::vector<std::string>& wanted);

  ParseProblem parse(std::string_view text, std::size_t row, TextArena& arena) override;

 private:
  enum Name : std::uint8_t {
    client,
    ident,
    user,
    time,
    method,
    path,
    protocol,
    status,
    bytes,
    referrer,
    agent,
    name_count,
  };
  static constexpr std::size_t not_wanted = ~std::size_t{0};

  ParseProblem parse_front(std::string_view text, std::size_t quote, std::size_t row);
  void parse_request(std::string_view request, std::size_t row) const;
  ParseProblem parse_numbers(std::string_view text, std::size_t from, std::size_t row) const;
  bool wants(Name name) const noexcept { return columns_of_[name] != not_wanted; }
  void put(Name name, std::size_t row, std::string_view value) const noexcept;
  bool put_number(Name name, std::size_t row, std::string_view value) const noexcept;

  AccessLogFormat format_;
  std::vector<std::size_t> columns_of_;  ///< By Name: number of the wanted field.
  AccessTime time_;
  bool wants_front_ = false;
  bool wants_request_ = false;
};

/// combined, common.
std::optional<RecordFormat> bind_access_log(const FormatOptions& options, FormatMistake& mistake);

}  // namespace sluice
