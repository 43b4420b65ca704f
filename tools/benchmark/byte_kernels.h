// Byte encodings, as benchmarks of Google Benchmark.
#pragma once

namespace sluice {

void register_byte_kernels();

}  // namespace sluice
