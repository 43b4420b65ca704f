// File name patterns, expanded as a shell would, plus `**`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace sluice {

/// True when `path` has one of the signs * ? [ that make it a pattern.
bool is_glob(std::string_view path) noexcept;

/// The files that match `pattern`, sorted by their path byte by byte, each once. `*`, `?` and
/// `[...]` (POSIX, fnmatch) match within one name; `**` as a whole name stands for directories to
/// any depth, none included, and does not follow links to directories. Names that begin with a dot
/// match only a pattern that does. Directories, sockets and names in `*.partial`, which sinks are
/// still writing, are left out. A directory that cannot be listed is an Error (io); one that is not
/// there matches nothing.
Result<std::vector<std::string>> expand_glob(std::string_view pattern);

/// True when `pattern` is for the file at `path`: one without a slash for its name, in whatever
/// directory, another one for all of the path. Signs as above; hidden names are like others.
bool matches_glob(std::string_view pattern, std::string_view path);

}  // namespace sluice
