// What will run: stages bound and checked, laid out as nodes and gates, with the memory bound known
// beforehand. Data only; made by the planner, shown by `explain`, run by the runner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/clock.h"
#include "engine/base/io.h"
#include "engine/base/log.h"
#include "engine/data/buffer_pool.h"
#include "engine/run/graph_spec.h"
#include "engine/run/merge_node.h"
#include "engine/run/meter.h"
#include "engine/run/overflow_node.h"
#include "engine/stage/part.h"
#include "engine/stage/stage_type.h"

namespace sluice {

/// The outside world of a run.
struct Environment {
  Io& io;
  Clock& clock;
  FileClaims& claims;
  unsigned cpus = 1;   ///< CPUs the process may use.
  Log* log = nullptr;  ///< Where stages of a run say what happens; null: nowhere.
};

struct PlannedStage {
  std::string id;
  const StageType* type = nullptr;
  Mark mark;
  std::unique_ptr<StageContext> context;
  std::unique_ptr<BoundStage> bound;
  StagePlace place;  ///< Its neighbours.
  Demand demand;     ///< What is wanted of its input, by itself and below.
  Schema output;     ///< The records of its main output.
  Parts parts;
  std::vector<std::unique_ptr<PartMeter>> meters;  ///< One per part.

  /// Output number `output` (0: the main one) of stage number `stage`.
  struct Input {
    std::size_t stage = 0;
    std::size_t output = 0;
    friend bool operator==(const Input&, const Input&) = default;
  };
  std::vector<Input> inputs;
  std::optional<MergeOrder> merge;       ///< Set when there are several inputs.
  std::optional<std::size_t> fork;       ///< Of a merge of branches: the stage they come from.
  WhenFull when_full = WhenFull::block;  ///< Of each of its inputs.
  std::unique_ptr<DropMeter> dropped;    ///< In front of it; null if it blocks.
};

struct NodePlan {
  enum class Kind : std::uint8_t {
    source,
    chain,
    gather,
    expander,
    observer,
    sink,
    fork,
    merge,
    order,
    overflow,
    limit,
  };
  /// Part number `part` of stage number `stage`. In a chain a source part stands for its loader.
  struct PartPlace {
    std::size_t stage = 0;
    std::size_t part = 0;
    std::size_t scratch = 0;  ///< Of a rewrite: bytes it may need.
  };
  struct Edge {
    std::size_t target = 0;
    std::uint16_t port = 0;
  };

  Kind kind = Kind::chain;
  std::string name;
  std::vector<PartPlace> parts;
  std::optional<std::size_t> gate;
  MergeOrder merge = MergeOrder::arrival;
  std::size_t stage = 0;  ///< Of an overflow: it stands in front of it; of a limit: behind it.
  std::size_t room = 0;   ///< Of an overflow: batches that may be under way below it.
  std::size_t inputs = 0;
  std::vector<std::vector<Edge>> outputs;
};

struct GatePlan {
  std::string name;
  BufferPoolSizes sizes;
};

struct PlannedPipeline {
  std::string name;
  /// What its stages claim, of a pipeline that was planned again; else it is the environment's.
  std::unique_ptr<FileClaims> claims;
  std::optional<LimitSpec> limit;
  std::optional<RestartSpec> restart;
  std::vector<PlannedStage> stages;  ///< As in the config.
  std::vector<std::size_t> order;    ///< Stage numbers, every stage behind its inputs.
  std::vector<NodePlan> nodes;       ///< Every node behind those it reads from.
  std::vector<GatePlan> gates;
};

struct Plan {
  unsigned threads = 1;
  ByteSize memory_limit;
  ByteSize memory_bound;  ///< Sum over all gates of what their pools can occupy.
  ByteSize buffer;
  Duration shutdown_timeout;
  MetricsSpec metrics;
  std::vector<PlannedPipeline> pipelines;
};

}  // namespace sluice
