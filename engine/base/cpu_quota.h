// How many CPUs the process may use: a container that may use two of sixty-four is to start two
// threads.
#pragma once

#include <string>

namespace sluice {

/// The least of the CPUs in the process's affinity mask and the quotas of all control groups above
/// it, rounded up; at least 1. Quotas are `cpu.max` (cgroup v2) and `cpu.cfs_quota_us` over
/// `cpu.cfs_period_us` (v1), as the kernel's documentation describes them; files that are missing
/// or not readable limit nothing. `root` stands in front of /proc and /sys, for tests.
unsigned usable_cpus(const std::string& root = {});

/// The same for the quotas alone; 0 when there is none.
unsigned quota_cpus(const std::string& root);

}  // namespace sluice
