#include "engine/stage/registry.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace sluice {

void Registry::add(StageType type) {
  if (find(type.role, type.name) != nullptr) {
    std::fprintf(stderr, "defect: %s '%s' is registered twice\n", name_of(type.role).data(),
                 type.name.c_str());
    std::abort();
  }
  types_.push_back(std::move(type));
}

const StageType* Registry::find(Role role, std::string_view name) const noexcept {
  for (const StageType& type : types_) {
    if (type.role == role && type.name == name) return &type;
  }
  return nullptr;
}

std::vector<std::string> Registry::names(Role role) const {
  std::vector<std::string> names;
  for (const StageType& type : types_) {
    if (type.role == role) names.push_back(type.name);
  }
  return names;
}

}  // namespace sluice
