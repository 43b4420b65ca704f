#include "stages/support/bulk_answer.h"

#include <simdjson.h>

#include <cstdint>

namespace sluice {
namespace {

namespace dom = simdjson::dom;

Error no_answer(const std::string& what) {
  Error error;
  error.code = ErrorCode::corrupt_input;
  error.message = "this is no answer of the bulk API: " + what;
  return error;
}

/// {"type": ..., "reason": ...}, or a text in old versions.
std::string reason_of(const dom::element& result) {
  dom::element error;
  if (result["error"].get(error) != simdjson::SUCCESS) return {};
  std::string_view part;
  if (error.get(part) == simdjson::SUCCESS) return std::string(part);
  std::string text;
  for (const char* key : {"type", "reason"}) {
    if (error[key].get(part) == simdjson::SUCCESS) (text += text.empty() ? "" : ": ") += part;
  }
  return text;
}

}  // namespace

Result<std::vector<BulkFailure>> read_bulk_answer(std::string_view text, std::size_t count) {
  constexpr std::int64_t conflict = 409;
  dom::parser parser;
  dom::element answer;
  if (const auto error = parser.parse(text.data(), text.size()).get(answer)) {
    return no_answer(simdjson::error_message(error));
  }
  std::vector<BulkFailure> failures;
  bool has_errors = true;
  if (answer["errors"].get(has_errors) == simdjson::SUCCESS && !has_errors) return failures;
  dom::array items;
  if (answer["items"].get(items) != simdjson::SUCCESS) return no_answer("it has no list of items");
  std::size_t number = 0;
  for (const dom::element item : items) {
    dom::object action;
    std::int64_t status = 0;
    const bool is_item = item.get(action) == simdjson::SUCCESS && action.begin() != action.end();
    if (!is_item || action.begin().value()["status"].get(status) != simdjson::SUCCESS) {
      return no_answer("item " + std::to_string(number) + " has no status");
    }
    const bool is_there = status == conflict && action.begin().key() == "create";
    if (status / 100 != 2 && !is_there) {
      failures.push_back({number, static_cast<long>(status), reason_of(action.begin().value())});
    }
    ++number;
  }
  if (number != count) {
    return no_answer("it has " + std::to_string(number) + " items, of " + std::to_string(count));
  }
  return failures;
}

}  // namespace sluice
