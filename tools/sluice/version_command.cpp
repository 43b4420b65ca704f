#include <string>

#include "engine/base/cpu.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/console.h"

#ifndef SLUICE_VERSION
#define SLUICE_VERSION "unknown"
#endif

namespace sluice {

int version_command() {
  return print_out("sluice " SLUICE_VERSION " (SIMD: " + std::string(name_of(best_simd_level())) +
                   ")\n");
}

}  // namespace sluice
