#include "engine/base/cpu_quota.h"

#include <fcntl.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/io.h"

namespace sluice {
namespace {

/// The files read here are short; what does not fit is not one of them.
constexpr std::size_t longest_file_bytes = 16 << 10;

std::string read_text(const std::string& path) {
  Result<File> file = File::open(Io::system(), path, O_RDONLY | O_CLOEXEC);
  if (!file) return {};
  std::string text(longest_file_bytes, '\0');
  const Result<std::size_t> size = file.value().read(std::span<char>(text));
  text.resize(size ? size.value() : 0);
  return text;
}

/// Splits off what stands before the next `separator`, and the separator.
std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.remove_suffix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

unsigned cpus_of(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return 0;
  constexpr std::int64_t most = 1 << 20;
  return static_cast<unsigned>(std::min(most, (*quota - 1) / *period + 1));
}

/// "max 100000" or "150000 100000".
unsigned read_v2(const std::string& folder) {
  const std::string text = read_text(folder + "/cpu.max");
  std::string_view rest = text;
  const auto quota = parse_number(take_until(rest, ' '));
  return cpus_of(quota, parse_number(rest));
}

unsigned read_v1(const std::string& folder) {
  return cpus_of(parse_number(read_text(folder + "/cpu.cfs_quota_us")),
                 parse_number(read_text(folder + "/cpu.cfs_period_us")));
}

/// The least quota of `group` and of every group above it, up to the mount itself. A container sees
/// its own group as the mount's root, so a path that does not exist there is no mistake.
unsigned least_on_the_way_up(const std::string& mount, std::string_view group,
                             unsigned (*read)(const std::string& folder)) {
  unsigned least = 0;
  while (true) {
    const unsigned here = read(mount + std::string(group));
    if (here != 0 && (least == 0 || here < least)) least = here;
    const std::size_t slash = group.rfind('/');
    if (group.empty() || slash == std::string_view::npos) return least;
    group = group.substr(0, slash);
  }
}

bool has_cpu_controller(std::string_view controllers) {
  while (!controllers.empty()) {
    if (take_until(controllers, ',') == "cpu") return true;
  }
  return false;
}

unsigned affinity_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

}  // namespace

unsigned quota_cpus(const std::string& root) {
  const std::string groups = read_text(root + "/proc/self/cgroup");
  std::string_view rest = groups;
  unsigned least = 0;
  // Lines are ID:CONTROLLERS:PATH; without controllers it is the v2 hierarchy.
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    take_until(line, ':');
    const std::string_view controllers = take_until(line, ':');
    unsigned cpus = 0;
    if (controllers.empty()) {
      cpus = least_on_the_way_up(root + "/sys/fs/cgroup", line, read_v2);
    } else if (has_cpu_controller(controllers)) {
      const std::string mount = root + "/sys/fs/cgroup/";
      cpus = least_on_the_way_up(mount + std::string(controllers), line, read_v1);
      if (cpus == 0) cpus = least_on_the_way_up(mount + "cpu", line, read_v1);
    }
    if (cpus != 0 && (least == 0 || cpus < least)) least = cpus;
  }
  return least;
}

unsigned usable_cpus(const std::string& root) {
  const unsigned affinity = affinity_cpus();
  const unsigned quota = quota_cpus(root);
  return quota == 0 ? affinity : std::min(affinity, quota);
}

}  // namespace sluice
