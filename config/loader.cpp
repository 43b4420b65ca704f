#include "config/loader.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "config/document.h"
#include "config/flow_reader.h"
#include "config/key_check.h"
#include "config/override.h"
#include "config/stage_reader.h"

namespace sluice {
namespace {

constexpr unsigned most_threads = 1024;
constexpr unsigned fewest_tokens = 3;
constexpr unsigned most_tokens = 256;
constexpr ByteSize smallest_buffer = 64_B;
constexpr ByteSize largest_buffer = 64_MiB;
constexpr Duration shortest_log_interval{std::chrono::milliseconds(1)};

const Entry* find_entry(const Value& map, std::string_view key) {
  const auto found = std::find_if(map.entries().begin(), map.entries().end(),
                                  [key](const Entry& entry) { return entry.key == key; });
  return found == map.entries().end() ? nullptr : &*found;
}

/// Reads an expanded tree. Each read_ function reports its own mistakes and carries on.
class GraphReader {
 public:
  /// `unexpanded`: scalars that still hold a `${` are mistakes that have been reported.
  GraphReader(const LoadRequest& request, Diagnostics& diagnostics, bool unexpanded)
      : request_(request), diagnostics_(diagnostics), unexpanded_(unexpanded) {}

  GraphSpec read(const Value& root);

 private:
  void read_version(const Value& root, bool misspelt);
  void read_engine(const Value& engine);
  void read_metrics(const Value& metrics);
  void read_log(const Value& log);
  void check_vars(const Value& vars);
  void read_pipelines(const Value& root, bool misspelt);
  void read_pipeline(const Entry& entry);

  /// The map `key` of `map`; null if it is not there, is empty, or is not a map (a mistake).
  const Value* section(const Value& map, std::string_view key, const std::string& name);
  /// Null if there is nothing to read: no such key, `auto`, or a variable that had no value.
  const Value* given(const Value& map, std::string_view key, bool has_auto);
  std::optional<unsigned> read_number(const Value& map, std::string_view key, unsigned lowest,
                                      unsigned highest);
  std::optional<ByteSize> read_size(const Value& map, std::string_view key, ByteSize lowest,
                                    ByteSize highest, bool has_auto);
  void bad_value(const Value& value, const std::string& name, const std::string& wanted,
                 std::string hint = {});
  void bad_kind(const Value& value, const std::string& name, const std::string& wanted,
                std::string hint = {});

  const LoadRequest& request_;
  Diagnostics& diagnostics_;
  bool unexpanded_;
  GraphSpec graph_;
};

GraphSpec GraphReader::read(const Value& root) {
  if (root.kind() == Value::Kind::null) {
    diagnostics_.add("config.missing", root.mark(), "the config is empty",
                     "it begins with 'version: 1' and has 'pipelines:'");
    return {};
  }
  if (root.kind() != Value::Kind::map) {
    diagnostics_.add("config.type", root.mark(), "a config must be a map, not " + describe(root),
                     "it begins with 'version: 1'");
    return {};
  }
  const KeySet keys{
      "", {"version", "engine", "metrics", "vars", "pipelines"}, {"include", "tests"}};
  const std::vector<std::string> meant = check_keys(root, keys, diagnostics_);
  const auto misspelt = [&](std::string_view key) {
    return std::find(meant.begin(), meant.end(), key) != meant.end();
  };
  read_version(root, misspelt("version"));
  if (const Value* engine = section(root, "engine", "engine")) read_engine(*engine);
  if (const Value* metrics = section(root, "metrics", "metrics")) read_metrics(*metrics);
  if (const Value* vars = section(root, "vars", "vars")) check_vars(*vars);
  read_pipelines(root, misspelt("pipelines"));
  return std::move(graph_);
}

void GraphReader::read_version(const Value& root, bool misspelt) {
  const Value* version = root.find("version");
  if (version == nullptr) {
    if (misspelt) return;
    diagnostics_.add("config.version", root.mark(), "the config has no version",
                     "begin it with 'version: 1'");
  } else if (version->text() != "1") {
    diagnostics_.add("config.version", version->mark(),
                     "the version must be 1, not " + describe(*version));
  }
}

void GraphReader::read_engine(const Value& engine) {
  check_keys(engine, {"engine", {"threads", "memory", "buffer", "tokens", "shutdown_timeout"}, {}},
             diagnostics_);
  EngineSpec& spec = graph_.engine;
  constexpr ByteSize no_limit{UINT64_MAX};
  spec.threads = read_number(engine, "threads", 1, most_threads);
  spec.tokens = read_number(engine, "tokens", fewest_tokens, most_tokens);
  spec.buffer = read_size(engine, "buffer", smallest_buffer, largest_buffer, true);
  spec.memory = read_size(engine, "memory", 1_B, no_limit, false).value_or(spec.memory);
  spec.shutdown_timeout = FlowReader(diagnostics_, unexpanded_)
                              .duration(engine, "shutdown_timeout", "engine")
                              .value_or(spec.shutdown_timeout);
}

void GraphReader::read_metrics(const Value& metrics) {
  check_keys(metrics, {"metrics", {"log"}, {"http"}}, diagnostics_);
  if (const Value* log = section(metrics, "log", "metrics.log")) read_log(*log);
}

void GraphReader::read_log(const Value& log) {
  check_keys(log, {"metrics.log", {"every", "format"}, {}}, diagnostics_);
  if (const Value* every = given(log, "every", false)) {
    const auto parsed = parse_duration(every->text());
    if (parsed && *parsed >= shortest_log_interval) {
      graph_.metrics.every = *parsed;
    } else {
      bad_value(*every, "metrics.log.every", "a duration from 1ms", "write for example 10s");
    }
  }
  const Value* format = given(log, "format", false);
  if (format == nullptr) return;
  if (format->text() == "text") {
    graph_.metrics.format = LogFormat::text;
  } else if (format->text() == "json") {
    graph_.metrics.format = LogFormat::json;
  } else if (format->text() == "logfmt") {
    graph_.metrics.format = LogFormat::logfmt;
  } else {
    bad_value(*format, "metrics.log.format", "text, json or logfmt",
              did_you_mean(format->text(), {"text", "json", "logfmt"}));
  }
}

void GraphReader::check_vars(const Value& vars) {
  for (const Entry& entry : vars.entries()) {
    if (!is_config_name(entry.key)) {
      diagnostics_.add("config.name", entry.key_mark, "'" + entry.key + "' cannot name a variable",
                       "use letters, digits, '_', '-' and '.'");
    }
    const Value::Kind kind = entry.value.kind();
    if (kind != Value::Kind::list && kind != Value::Kind::map) continue;
    diagnostics_.add("config.type", entry.value.mark(),
                     "'vars." + entry.key + "' must be text, not " + describe(entry.value));
  }
}

void GraphReader::read_pipelines(const Value& root, bool misspelt) {
  const Entry* pipelines = find_entry(root, "pipelines");
  const Value* map = section(root, "pipelines", "pipelines");
  if (map != nullptr && !map->entries().empty()) {
    for (const Entry& entry : map->entries()) {
      const std::size_t earlier = diagnostics_.all().size();
      read_pipeline(entry);
      if (diagnostics_.all().size() > earlier) graph_.pipelines.pop_back();
    }
    return;
  }
  const bool wrong_kind =
      pipelines != nullptr && map == nullptr && pipelines->value.kind() != Value::Kind::null;
  if (wrong_kind || misspelt) return;
  diagnostics_.add("config.missing", pipelines != nullptr ? pipelines->key_mark : root.mark(),
                   "the config has no pipelines", "write 'pipelines: { main: { stages: [...] } }'");
}

void GraphReader::read_pipeline(const Entry& entry) {
  const std::string name = "pipelines." + entry.key;
  PipelineSpec& pipeline = graph_.pipelines.emplace_back();
  pipeline.name = {entry.key, entry.key_mark};
  if (!is_config_name(entry.key)) {
    diagnostics_.add("config.name", entry.key_mark, "'" + entry.key + "' cannot name a pipeline",
                     "use letters, digits, '_', '-' and '.'");
  }
  if (entry.value.kind() == Value::Kind::list || entry.value.kind() == Value::Kind::scalar) {
    return bad_kind(entry.value, name, "a map", "its stages go below 'stages:'");
  }
  const auto meant =
      check_keys(entry.value, {name, {"stages", "limit", "restart"}, {}}, diagnostics_);
  FlowReader flow(diagnostics_, unexpanded_);
  if (const Value* limit = entry.value.find("limit")) {
    pipeline.limit = flow.limit(*limit, name + ".limit");
  }
  if (const Value* restart = entry.value.find("restart")) {
    pipeline.restart = flow.restart(*restart, name + ".restart");
  }
  const Entry* stages = find_entry(entry.value, "stages");
  if (stages == nullptr || stages->value.kind() == Value::Kind::null ||
      (stages->value.kind() == Value::Kind::list && stages->value.items().empty())) {
    if (stages == nullptr && std::find(meant.begin(), meant.end(), "stages") != meant.end()) return;
    diagnostics_.add("config.missing", stages != nullptr ? stages->key_mark : entry.key_mark,
                     "pipeline '" + entry.key + "' has no stages");
    return;
  }
  if (stages->value.kind() != Value::Kind::list) {
    return bad_kind(stages->value, name + ".stages", "a list", "each stage begins with '- '");
  }
  for (const Value& item : stages->value.items()) {
    auto stage = read_stage(item, request_.map_options, diagnostics_);
    if (stage) pipeline.stages.push_back(std::move(*stage));
  }
}

const Value* GraphReader::section(const Value& map, std::string_view key, const std::string& name) {
  const Value* value = map.find(key);
  if (value == nullptr || value->kind() == Value::Kind::null) return nullptr;
  if (value->kind() == Value::Kind::map) return value;
  bad_kind(*value, name, "a map");
  return nullptr;
}

const Value* GraphReader::given(const Value& map, std::string_view key, bool has_auto) {
  const Value* value = map.find(key);
  if (value == nullptr || (has_auto && value->text() == "auto")) return nullptr;
  const bool reported = unexpanded_ && value->text().find("${") != std::string::npos;
  return reported ? nullptr : value;
}

std::optional<unsigned> GraphReader::read_number(const Value& map, std::string_view key,
                                                 unsigned lowest, unsigned highest) {
  const Value* value = given(map, key, true);
  if (value == nullptr) return std::nullopt;
  const std::string& text = value->text();
  unsigned number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  if (whole && number >= lowest && number <= highest) return number;
  bad_value(*value, "engine." + std::string(key),
            "auto or a number from " + std::to_string(lowest) + " to " + std::to_string(highest));
  return std::nullopt;
}

std::optional<ByteSize> GraphReader::read_size(const Value& map, std::string_view key,
                                               ByteSize lowest, ByteSize highest, bool has_auto) {
  const Value* value = given(map, key, has_auto);
  if (value == nullptr) return std::nullopt;
  const auto size = parse_byte_size(value->text());
  if (size && *size >= lowest && *size <= highest) return size;
  std::string wanted = (has_auto ? "auto or a size from " : "a size from ") + print(lowest);
  if (highest.bytes != UINT64_MAX) wanted += " to " + print(highest);
  std::string hint;
  if (!size && value->kind() == Value::Kind::scalar) hint = "a size has a unit, as in 64KiB";
  bad_value(*value, "engine." + std::string(key), wanted, std::move(hint));
  return std::nullopt;
}

void GraphReader::bad_value(const Value& value, const std::string& name, const std::string& wanted,
                            std::string hint) {
  const bool text = value.kind() == Value::Kind::scalar || value.kind() == Value::Kind::null;
  if (!text) return bad_kind(value, name, wanted, std::move(hint));
  diagnostics_.add("config.value", value.mark(),
                   "'" + name + "' must be " + wanted + ", not " + describe(value),
                   std::move(hint));
}

void GraphReader::bad_kind(const Value& value, const std::string& name, const std::string& wanted,
                           std::string hint) {
  diagnostics_.add("config.type", value.mark(),
                   "'" + name + "' must be " + wanted + ", not " + describe(value),
                   std::move(hint));
}

}  // namespace

std::optional<GraphSpec> load(const LoadRequest& request, Diagnostics& diagnostics) {
  const std::size_t earlier = diagnostics.all().size();
  std::optional<GraphSpec> graph = load_sound_parts(request, diagnostics);
  if (diagnostics.all().size() > earlier) graph.reset();
  return graph;
}

std::optional<GraphSpec> load_sound_parts(const LoadRequest& request, Diagnostics& diagnostics) {
  std::optional<GraphSpec> graph;
  if (std::optional<Value> tree = parse_document(request.text, diagnostics)) {
    for (const std::string& change : request.overrides) {
      apply_override(*tree, change, diagnostics);
    }
    const std::size_t before_expansion = diagnostics.all().size();
    expand(*tree, request.environment, diagnostics);
    const bool unexpanded = diagnostics.all().size() > before_expansion;
    graph = GraphReader(request, diagnostics, unexpanded).read(*tree);
    if (unexpanded) graph.reset();
  }
  diagnostics.sort();
  return graph;
}

}  // namespace sluice
