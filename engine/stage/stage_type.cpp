#include "engine/stage/stage_type.h"

#include <algorithm>

namespace sluice {

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

void stage_type_detail::report_bad(std::string_view option, Mark mark, std::string_view code,
                                   std::string_view why, Diagnostics& diagnostics) {
  diagnostics.add(std::string(code), mark,
                  "option '" + std::string(option) + "': " + std::string(why));
}

void stage_type_detail::report_missing(const StageType& type, std::string_view option, Mark stage,
                                       Diagnostics& diagnostics) {
  diagnostics.add("option.missing", stage,
                  std::string(name_of(type.role)) + " '" + type.name + "' needs the option '" +
                      std::string(option) + "'");
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
