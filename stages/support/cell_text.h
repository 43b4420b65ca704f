// Cells as text.
#pragma once

#include <string>

#include "engine/data/cell.h"

namespace sluice {

/// Appends the cell as JSON (RFC 8259): a missing one, and a number that JSON cannot say (NaN), as
/// null. Doubles have as many digits as it takes to read the same double again.
void append_json(std::string& out, const Cell& cell);

/// Appends the cell as a person writes it: texts without quotes, nothing for null and missing.
void append_plain(std::string& out, const Cell& cell);

}  // namespace sluice
