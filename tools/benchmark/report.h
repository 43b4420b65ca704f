// What contests found, as text.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "tools/benchmark/contest.h"

namespace sluice::bench {

/// What all contests of one call have in common.
struct Setup {
  std::string processor;  ///< As the kernel names it.
  std::string kernel;
  unsigned cores = 0;
  unsigned threads = 0;
  std::uint64_t corpus_bytes = 0;
};

/// Reads what the machine tells about itself; the rest is the caller's.
Setup describe_machine();

/// What was measured how, in a few sentences.
std::string text_of(const Setup& setup);

/// One workload: an aligned table for a terminal.
std::string text_of(const Contest& contest);

/// The same for docs/performance.md.
std::string markdown_of(const Setup& setup);
std::string markdown_of(const Contest& contest);

/// Everything, each single run included, as one JSON object. Times are in seconds, sizes in bytes.
std::string json_of(const Setup& setup, const std::vector<Contest>& contests);

}  // namespace sluice::bench
