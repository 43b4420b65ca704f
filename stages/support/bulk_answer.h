// What the bulk API of Elasticsearch (and OpenSearch) answers: what became of each record of a body
// (the reference of the API, "Bulk index or delete documents", "Response").
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace sluice {

/// What became of one record that is not stored.
struct BulkFailure {
  std::size_t number = 0;  ///< In the body.
  long status = 0;         ///< As of HTTP.
  std::string reason;
};

/// Those of `count` records that are not stored, in order. One that is there already, under its own
/// id, is (409 to `create`). Errors: corrupt_input when the answer is none, or of another number of
/// records.
Result<std::vector<BulkFailure>> read_bulk_answer(std::string_view text, std::size_t count);

}  // namespace sluice
