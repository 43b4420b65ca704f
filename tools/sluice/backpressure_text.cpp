#include "tools/sluice/backpressure_text.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include "engine/base/escape.h"

namespace sluice {
namespace {

/// How far it is felt that a sink takes no more.
struct Reach {
  std::set<std::size_t> sources;  ///< They wait.
  std::set<std::size_t> drops;    ///< Stages in front of which records are dropped.
};

Reach reach_of(const PlannedPipeline& pipeline, std::size_t sink) {
  Reach reach;
  std::set<std::size_t> seen;
  std::vector<std::size_t> open{sink};
  while (!open.empty()) {
    const std::size_t number = open.back();
    open.pop_back();
    if (!seen.insert(number).second) continue;
    const PlannedStage& stage = pipeline.stages[number];
    if (stage.when_full != WhenFull::block) {
      reach.drops.insert(number);
    } else if (stage.inputs.empty()) {
      reach.sources.insert(number);
    }
    if (stage.when_full != WhenFull::block) continue;
    for (const PlannedStage::Input input : stage.inputs) open.push_back(input.stage);
  }
  return reach;
}

bool overlap(const std::set<std::size_t>& some, const std::set<std::size_t>& others) {
  return std::any_of(some.begin(), some.end(),
                     [&](std::size_t number) { return others.count(number) > 0; });
}

/// "'a'", "'a' and 'b'", "'a', 'b' and 'c'".
std::string list_of(const PlannedPipeline& pipeline, const std::set<std::size_t>& numbers) {
  std::string text;
  std::size_t left = numbers.size();
  for (const std::size_t number : numbers) {
    text += "'" + escape(pipeline.stages[number].id) + "'";
    --left;
    if (left > 0) text += left == 1 ? " and " : ", ";
  }
  return text;
}

std::string waits_of(const PlannedPipeline& pipeline, const Reach& reach,
                     const std::set<std::size_t>& others) {
  const bool one = reach.sources.size() == 1;
  std::string text = one ? "source " : "the sources ";
  text += list_of(pipeline, reach.sources) + (one ? " waits" : " wait");
  if (!others.empty()) text += ", and " + list_of(pipeline, others) + " with it";
  return text;
}

std::string drops_of(const PlannedPipeline& pipeline, const Reach& reach,
                     const std::set<std::size_t>& others) {
  const WhenFull policy = pipeline.stages[*reach.drops.begin()].when_full;
  std::string text = "records are dropped in front of " + list_of(pipeline, reach.drops) + " (" +
                     std::string(name_of(policy)) + "), for it";
  if (!others.empty()) text += " and " + list_of(pipeline, others);
  return text + " alone";
}

}  // namespace

std::string backpressure_text(const PlannedPipeline& pipeline) {
  std::vector<std::pair<std::size_t, Reach>> sinks;
  for (std::size_t number = 0; number < pipeline.stages.size(); ++number) {
    if (pipeline.stages[number].type->role != Role::sink) continue;
    sinks.emplace_back(number, reach_of(pipeline, number));
  }
  std::string text;
  for (const auto& [number, reach] : sinks) {
    std::set<std::size_t> waiting;
    std::set<std::size_t> dropping;
    for (const auto& [other, others_reach] : sinks) {
      if (other == number) continue;
      if (overlap(reach.sources, others_reach.sources)) waiting.insert(other);
      if (overlap(reach.drops, others_reach.drops)) dropping.insert(other);
    }
    text += "when sink '" + escape(pipeline.stages[number].id) + "' takes no more, ";
    if (!reach.sources.empty()) text += waits_of(pipeline, reach, waiting);
    if (!reach.sources.empty() && !reach.drops.empty()) text += "; ";
    if (!reach.drops.empty()) text += drops_of(pipeline, reach, dropping);
    text += "\n";
  }
  return text;
}

}  // namespace sluice
