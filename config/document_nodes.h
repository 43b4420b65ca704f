// The nodes of a YAML text as a flat list: the step between the parser's events and a tree of
// Values. Private to config/document; document_nodes.cpp is the one file that includes libfyaml.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"

namespace sluice {

/// A node in document order. An alias stays a reference, so that what following it would cost is
/// known before anything is copied. The children of a node follow it; a map's are key, value, key,
/// value, ...
struct DocumentNode {
  enum class Kind : std::uint8_t { null, scalar, list, map, alias };

  Kind kind = Kind::null;
  bool quoted = false;
  /// Of a scalar without quotes: '#' when a comment follows it on its line, ',' or '}' when that
  /// ends it; else 0.
  char ended_by = '\0';
  Mark mark;
  std::string text;             ///< Of a scalar.
  std::vector<TextPart> parts;  ///< See Value::parts.
  std::size_t end = 0;          ///< Index after the last node below this one.
  std::size_t target = 0;       ///< Of an alias: index of the node it stands for.
  std::size_t expanded = 1;     ///< Nodes of this subtree once its aliases are followed.
  std::size_t bytes = 0;        ///< Text of this subtree once its aliases are followed.
  std::size_t height = 0;       ///< Nested lists and maps of this subtree, aliases followed.
};

/// The nodes of the first document of `text`, the root first; an empty list if there is none. Every
/// bound of DocumentLimits on nodes, depth and aliases holds for the tree they stand for. Nothing
/// after a mistake that leaves no tree. REQUIRES: `text` is UTF-8 without control bytes.
std::optional<std::vector<DocumentNode>> read_nodes(std::string_view text,
                                                    Diagnostics& diagnostics);

}  // namespace sluice
