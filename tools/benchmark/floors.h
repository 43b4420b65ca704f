// The floor of a workload: the least time that it needs on this machine, measured with a program
// written by hand for that one job, with as many threads as sluice has. It uses sluice's kernels
// and codecs, and none of its engine: what sluice takes longer is the price of being general.
//
//   count, copy              every thread reads a chunk where it lies and counts or writes it
//   plain -> filter          every thread reads and scans chunks; results are written in order
//   gz, zst -> filter        one thread decodes, the others scan and compress
//   status-sums              as a filter, but every thread finds two fields and has its own table
//   json-errors              a filter by `"level":"ERROR"` as text, which takes no parsing
//   conversions              as filters that keep all; base64 and hex as a copy
//   members, frames          every thread decodes, then goes on with what it has decoded
#pragma once

#include <string>

#include "engine/base/result.h"
#include "tools/benchmark/workloads.h"

namespace sluice::bench {

/// Whether there is one for a workload.
bool has_floor(const Workload& workload) noexcept;

/// The command of sluice_bench that runs a floor: `floor NAME IN OUT THREADS`. A count goes to
/// OUT as a number.
Command floor_command(const std::string& program, const Workload& workload, const std::string& in,
                      const std::string& out, unsigned threads);

/// Carries that command out.
Status run_floor(const Workload& workload, const std::string& in, const std::string& out,
                 unsigned threads);

}  // namespace sluice::bench
