// What the APIs of log stores want to know of a record beside the record: a line of its own in
// front of it, made from its fields. Records so become pairs of lines, which HttpBody makes bodies
// of.
//
//   Elasticsearch (bulk API)   {"create":{"_index":"logs-web","_id":"17"}}
//                              {"@timestamp":"2026-11-29T10:00:00Z","status":200}
//   Loki (push API)            {"app":"web","level":"info"}
//                              ["1795946400000000000","the text of the record"]
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/support/encoding.h"
#include "stages/support/record_encoding.h"

namespace sluice {

enum class EnvelopeKind : std::uint8_t { elasticsearch, loki };

/// See EncodingPlan::envelope. Outputs are those of the plan, by their numbers.
struct RecordEnvelope {
  EnvelopeKind kind = EnvelopeKind::elasticsearch;
  std::size_t own_outputs =
      0;               ///< So many, the first ones, are the record's; others are read here.
  std::string action;  ///< Of Elasticsearch.
  PlannedText index;   ///< Of Elasticsearch; empty: the URL says it.
  std::optional<std::size_t> id;                            ///< Of Elasticsearch.
  std::vector<std::pair<std::string, PlannedText>> labels;  ///< Of Loki.
  std::optional<std::size_t> timestamp;
};

/// `inner` writes the record, on one line. REQUIRES: plan.envelope.
std::unique_ptr<RecordEncoding> make_enveloped_encoding(const EncodingPlan& plan,
                                                        std::unique_ptr<RecordEncoding> inner);

}  // namespace sluice
