#include "engine/stage/role.h"

namespace sluice {

std::string_view name_of(Role role) noexcept {
  switch (role) {
    case Role::source:
      return "source";
    case Role::transform:
      return "transform";
    case Role::sink:
      return "sink";
    case Role::duplex:
      return "duplex";
  }
  return "unknown";
}

std::optional<Role> parse_role(std::string_view text) noexcept {
  for (const Role role : {Role::source, Role::transform, Role::sink, Role::duplex}) {
    if (name_of(role) == text) return role;
  }
  return std::nullopt;
}

std::string_view name_of(EdgeType type) noexcept {
  switch (type) {
    case EdgeType::none:
      return "nothing";
    case EdgeType::bytes:
      return "bytes";
    case EdgeType::records:
      return "records";
    case EdgeType::same:
      return "same";
    case EdgeType::any:
      return "bytes or records";
  }
  return "unknown";
}

}  // namespace sluice
