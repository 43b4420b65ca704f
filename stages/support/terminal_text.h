// Text that comes from data on its way to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// Appends `text` to `out` so that it cannot control a terminal: C0 controls other than tab, line
/// feed and a carriage return in front of one, DEL, and C1 controls (U+0080 to U+009F in UTF-8) are
/// written as \xHH byte by byte. Everything else stays as it is, invalid UTF-8 included.
void append_for_terminal(std::string_view text, std::string& out);

}  // namespace sluice
