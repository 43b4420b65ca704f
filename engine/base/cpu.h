// Which SIMD instructions this CPU and this operating system offer.
//
// Nothing is configured here: kernels take a SimdLevel as an argument (its default is the best
// one), so that a test can run every variant the machine has and compare them.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice {

/// Ordered: a higher level includes the lower ones.
enum class SimdLevel : std::uint8_t {
  scalar,    ///< Plain C++; the only level on other CPUs than x86-64.
  avx2,      ///< 32-byte vectors, with BMI1 and BMI2.
  avx512bw,  ///< 64-byte vectors with byte masks (AVX-512 F and BW), with BMI1 and BMI2.
};

/// "scalar", "avx2", "avx512bw".
std::string_view name_of(SimdLevel level) noexcept;

/// The highest level of this machine. Asked of the CPU once; thread-safe.
SimdLevel best_simd_level() noexcept;

}  // namespace sluice
