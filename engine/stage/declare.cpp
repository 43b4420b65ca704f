#include "engine/stage/declare.h"

#include <algorithm>

namespace sluice {

StageType declare_detail::type_of(Role role, std::string_view name, std::string_view summary) {
  StageType type;
  type.role = role;
  type.name = name;
  type.summary = summary;
  type.input = role == Role::source ? EdgeType::none : EdgeType::records;
  type.output = role == Role::sink ? EdgeType::none : EdgeType::records;
  return type;
}

void declare_detail::add_option(StageType& type, std::string_view name, std::string_view doc,
                                bool required, std::string kind, std::string default_text,
                                std::string check, std::vector<std::string> choices) {
  type.options.push_back({std::string(name), std::move(kind), std::string(doc),
                          std::move(default_text), std::move(check), std::move(choices), required});
}

void declare_detail::add_output(StageType& type, std::string_view name) {
  type.named_outputs.push_back({std::string(name), name == errors_output});
}

void declare_detail::report_unknown(const StageType& type, const Value& given,
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

const Value* declare_detail::find_value(const StageType& type, const OptionInfo& option,
                                        const Value& given, Mark stage, Diagnostics& diagnostics) {
  const Value* value = given.find(option.name);
  if (value == nullptr && option.required) {
    diagnostics.add("option.missing", stage,
                    std::string(name_of(type.role)) + " '" + type.name + "' needs the option '" +
                        option.name + "'");
  }
  return value;
}

void declare_detail::report_bad(const OptionInfo& option, Mark mark, ReadOutcome outcome,
                                const std::string& why, Diagnostics& diagnostics) {
  const bool is_range = outcome == ReadOutcome::out_of_range;
  diagnostics.add(is_range ? "option.range" : "option.type", mark,
                  "option '" + option.name + "': " + (is_range ? option.check : why));
}

Demand declare_detail::passed_on(const StagePlace& place) {
  Demand demand;
  demand.fields.add(place.output.fields);
  for (const auto& named : place.named) {
    if (named) demand.fields.add(named->fields);
  }
  return demand;
}

}  // namespace sluice
