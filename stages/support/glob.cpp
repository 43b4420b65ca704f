#include "stages/support/glob.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>

namespace sluice {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split_names(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    // Two `**` in a row match what one does, but would walk everything once per directory.
    const bool repeated = name == "**" && !names.empty() && names.back() == "**";
    if (!name.empty() && !repeated) names.emplace_back(name);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return names;
}

bool matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD) == 0;
}

/// Walks the directories that a pattern leads through.
class Walk {
 public:
  /// Adds what `names` match below `base`, which is empty or ends with a slash.
  Status visit(const std::string& base, std::span<const std::string> names) {
    const std::string& name = names.front();
    const bool last = names.size() == 1;
    if (name == "**") return visit_deep(base, names);
    if (!is_glob(name)) {
      if (!last) return visit(base + name + "/", names.subspan(1));
      std::error_code ignored;
      add(base + name, fs::status(base + name, ignored));
      return Done{};
    }
    return for_each_entry(base, [&](const fs::directory_entry& entry) -> Status {
      const std::string found = entry.path().filename().string();
      if (!matches(name, found)) return Done{};
      std::error_code ignored;
      const fs::file_status status = entry.status(ignored);
      if (!last) {
        return fs::is_directory(status) ? visit(base + found + "/", names.subspan(1)) : Done{};
      }
      add(base + found, status);
      return Done{};
    });
  }

  std::vector<std::string> take() {
    std::sort(files_.begin(), files_.end());
    files_.erase(std::unique(files_.begin(), files_.end()), files_.end());
    return std::move(files_);
  }

 private:
  /// `names` begins with "**".
  Status visit_deep(const std::string& base, std::span<const std::string> names) {
    static const std::string any_name = "*";
    const bool last = names.size() == 1;
    Status here = visit(base, last ? std::span(&any_name, 1) : names.subspan(1));
    if (!here) return here;
    return for_each_entry(base, [&](const fs::directory_entry& entry) -> Status {
      const std::string found = entry.path().filename().string();
      std::error_code ignored;
      if (found.starts_with('.') || !fs::is_directory(entry.symlink_status(ignored))) return Done{};
      return visit_deep(base + found + "/", names);
    });
  }

  template <class Visit>
  Status for_each_entry(const std::string& base, Visit visit_entry) {
    const std::string directory = base.empty() ? "." : base;
    std::error_code error;
    fs::directory_iterator entry(directory, error);
    while (!error && entry != fs::directory_iterator()) {
      Status status = visit_entry(*entry);
      if (!status) return status;
      entry.increment(error);
    }
    const bool absent =
        error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory;
    if (error && !absent) return io_error("cannot list", error.value(), directory);
    return Done{};
  }

  void add(const std::string& path, const fs::file_status& status) {
    if (!fs::exists(status) || fs::is_directory(status) || fs::is_socket(status)) return;
    if (!path.ends_with(".partial")) files_.push_back(path);
  }

  std::vector<std::string> files_;
};

/// `**` may stand for any number of the names in front of the last.
bool match_names(std::span<const std::string> patterns, std::span<const std::string> names) {
  if (patterns.empty() || names.empty()) return patterns.empty() && names.empty();
  if (patterns.front() != "**") {
    return ::fnmatch(patterns.front().c_str(), names.front().c_str(), 0) == 0 &&
           match_names(patterns.subspan(1), names.subspan(1));
  }
  if (patterns.size() == 1) return true;
  for (std::size_t skipped = 0; skipped < names.size(); ++skipped) {
    if (match_names(patterns.subspan(1), names.subspan(skipped))) return true;
  }
  return false;
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  std::vector<std::string> patterns = split_names(pattern);
  std::vector<std::string> names = split_names(path);
  if (names.empty()) return false;
  if (pattern.find('/') == std::string_view::npos) {
    return match_names(patterns, std::span(names).last(1));
  }
  if (pattern.starts_with('/') != path.starts_with('/')) return false;
  std::erase(patterns, ".");
  std::erase(names, ".");
  return match_names(patterns, names);
}

bool is_glob(std::string_view path) noexcept {
  return path.find_first_of("*?[") != std::string_view::npos;
}

Result<std::vector<std::string>> expand_glob(std::string_view pattern) {
  const std::vector<std::string> names = split_names(pattern);
  if (names.empty()) return std::vector<std::string>{};
  Walk walk;
  Status status = walk.visit(pattern.starts_with('/') ? "/" : "", names);
  if (!status) return std::move(status).error();
  return walk.take();
}

}  // namespace sluice
