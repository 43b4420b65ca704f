// The types of stage this program has, by role and name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/declare.h"
#include "engine/stage/stage_type.h"

namespace sluice {

/// Filled once at start by the register functions of the stage files, then read from any thread.
/// Tests fill one of their own with just what they need.
class Registry {
 public:
  /// REQUIRES: no type of this role and name is there yet (checked; a defect ends the program).
  void add(StageType type);

  /// Null when there is none.
  const StageType* find(Role role, std::string_view name) const noexcept;
  /// In order of registration.
  const std::vector<StageType>& all() const noexcept { return types_; }
  std::vector<std::string> names(Role role) const;

 private:
  std::vector<StageType> types_;
};

}  // namespace sluice
