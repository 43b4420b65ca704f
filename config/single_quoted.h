// The text of a single-quoted scalar. Private to config/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/source_text.h"

namespace sluice {

/// What stands for `written`, the inside of single quotes (YAML 1.2, 7.3.2): `''` is a quote, a
/// line end with the blanks around it a space, and n line ends in a row are n - 1 of them.
/// `parts` gets where each stretch of it stands in `written`.
std::string single_quoted_content(std::string_view written, std::vector<WrittenPart>& parts);

}  // namespace sluice
