#include "tools/benchmark/questions.h"

#include <algorithm>
#include <array>

namespace sluice::bench {
namespace {

/// Four times the standard error of the estimate.
constexpr double distinct_tolerance = 0.033;
/// The stated error of a quantile is 1 %, but programs do not agree on which value it is, and in a
/// small log the one beside it is further away.
constexpr double quantile_tolerance = 0.05;

constexpr std::array<RecordQuestion, 11> record_questions{{
    {Question::status_sums, Log::access, Form::table,
     R"(      - parse: combined
      - transform: aggregate
        group_by: [status]
        compute: {hits: count(), bytes: sum(bytes)}
)",
     "csv"},
    {Question::server_errors, Log::access, Form::bytes,
     R"(      - parse: combined
      - filter: {where: status >= 500}
)",
     "raw"},
    {Question::top_paths, Log::access, Form::table,
     R"(      - parse: combined
      - top: {by: path, n: 10}
      - keep: [count, path]
)",
     "csv"},
    {Question::clients_by_hour, Log::access, Form::estimates,
     R"(      - parse: combined
      - transform: aggregate
        window: 1h
        compute: {clients: distinct(client)}
)",
     "csv", distinct_tolerance},
    {Question::redact, Log::access, Form::bytes,
     R"(      - redact: {presets: [email, ipv4]}
)",
     "raw"},
    {Question::sort_by_time, Log::joined, Form::bytes,
     R"(      - parse: combined
      - sort: {by: time}
)",
     "raw"},
    {Question::errors, Log::app, Form::json,
     R"(      - parse: json
      - filter: {where: 'level == "ERROR"'}
)",
     "raw"},
    {Question::error_fields, Log::app, Form::json,
     R"(      - parse: json
      - filter: {where: 'level == "ERROR"'}
      - keep: [time, service, duration_ms, message]
)",
     "jsonl"},
    {Question::fields, Log::app, Form::json,
     R"(      - parse: json
      - keep: [time, service, duration_ms, message]
)",
     "jsonl"},
    {Question::latencies, Log::app, Form::estimates,
     R"(      - parse: json
      - transform: aggregate
        group_by: [service]
        compute:
          half: quantile(duration_ms, 0.5)
          most: quantile(duration_ms, 0.95)
          nearly_all: quantile(duration_ms, 0.99)
)",
     "csv", quantile_tolerance},
    {Question::system_json, Log::system, Form::json,
     R"(      - parse: syslog
)",
     "jsonl"},
}};

}  // namespace

const RecordQuestion* find_record_question(Question question) {
  const auto* const found =
      std::find_if(record_questions.begin(), record_questions.end(),
                   [&](const RecordQuestion& entry) { return entry.question == question; });
  return found == record_questions.end() ? nullptr : found;
}

}  // namespace sluice::bench
