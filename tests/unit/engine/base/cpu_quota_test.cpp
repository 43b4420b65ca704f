#include "engine/base/cpu_quota.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace sluice {
namespace {

namespace fs = std::filesystem;

/// A root folder with the files of /proc and /sys that a test puts there.
class CpuQuota : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "cpu-quota-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void put(const std::string& path, const std::string& text) const {
    const fs::path whole = root_ / path;
    fs::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  unsigned quota() const { return quota_cpus(root_.string()); }

  fs::path root_;
};

TEST_F(CpuQuota, IsNoneWithoutFiles) { EXPECT_EQ(quota(), 0U); }

TEST_F(CpuQuota, OfV2IsRoundedUp) {
  put("proc/self/cgroup", "0::/a\n");
  put("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  EXPECT_EQ(quota(), 2U);
  put("sys/fs/cgroup/a/cpu.max", "1000 100000\n");
  EXPECT_EQ(quota(), 1U);
}

TEST_F(CpuQuota, OfV2MayBeMax) {
  put("proc/self/cgroup", "0::/a\n");
  put("sys/fs/cgroup/a/cpu.max", "max 100000\n");
  EXPECT_EQ(quota(), 0U);
}

TEST_F(CpuQuota, IsTheLeastOnTheWayUp) {
  put("proc/self/cgroup", "0::/a/b/c\n");
  put("sys/fs/cgroup/a/b/c/cpu.max", "800000 100000\n");
  put("sys/fs/cgroup/a/cpu.max", "300000 100000\n");
  EXPECT_EQ(quota(), 3U);
}

TEST_F(CpuQuota, IsReadFromTheMountInsideAContainer) {
  put("proc/self/cgroup", "0::/../../outside\n");
  put("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(quota(), 2U);
}

TEST_F(CpuQuota, OfV1) {
  put("proc/self/cgroup", "5:memory:/a\n4:cpu,cpuacct:/a\n");
  put("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n");
  put("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 3U);
}

TEST_F(CpuQuota, OfV1MayBeUnlimited) {
  put("proc/self/cgroup", "4:cpu,cpuacct:/a\n");
  put("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "-1\n");
  put("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(quota(), 0U);
}

TEST_F(CpuQuota, IgnoresFilesThatMakeNoSense) {
  put("proc/self/cgroup", "nonsense\n0::/a\n");
  put("sys/fs/cgroup/a/cpu.max", "many 0\n");
  EXPECT_EQ(quota(), 0U);
}

TEST_F(CpuQuota, LimitsTheAffinity) {
  put("proc/self/cgroup", "0::/\n");
  put("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(usable_cpus(root_.string()), 1U);
  EXPECT_GE(usable_cpus(), 1U);
}

}  // namespace
}  // namespace sluice
