// Runs a case in a folder of its own, once per combination of the matrix, and compares.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/case_runner_file.h"

namespace sluice::cases {

/// One way to run a case: options for `sluice run`.
struct Combination {
  std::string name;     ///< "threads 2, tokens 3, buffer 64B"; empty: the only one.
  std::string options;  ///< "--set engine.threads=2 ..."
};

/// The combinations a case asks for. Every one must give the same answer. Of three axes with
/// several values each it is half of them, in which every two values meet; SLUICE_TEST_EFFORT=long
/// has all, and SLUICE_TEST_EFFORT=short only the one with the most threads and the smallest
/// buffers.
std::vector<Combination> combinations_of(const Case& test);

/// Runs `test` and returns what is wrong, for a person; empty if nothing is. With `update` the
/// texts that `test` expects become what came out, instead.
std::string run_case(Case& test, const Combination& combination,
                     const std::filesystem::path& sluice, bool update);

}  // namespace sluice::cases
