// Random graphs of toy stages, and a plain sequential model that says what each must give.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/run/graph_spec.h"

namespace sluice::toy {

/// What a graph may contain.
struct GraphLimits {
  unsigned depth = 3;          ///< Of nested diamonds.
  bool faults = false;         ///< One stage fails somewhere.
  bool best_effort = false;    ///< Some slow branches drop what they have no room for.
  bool outages = false;        ///< Ends whose other side goes away and comes back.
  std::uint64_t batches = 60;  ///< Per source, at most.
  bool hang_ups = false;       ///< Peers of duplexes may go away before they have been told all.
};

struct RandomGraph {
  GraphSpec spec;
  bool may_fail = false;
};

RandomGraph make_graph(std::uint64_t seed, const GraphLimits& limits);

/// What a sink must have been given, or an observer must have seen.
struct Expected {
  std::vector<std::string> records;
  bool is_observer = false;
  bool exact_order = true;  ///< False behind a merge by arrival, or for an unordered sink.
};

/// Interprets the pipeline with plain loops, stage by stage, no threads. By the name of the
/// sink or observer.
std::map<std::string, Expected> model(const PipelineSpec& pipeline);

/// The pipeline as text, for failure messages.
std::string describe(const GraphSpec& spec);

}  // namespace sluice::toy
