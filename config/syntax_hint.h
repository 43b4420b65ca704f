// What to do about the YAML parser's complaints. Private to config/.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// A hint for the most frequent messages of libfyaml; empty for the others.
std::string syntax_hint(std::string_view message);

}  // namespace sluice
