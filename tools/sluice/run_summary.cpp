#include "tools/sluice/run_summary.h"

#include <array>
#include <concepts>
#include <cstdint>
#include <cstdio>
#include <map>
#include <string_view>
#include <variant>

#include "engine/base/json_text.h"

namespace sluice {
namespace {

/// A JSON object under construction.
class JsonObject {
 public:
  template <std::integral T>
  JsonObject& add(std::string_view key, T number) {
    return add_raw(key, std::to_string(number));
  }
  JsonObject& add(std::string_view key, double number) {
    std::array<char, 400> text{};  // The largest double has 309 digits.
    std::snprintf(text.data(), text.size(), "%.6f", number);
    return add_raw(key, text.data());
  }
  JsonObject& add(std::string_view key, std::string_view text) {
    return add_raw(key, json_quoted(text));
  }
  JsonObject& add_raw(std::string_view key, std::string_view json) {
    text_ += text_.size() == 1 ? "" : ", ";
    text_ += json_quoted(key) + ": ";
    text_ += json;
    return *this;
  }
  std::string text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

using StageIncidents = std::map<std::string, Incidents::Entry, std::less<>>;

/// A list of what bad records look like.
std::string shapes_list(const std::vector<BadShape>& shapes) {
  std::string list;
  for (const BadShape& shape : shapes) {
    JsonObject object;
    object.add("reason", shape.reason).add("shape", shape.shape).add("count", shape.count);
    object.add("first", shape.first.where()).add("byte", shape.first.offset);
    list += (list.empty() ? "" : ", ") + object.add("sample", shape.first.text).text();
  }
  return "[" + list + "]";
}

std::string findings_object(const std::vector<Findings::Entry>& findings) {
  JsonObject object;
  for (const Findings::Entry& entry : findings) {
    std::visit([&](const auto& value) { object.add(entry.name, value); }, entry.value);
  }
  return object.text();
}

std::string stage_object(const StageReport& stage, const StageIncidents* incidents,
                         const StageContext& context) {
  JsonObject object;
  object.add("type", stage.type)
      .add("records_in", stage.records_in)
      .add("records_out", stage.records_out)
      .add("bytes_in", stage.bytes_in)
      .add("bytes_out", stage.bytes_out)
      .add("filtered", stage.filtered)
      .add("rejected", stage.rejected)
      .add("kept_bad", stage.kept_bad)
      .add("dead_lettered", stage.dead_lettered)
      .add("aggregated", stage.aggregated)
      .add("discarded", stage.discarded)
      .add("dropped", stage.dropped)
      .add("busy", stage.busy);
  if (incidents != nullptr) {
    JsonObject counts;
    for (const auto& [reason, entry] : *incidents) counts.add(reason, entry.count);
    object.add_raw("incidents", counts.text());
  }
  const std::vector<Findings::Entry> findings = context.findings().all();
  if (!findings.empty()) object.add_raw("findings", findings_object(findings));
  const std::vector<BadShape> shapes = context.bad_shapes().all();
  if (!shapes.empty()) object.add_raw("bad_records", shapes_list(shapes));
  return object.text();
}

int badness(OutcomeKind kind) noexcept {
  if (kind == OutcomeKind::failed) return 2;
  return kind == OutcomeKind::cancelled ? 1 : 0;
}

}  // namespace

void RunSummary::add(const PipelineRun& run, const Outcome& outcome, const PipelineReport& total) {
  if (badness(outcome.kind) > badness(worst_)) worst_ = outcome.kind;
  const auto incidents = incidents_of(run);
  JsonObject stages;
  for (std::size_t i = 0; i < total.stages.size(); ++i) {
    const StageReport& stage = total.stages[i];
    const auto found = incidents.find(stage.id);
    stages.add_raw(stage.id,
                   stage_object(stage, found == incidents.end() ? nullptr : &found->second,
                                *run.plan().stages[i].context));
  }
  JsonObject pipeline;
  pipeline.add("name", total.name).add("outcome", name_of(outcome.kind));
  if (outcome.error) pipeline.add("error", to_string(*outcome.error));
  pipeline.add("seconds", total.seconds).add("rejected", total.rejected());
  pipeline.add_raw("stages", stages.text());
  JsonObject bottleneck;
  bottleneck.add("stage", total.bottleneck.stage)
      .add("busy", total.bottleneck.busy)
      .add("hint", total.bottleneck.hint);
  pipelines_.push_back(pipeline.add_raw("bottleneck", bottleneck.text()).text());
}

std::string RunSummary::text(int exit_status) const {
  std::string pipelines;
  for (const std::string& pipeline : pipelines_) {
    pipelines += (pipelines.empty() ? "" : ", ") + pipeline;
  }
  JsonObject object;
  object.add("outcome", name_of(worst_)).add("exit_status", exit_status);
  return object.add_raw("pipelines", "[" + pipelines + "]").text() + "\n";
}

}  // namespace sluice
