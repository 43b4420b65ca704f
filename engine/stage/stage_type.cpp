#include "engine/stage/stage_type.h"

#include <algorithm>

namespace sluice {

StageType::StageType() = default;
StageType::StageType(const StageType& other) = default;
StageType::StageType(StageType&& other) noexcept = default;
StageType& StageType::operator=(const StageType& other) = default;
StageType& StageType::operator=(StageType&& other) noexcept = default;
StageType::~StageType() = default;

std::unique_ptr<BoundStage> StageType::bind(const Value& given, Mark stage,
                                            Diagnostics& diagnostics) const {
  return binder->bind(*this, given, stage, diagnostics);
}

StageType stage_type_detail::type_of(Role role, std::string_view name, std::string_view summary) {
  StageType type;
  type.role = role;
  type.name = name;
  type.summary = summary;
  type.input = role == Role::source ? EdgeType::none : EdgeType::records;
  type.output = role == Role::sink ? EdgeType::none : EdgeType::records;
  return type;
}

void stage_type_detail::add_option(StageType& type, std::string_view name, std::string_view doc,
                                   bool required, std::string kind, std::string default_text,
                                   std::string check, std::vector<std::string> choices) {
  type.options.push_back({std::string(name), std::move(kind), std::string(doc),
                          std::move(default_text), std::move(check), std::move(choices), required});
}

void stage_type_detail::add_output(StageType& type, std::string_view name) {
  type.named_outputs.push_back({std::string(name), name == errors_output});
}

void OptionErrors::add(std::string_view option, std::string code, std::string message,
                       std::string hint) const {
  const Value* value = options_.find(option);
  diagnostics_.add(std::move(code), value != nullptr ? value->mark() : stage_, std::move(message),
                   std::move(hint));
}

void stage_type_detail::report_unknown(const StageType& type, const Value& given,
                                       Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const OptionInfo& option : type.options) names.push_back(option.name);
  for (const Entry& entry : given.entries()) {
    if (std::find(names.begin(), names.end(), entry.key) != names.end()) continue;
    diagnostics.add("option.unknown", entry.key_mark,
                    "unknown option '" + entry.key + "' for " + std::string(name_of(type.role)) +
                        " '" + type.name + "'",
                    did_you_mean(entry.key, names));
  }
}

const Value* stage_type_detail::find_value(const StageType& type, const OptionInfo& option,
                                           const Value& given, Mark stage,
                                           Diagnostics& diagnostics) {
  const Value* value = given.find(option.name);
  if (value == nullptr && option.required) {
    diagnostics.add("option.missing", stage,
                    std::string(name_of(type.role)) + " '" + type.name + "' needs the option '" +
                        option.name + "'");
  }
  return value;
}

void stage_type_detail::report_bad(const OptionInfo& option, Mark mark, ReadOutcome outcome,
                                   const std::string& why, Diagnostics& diagnostics) {
  const bool is_range = outcome == ReadOutcome::out_of_range;
  diagnostics.add(is_range ? "option.range" : "option.type", mark,
                  "option '" + option.name + "': " + (is_range ? option.check : why));
}

Demand stage_type_detail::passed_on(const StagePlace& place) {
  Demand demand;
  demand.fields.add(place.output.fields);
  for (const auto& named : place.named) {
    if (named) demand.fields.add(named->fields);
  }
  return demand;
}

}  // namespace sluice
