// How the config tests compare diagnostics: one line of text for each.
#pragma once

#include <sstream>
#include <string>

#include "engine/base/diagnostic.h"

namespace sluice {

/// "CODE LINE:COLUMN+LENGTH MESSAGE (HINT)\n" for each diagnostic, as found.
inline std::string text_of(const Diagnostics& diagnostics) {
  std::ostringstream out;
  for (const Diagnostic& d : diagnostics.all()) {
    out << d.code << ' ' << d.mark.line << ':' << d.mark.column << '+' << d.mark.length << ' '
        << d.message;
    if (!d.hint.empty()) out << " (" << d.hint << ')';
    out << '\n';
  }
  return out.str();
}

}  // namespace sluice
