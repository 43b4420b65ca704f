// Escaping of text that comes from data or file names before it reaches a terminal or a log.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// `text` with control bytes, DEL, C1 controls and invalid UTF-8 written as \n, \t, \r or \xHH, and
/// a backslash doubled. At most `limit` bytes of `text` are used; a cut is shown as "...".
std::string escape(std::string_view text, std::size_t limit = 4096);

}  // namespace sluice
