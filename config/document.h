// YAML text to a tree of Values with marks.
//
// YAML 1.2 (https://yaml.org/spec/1.2.2/) with the merge keys of 1.1
// (https://yaml.org/type/merge.html), less what makes a config ambiguous or dangerous. Each of the
// following is a Diagnostic, and all but those marked (*) leave a tree that can be read further:
//
//   yaml.size (*)        the text is larger than 1 MiB, or holds more than 100,000 nodes
//   yaml.encoding (*)    invalid UTF-8, or a control byte
//   yaml.syntax (*)      not YAML
//   yaml.depth (*)       lists and maps nested deeper than 64, aliases followed
//   yaml.aliases (*)     more than 64 aliases, or more than 100,000 nodes or 16 MiB of text once
//   they
//                        are followed
//   yaml.documents       a second document; the first one is read
//   yaml.duplicate_key   the first one counts
//   yaml.key             a key that is not text
//   yaml.alias           an alias of an unknown anchor, read as null
//   yaml.cycle           an alias inside its own anchor, read as null
//   yaml.tag             a tag that is not of the core schema, or of another kind than its node
//   yaml.merge           `<<` of something that is neither a map nor a list of maps
//
// The bounds hold before anything is copied, so a hostile text costs no more than its own size.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace sluice {

/// What a config text may hold at most.
struct DocumentLimits {
  static constexpr std::size_t text_bytes = std::size_t{1} << 20U;
  static constexpr std::size_t nodes = 100'000;
  static constexpr std::size_t expanded_bytes = std::size_t{16} << 20U;
  static constexpr std::size_t depth = 64;
  static constexpr std::size_t aliases = 64;
};

/// The tree of `text`; nothing if a mistake left none. Mistakes are appended to `diagnostics`.
///
/// Scalars are text, whatever they look like; a plain `null`, `~` or nothing at all is Kind::null.
/// Aliases are replaced by copies that keep the marks of their anchors. Merged keys come after the
/// written ones; a written key wins over a merged one, an earlier merged map over a later one.
/// Marks count code points; a scalar's length ends with its first line, a missing value has the
/// mark of its key or dash. A text without a node gives null at 1:1. Thread-safe.
std::optional<Value> parse_document(std::string_view text, Diagnostics& diagnostics);

}  // namespace sluice
