#include "engine/stage/field_path.h"

#include <cstddef>

namespace sluice {

std::string join_field(const std::vector<std::string>& keys) {
  std::string name;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) name += '.';
    for (const char c : keys[i]) {
      if (c == '.' || c == '\\') name += '\\';
      name += c;
    }
  }
  return name;
}

std::vector<std::string> split_field(std::string_view name) {
  std::vector<std::string> keys(1);
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '.') {
      keys.emplace_back();
      continue;
    }
    if (name[i] == '\\' && i + 1 < name.size()) ++i;
    keys.back() += name[i];
  }
  return keys;
}

std::string plain_field(std::string_view name) {
  std::string plain;
  const std::vector<std::string> keys = split_field(name);
  for (std::size_t i = 0; i < keys.size(); ++i) plain += (i > 0 ? "." : "") + keys[i];
  return plain;
}

}  // namespace sluice
