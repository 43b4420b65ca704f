// What the user asked for, as plain data with marks. Made by config/loader (or a test), read by the
// planner. Names are not resolved yet and options are not typed yet: that is the planner's work,
// with the registry at hand.
#pragma once

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
  Value options = Value::map({});   ///< All other keys.
  Mark mark;                        ///< Where the stage begins.
};

struct PipelineSpec {
  MarkedText name;
  std::vector<StageSpec> stages;
};

/// `engine:` of the config; nothing given means the engine's own choice.
struct EngineSpec {
  std::optional<unsigned> threads;
  ByteSize memory = 256_MiB;
  std::optional<ByteSize> buffer;
  std::optional<unsigned> tokens;  ///< Buffers per gate; for tests and experiments.
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
