// One workload, done by sluice, by its floor and by whatever peers are installed, in turns: every
// round each of them runs once, so that what slows the machine down for a while slows all of them.
// The first round only warms up (page cache, branch predictors) and is not counted; and in front of
// every run memory for its result is fetched. After every run
// the result is compared with that of the first peer, decompressed; sluice never is its own judge.
//
// Slow peers have one counted run; the slowest get only a slice of the log, and what they take is
// scaled to the whole. Their results are compared with that of another peer for the slice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "tools/benchmark/corpus.h"
#include "tools/benchmark/process.h"
#include "tools/benchmark/workloads.h"

namespace sluice::bench {

struct Entrant {
  enum class Kind : std::uint8_t { sluice, floor, peer };
  enum class State : std::uint8_t {
    good,
    not_installed,
    failed,   ///< It did not end well.
    differs,  ///< Its result is another one.
  };

  Kind kind = Kind::peer;
  std::string label;
  State state = State::good;
  std::string detail;  ///< To the state: which program, what error.
  Pipeline pipeline;
  bool runs_once = false;
  /// The size of the slice that it read; 0: it read all. The usage is scaled, but for the memory.
  std::uint64_t slice_bytes = 0;
  std::uint64_t result_bytes = 0;  ///< Of the last run; 0: its result is a number.
  std::vector<Usage> runs;         ///< Empty unless good.

  /// Medians, each over all runs by itself. REQUIRES: there are runs.
  Usage median() const;
  /// The shortest and the longest time. REQUIRES: there are runs.
  double fastest_seconds() const;
  double slowest_seconds() const;
};

struct Contest {
  const Workload* workload = nullptr;
  std::uint64_t input_bytes = 0;   ///< As stored.
  std::uint64_t result_lines = 0;  ///< What all agree on.
  std::vector<Entrant> entrants;   ///< sluice, the floor, the peers in the order of the workload.

  /// Null if it has no runs.
  const Entrant* find(Entrant::Kind kind) const;
  /// An entrant failed or differs.
  bool has_mistake() const;
};

struct ContestSettings {
  std::string folder;             ///< For configs and results; absolute.
  std::string sluice;             ///< The launcher.
  std::string self;               ///< This program, which has the floors.
  std::string scripts;            ///< See CommandWords.
  unsigned threads = 1;           ///< For all that can be told.
  unsigned runs = 1;              ///< Counted rounds, unless the workload has its own number.
  bool quick_peers_only = false;  ///< Leaves out those that have one counted run.
};

/// An error only if the contest cannot be held; what entrants do wrong is their state.
Result<Contest> hold_contest(const Workload& workload, const Corpus& corpus,
                             const ContestSettings& settings);

}  // namespace sluice::bench
