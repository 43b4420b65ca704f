// What the user asked for, as plain data with marks. Made by config/loader (or a test), read by the
// planner. Names are not resolved yet and options are not typed yet: that is the planner's work,
// with the registry at hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/units.h"
#include "engine/base/value.h"
#include "engine/stage/role.h"

namespace sluice {

/// A word with the place it was written at.
struct MarkedText {
  std::string text;
  Mark mark;
};

struct StageSpec {
  Role role = Role::source;
  MarkedText type;  ///< "file", "filter", ... as written.
  bool role_from_registry =
      false;                  ///< Short form `- file: a.log`: the role follows from type and place.
  std::optional<Value> main;  ///< The text or list of the short form, for the type's main option.
  std::optional<MarkedText> id;     ///< As given; the planner fills `TYPE` or `TYPE-N` otherwise.
  std::vector<MarkedText> from;     ///< "ID" or "ID.OUTPUT"; empty: the stage above.
  std::optional<MarkedText> order;  ///< Of a merge: arrival, input, time.
  std::optional<MarkedText> when_full;  ///< Of what it reads: block, drop_newest, drop_oldest.
  Value options = Value::map({});       ///< All other keys.
  Mark mark;                            ///< Where the stage begins.
};

/// How much input a pipeline reads, over all its sources, before it ends in order.
struct LimitSpec {
  std::optional<std::uint64_t> records;
  /// The record with which so many are reached is the last one.
  std::optional<ByteSize> bytes;
};

/// A pipeline that fails runs again, after a wait that doubles from one failure to the next.
struct RestartSpec {
  Duration backoff{std::chrono::seconds(1)};
  Duration max_backoff{std::chrono::seconds(60)};
  std::optional<std::uint64_t> attempts;  ///< So many restarts in a row; nothing: no end.
};

struct PipelineSpec {
  MarkedText name;
  std::vector<StageSpec> stages;
  std::optional<LimitSpec> limit;
  std::optional<RestartSpec> restart;  ///< Nothing: never.
};

/// `engine:` of the config; nothing given means the engine's own choice.
struct EngineSpec {
  std::optional<unsigned> threads;
  ByteSize memory = 256_MiB;
  std::optional<ByteSize> buffer;
  std::optional<unsigned> tokens;  ///< Buffers per gate; for tests and experiments.
  /// How long a run that was told to stop may take to deliver what is under way.
  Duration shutdown_timeout{std::chrono::seconds(60)};
};

enum class LogFormat : std::uint8_t { text, json, logfmt };

/// `metrics.log` of the config.
struct MetricsSpec {
  Duration every{std::chrono::seconds(10)};
  LogFormat format = LogFormat::text;
};

struct GraphSpec {
  EngineSpec engine;
  MetricsSpec metrics;
  std::vector<PipelineSpec> pipelines;
};

}  // namespace sluice
