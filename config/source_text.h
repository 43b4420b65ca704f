// Places in a YAML text. Private to config/.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/base/value.h"

namespace sluice {

/// Bytes of a scalar's content that stand in its source just so.
struct WrittenPart {
  std::size_t content = 0;  ///< Offset of the first of them.
  std::size_t source = 0;   ///< The same where they are written.
};

/// Lines and columns of `parts`, which come in order and count in `text`; `from` is a place that
/// none of them is in front of, at `place`. Nothing if one is.
std::vector<TextPart> places_of(const std::vector<WrittenPart>& parts, std::string_view text,
                                std::size_t from, Mark place);

/// The rest of the line that begins at byte `from`.
std::string_view rest_of_line(std::string_view text, std::size_t from);

/// True if there is nothing at `mark` and after it but blanks.
bool is_behind(Mark mark, std::string_view text);

/// What ends the scalar without quotes whose text ends at byte `end`; see DocumentNode::ended_by.
char end_sign(std::string_view text, std::size_t end);

}  // namespace sluice
