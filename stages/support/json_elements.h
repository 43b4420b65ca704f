// The elements of a JSON array as they are written.
#pragma once

#include <string_view>
#include <vector>

namespace sluice {

/// Sets `elements` to the elements of `array`, without blanks around them. False when it is no
/// array. REQUIRES: a parser has found `array` to be valid; of any other text there may be other
/// elements, all of them parts of it and none of them empty.
bool split_json_array(std::string_view array, std::vector<std::string_view>& elements);

}  // namespace sluice
