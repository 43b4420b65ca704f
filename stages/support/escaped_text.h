// Texts with backslashes in them.
#pragma once

#include <string_view>

#include "engine/data/column.h"

namespace sluice {

/// What `text`, the inside of a quoted text, stands for by the rules of JSON strings (RFC 8259,
/// section 7), written to the arena. False for an escape that there is not, one half of a surrogate
/// pair among them. Never longer than `text`.
bool unescape_json(std::string_view text, TextArena& arena, std::string_view& result);

/// `text` with the backslash taken away in front of each of `escapable`; any other backslash stays.
std::string_view unescape_only(std::string_view text, std::string_view escapable, TextArena& arena);

}  // namespace sluice
