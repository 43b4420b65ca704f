#include "stages/support/refused_records.h"

#include <utility>

#include "engine/base/json_text.h"

namespace sluice {

bool OptionType<RefusalPolicy>::parse(const Value& value, RefusalPolicy& to, std::string& why) {
  to = {};
  if (value.kind() == Value::Kind::map) {
    for (const Entry& entry : value.entries()) {
      if (entry.key != "to") {
        why = "there is no such key: '" + entry.key + "'; there is `to`";
        return false;
      }
      if (!OptionType<std::string>::parse(entry.value, to.path, why)) return false;
    }
    to.kind = RefusalPolicy::Kind::keep;
    if (to.path.empty()) why = "it needs a file, as in `{to: refused.jsonl}`";
    return !to.path.empty();
  }
  std::string word;
  if (!OptionType<std::string>::parse(value, word, why)) return false;
  if (word == "drop") to.kind = RefusalPolicy::Kind::drop;
  if (word == "fail" || word == "drop") return true;
  why = "expected `fail`, `drop` or a map, as in `{to: refused.jsonl}`";
  return false;
}

std::string OptionType<RefusalPolicy>::print(const RefusalPolicy& value) {
  if (value.kind == RefusalPolicy::Kind::keep) return "{to: " + value.path + "}";
  return value.kind == RefusalPolicy::Kind::drop ? "drop" : "fail";
}

Status RefusedRecords::open(const RefusalPolicy& policy, StageContext& context) {
  policy_ = policy;
  context_ = &context;
  if (policy_.kind != RefusalPolicy::Kind::keep) return Done{};
  OutputFileOptions options;
  options.append = true;
  Result<OutputFile> file = OutputFile::open(context, policy_.path, options);
  if (!file) return std::move(file).error();
  file_ = std::move(file).value();
  return Done{};
}

Status RefusedRecords::add(std::string_view record, const Error& problem) {
  if (policy_.kind == RefusalPolicy::Kind::fail) return problem;
  const bool is_kept = policy_.kind == RefusalPolicy::Kind::keep;
  context_->bad(is_kept ? BadRecord::dead_lettered : BadRecord::rejected, "refused", 1,
                to_string(problem));
  if (!is_kept) return Done{};
  pending_ +=
      R"({"error":)" + json_quoted(problem.message) + R"(,"record":)" + json_quoted(record) + "}\n";
  return Done{};
}

Status RefusedRecords::flush() {
  if (pending_.empty()) return Done{};
  if (const Result<Next> connected = file_->connect(); !connected) return connected.error();
  return file_->file().write_all(std::exchange(pending_, {}));
}

}  // namespace sluice
