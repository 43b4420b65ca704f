// The questions about records: which log they are asked of, how sluice is asked, and in which words
// answers may differ.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::bench {

/// The access log; the same in the order of two servers whose logs were joined; the JSON lines of
/// applications; the system log in the format of RFC 5424. See Corpus.
enum class Log : std::uint8_t { access, joined, app, system };

/// What a log is asked.
enum class Question : std::uint8_t {
  // Of lines.
  all,      ///< For all of them.
  literal,  ///< For those with a literal.
  regex,    ///< For those that match a regular expression.
  // Of records.
  status_sums,      ///< For the number of requests and the sum of their bytes, by status.
  server_errors,    ///< For the requests that ended with a status of 500 or more.
  top_paths,        ///< For the ten paths that were asked for most.
  clients_by_hour,  ///< For the number of distinct clients in each hour.
  redact,           ///< For all lines without their e-mail and IPv4 addresses.
  sort_by_time,     ///< For all lines in the order of their times.
  errors,           ///< For the records whose level is ERROR.
  error_fields,     ///< For four fields of those.
  fields,           ///< For four fields of all records.
  latencies,        ///< For the 50th, 95th and 99th percentile of a duration, by service.
  system_json,      ///< For all records as JSON.
};

/// How answers are compared.
enum class Form : std::uint8_t {
  bytes,      ///< As they are.
  table,      ///< As rows of cells in any order, with or without a heading.
  estimates,  ///< So, and numbers may differ by a share.
  json,       ///< As JSON without white space and needless escapes.
};

struct RecordQuestion {
  Question question;
  Log log;
  Form form;
  std::string_view stages;    ///< Of a sluice config, between the source and the sink.
  std::string_view encoding;  ///< Of the sink.
  double tolerance = 0;       ///< Of Form::estimates: 0.01 is 1 %.
};

/// Null for a question about lines.
const RecordQuestion* find_record_question(Question question);

}  // namespace sluice::bench
