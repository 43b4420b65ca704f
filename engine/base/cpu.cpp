#include "engine/base/cpu.h"

namespace sluice {
namespace {

SimdLevel detect() noexcept {
#if defined(__x86_64__)
  // The builtins also ask whether the operating system saves the wide registers.
  __builtin_cpu_init();
  const bool bit_scans = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (!bit_scans || !__builtin_cpu_supports("avx2")) return SimdLevel::scalar;
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  return wide ? SimdLevel::avx512bw : SimdLevel::avx2;
#else
  return SimdLevel::scalar;
#endif
}

}  // namespace

std::string_view name_of(SimdLevel level) noexcept {
  switch (level) {
    case SimdLevel::scalar:
      return "scalar";
    case SimdLevel::avx2:
      return "avx2";
    case SimdLevel::avx512bw:
      return "avx512bw";
  }
  return "unknown";
}

SimdLevel best_simd_level() noexcept {
  static const SimdLevel level = detect();
  return level;
}

}  // namespace sluice
