// Pipelines written in code, planned with toy stages and a few that have the shapes toys lack.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/run/planner.h"
#include "tests/support/toy_stages.h"

namespace sluice {

/// A stage as a config has it.
class StageText {
 public:
  StageText(Role role, std::string type) {
    spec_.role = role;
    spec_.type.text = std::move(type);
  }
  /// `- TYPE: VALUE`, or `- TYPE` without a value.
  static StageText short_form(std::string type, std::optional<std::string> value = {}) {
    StageText text(Role::source, std::move(type));
    text.spec_.role_from_registry = true;
    if (value) text.spec_.main = Value::scalar(std::move(*value));
    return text;
  }
  StageText id(std::string name) && {
    spec_.id = MarkedText{std::move(name), {}};
    return std::move(*this);
  }
  StageText from(const std::vector<std::string>& names) && {
    for (const std::string& name : names) spec_.from.push_back({name, {}});
    return std::move(*this);
  }
  StageText order(std::string order) && {
    spec_.order = MarkedText{std::move(order), {}};
    return std::move(*this);
  }
  StageText when_full(std::string policy) && {
    spec_.when_full = MarkedText{std::move(policy), {}};
    return std::move(*this);
  }
  StageText option(std::string key, std::string value) && {
    spec_.options.entries().push_back({std::move(key), {}, Value::scalar(std::move(value))});
    return std::move(*this);
  }
  /// As it stands in line `line`.
  StageSpec at(std::uint32_t line) const {
    StageSpec spec = spec_;
    spec.mark = spec.type.mark = {line, 3, 1};
    if (spec.id) spec.id->mark = {line, 5, 1};
    if (spec.order) spec.order->mark = {line, 7, 1};
    for (MarkedText& from : spec.from) from.mark = {line, 9, 1};
    return spec;
  }

 private:
  StageSpec spec_;
};

inline StageText toy_source(std::string id = "toy") {
  return StageText(Role::source, "toy").id(std::move(id));
}
inline StageText transform(std::string type) { return {Role::transform, std::move(type)}; }
inline StageText collect(std::string id = "collect") {
  return StageText(Role::sink, "collect").option("name", id).id(id);
}

/// Beside the toys: source `stream` (of bytes), source and sink `file` (short form: path), sink
/// `press` (gather, rewrite, sink), transform `double` (a rewrite), transform `rewrite` (writes new
/// texts), transform `hold` (lets 65 KiB more be under way), sink `void` (parallel), and transform
/// `broken`, which cannot be made.
void register_shapes(Registry& registry);

class PlanFixture : public ::testing::Test {
 protected:
  PlanFixture() {
    toy::register_toys(registry_);
    register_shapes(registry_);
  }

  static PipelineSpec pipeline(const std::vector<StageText>& stages, std::string name = "p") {
    PipelineSpec spec;
    spec.name.text = std::move(name);
    for (const StageText& stage : stages) {
      spec.stages.push_back(stage.at(static_cast<std::uint32_t>(spec.stages.size() + 1)));
    }
    return spec;
  }

  std::optional<Plan> plan(std::vector<PipelineSpec> pipelines, const EngineSpec& engine = {},
                           const std::vector<std::string>& only = {}) {
    GraphSpec spec;
    spec.engine = engine;
    spec.pipelines = std::move(pipelines);
    diagnostics_ = {};
    return make_plan(spec, registry_, {Io::system(), Clock::system(), claims_, 2}, only,
                     diagnostics_);
  }
  /// REQUIRES: there is nothing wrong with it.
  PlannedPipeline planned(const std::vector<StageText>& stages) {
    std::optional<Plan> made = plan({pipeline(stages)});
    for (const Diagnostic& mistake : diagnostics_.all()) ADD_FAILURE() << mistake.message;
    return made ? std::move(made->pipelines.front()) : PlannedPipeline{};
  }

  /// "CODE@LINE MESSAGE [HINT]" of each mistake in a pipeline of these stages.
  std::vector<std::string> mistakes(const std::vector<StageText>& stages) {
    EXPECT_FALSE(plan({pipeline(stages)}));
    return mistakes();
  }
  std::vector<std::string> mistakes() const {
    std::vector<std::string> all;
    for (const Diagnostic& mistake : diagnostics_.all()) {
      all.push_back(mistake.code + "@" + std::to_string(mistake.mark.line) + " " + mistake.message +
                    (mistake.hint.empty() ? "" : " [" + mistake.hint + "]"));
    }
    return all;
  }

  Registry registry_;
  FileClaims claims_;
  Diagnostics diagnostics_;
};

}  // namespace sluice
