// Runs declarative end-to-end cases (case_runner_file.h has their format) through the real program.
//
//   sluice_case_runner SLUICE PATH... [--filter TEXT] [--update]
//
// PATH is a case or a folder of them. --filter runs those whose path contains TEXT. --update writes
// what came out into the case as what is expected; look at the difference before you keep it.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/case_runner_file.h"
#include "tests/support/case_runner_run.h"

namespace sluice::cases {
namespace {

namespace fs = std::filesystem;

struct Request {
  fs::path sluice;
  std::vector<fs::path> paths;
  std::string filter;
  bool update = false;
};

Request read_request(const std::vector<std::string>& words) {
  Request request;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--update") {
      request.update = true;
    } else if (words[i] == "--filter" && i + 1 < words.size()) {
      request.filter = words[++i];
    } else if (request.sluice.empty()) {
      request.sluice = words[i];
    } else {
      request.paths.emplace_back(words[i]);
    }
  }
  return request;
}

std::vector<fs::path> find_cases(const Request& request) {
  std::vector<fs::path> found;
  for (const fs::path& path : request.paths) {
    if (!fs::is_directory(path)) {
      found.push_back(path);
      continue;
    }
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path)) {
      if (entry.path().extension() == ".case") found.push_back(entry.path());
    }
  }
  const auto unwanted = [&](const fs::path& path) {
    return path.string().find(request.filter) == std::string::npos;
  };
  found.erase(std::remove_if(found.begin(), found.end(), unwanted), found.end());
  std::sort(found.begin(), found.end());
  return found;
}

/// True if the case holds in every combination.
bool holds(const fs::path& path, const Request& request) {
  Case test = read_case(path);
  if (!test.mistake.empty()) {
    std::printf("FAILED %s\n  %s\n", path.c_str(), test.mistake.c_str());
    return false;
  }
  bool first = true;
  for (const Combination& combination : combinations_of(test)) {
    const bool update = request.update && first;
    first = false;
    const std::string wrong = run_case(test, combination, request.sluice, update);
    if (update) write_case(test);
    if (wrong.empty()) continue;
    std::printf("FAILED %s: %s\n", path.c_str(), test.title.c_str());
    if (!combination.name.empty()) std::printf("  with %s\n", combination.name.c_str());
    std::printf("%s", wrong.c_str());
    return false;
  }
  return true;
}

int run(const Request& request) {
  const std::vector<fs::path> all = find_cases(request);
  std::size_t failed = 0;
  for (const fs::path& path : all) {
    if (!holds(path, request)) ++failed;
  }
  std::printf("%zu cases, %zu failed\n", all.size(), failed);
  // No case at all is a mistake in the path or the filter, never a success.
  return all.empty() || failed > 0 ? 1 : 0;
}

}  // namespace
}  // namespace sluice::cases

int main(int argument_count, char** arguments) {
  try {
    const std::vector<std::string> words(arguments + 1, arguments + argument_count);
    const sluice::cases::Request request = sluice::cases::read_request(words);
    if (request.sluice.empty() || request.paths.empty()) {
      std::fputs("usage: sluice_case_runner SLUICE PATH... [--filter TEXT] [--update]\n", stderr);
      return 2;
    }
    return sluice::cases::run(request);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 2;
  }
}
