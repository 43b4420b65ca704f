// What becomes of records that a server will not have: the option `on_error` of sinks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/stage/option.h"
#include "engine/stage/stage_context.h"
#include "stages/support/output_file.h"

namespace sluice {

/// `on_error: fail`, `drop` or `{to: PATH}`.
struct RefusalPolicy {
  enum class Kind : std::uint8_t { fail, drop, keep };
  Kind kind = Kind::fail;
  std::string path;  ///< Of what is kept.
};

template <>
struct OptionType<RefusalPolicy> {
  static std::string name() { return "fail, drop, or map of to"; }
  static bool parse(const Value& value, RefusalPolicy& to, std::string& why);
  static std::string print(const RefusalPolicy& value);
  static std::vector<std::string> choices() { return {}; }
};

/// Keeps or counts them. One thread at a time, and another one to open it.
class RefusedRecords {
 public:
  /// Once. Errors: as OutputFile::open has.
  Status open(const RefusalPolicy& policy, StageContext& context);

  /// A record was refused. An error, `problem`, when the run is to fail of it; io.
  Status add(std::string_view record, const Error& problem);
  /// Says that all of a body was dealt with: what is kept is in the file when this returns.
  Status flush();

 private:
  RefusalPolicy policy_;
  StageContext* context_ = nullptr;
  std::optional<OutputFile> file_;
  std::string pending_;
};

}  // namespace sluice
