// The kernels of fields, as benchmarks of Google Benchmark.
#pragma once

namespace sluice {

void register_record_kernels();

}  // namespace sluice
