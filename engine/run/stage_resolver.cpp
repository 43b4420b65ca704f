#include "engine/run/stage_resolver.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace sluice {
namespace {

void report_unknown_type(const StageSpec& stage, const Registry& registry,
                         Diagnostics& diagnostics) {
  std::vector<std::string> names;
  std::string what = "stage";
  if (stage.role_from_registry) {
    for (const StageType& type : registry.all()) names.push_back(type.name);
  } else {
    names = registry.names(stage.role);
    what = name_of(stage.role);
  }
  std::string hint = did_you_mean(stage.type.text, names);
  if (hint.empty()) {
    for (const StageType& type : registry.all()) {
      if (type.name == stage.type.text)
        hint = "there is a " + std::string(name_of(type.role)) + " of that name";
    }
  }
  if (hint.empty()) hint = "`sluice stages` lists all types";
  diagnostics.add("stage.unknown_type", stage.type.mark,
                  "unknown " + what + " type '" + stage.type.text + "'", hint);
}

/// The options with the short form's value under its name.
Value with_main(const StageSpec& stage, const StageType& type, Diagnostics& diagnostics) {
  Value options = stage.options;
  if (!stage.main) return options;
  if (type.main_option.empty()) {
    const std::string role(name_of(type.role));
    diagnostics.add("stage.no_short_form", stage.main->mark(),
                    role + " '" + type.name + "' has no short form",
                    type.options.empty() ? "it has no options"
                                         : "name the option, as in `" + type.name + ": {" +
                                               type.options.front().name + ": ...}`");
    return options;
  }
  if (options.find(type.main_option) != nullptr) {
    diagnostics.add(
        "option.duplicate", stage.main->mark(),
        "option '" + type.main_option + "' is given twice: by the short form and by name");
    return options;
  }
  options.entries().insert(options.entries().begin(),
                           Entry{type.main_option, stage.type.mark, *stage.main});
  return options;
}

class Resolver {
 public:
  Resolver(const PipelineSpec& spec, const Registry& registry, PlannedPipeline& pipeline,
           Diagnostics& diagnostics)
      : spec_(spec), registry_(registry), pipeline_(pipeline), diagnostics_(diagnostics) {}

  bool run() {
    const std::size_t before = diagnostics_.all().size();
    for (std::size_t i = 0; i < spec_.stages.size(); ++i) resolve_type(i);
    name_stages();
    for (std::size_t i = 0; i < spec_.stages.size(); ++i) {
      if (pipeline_.stages[i].type == nullptr) continue;
      resolve_inputs(i);
      resolve_when_full(spec_.stages[i], pipeline_.stages[i]);
    }
    return diagnostics_.all().size() == before;
  }

 private:
  void resolve_type(std::size_t number) {
    const StageSpec& stage = spec_.stages[number];
    PlannedStage planned;
    planned.mark = stage.mark;
    planned.type = stage.role_from_registry
                       ? find_by_place(registry_, stage.type.text, position_of(number))
                       : registry_.find(stage.role, stage.type.text);
    if (planned.type == nullptr) {
      report_unknown_type(stage, registry_, diagnostics_);
    } else {
      const Value options = with_main(stage, *planned.type, diagnostics_);
      planned.bound = planned.type->bind(options, stage.mark, diagnostics_);
    }
    pipeline_.stages.push_back(std::move(planned));
  }

  StagePosition position_of(std::size_t number) const {
    if (number == 0) return StagePosition::first;
    return number + 1 < spec_.stages.size() ? StagePosition::between : StagePosition::last;
  }

  void name_stages() {
    std::map<std::string, Mark> taken;
    std::map<std::string, unsigned> count;
    for (std::size_t i = 0; i < spec_.stages.size(); ++i) {
      const StageSpec& stage = spec_.stages[i];
      std::string& id = pipeline_.stages[i].id;
      const unsigned nth = ++count[stage.type.text];
      if (stage.id) {
        id = stage.id->text;
      } else {
        id = nth == 1 ? stage.type.text : stage.type.text + "-" + std::to_string(nth);
      }
      const Mark mark = stage.id ? stage.id->mark : stage.mark;
      const auto [other, fresh] = taken.emplace(id, mark);
      if (fresh) continue;
      diagnostics_.add("stage.duplicate_id", mark, "two stages are called '" + id + "'",
                       "the other is in line " + std::to_string(other->second.line));
    }
  }

  void resolve_inputs(std::size_t number) {
    const StageSpec& stage = spec_.stages[number];
    PlannedStage& planned = pipeline_.stages[number];
    if (planned.type->role == Role::source) {
      if (!stage.from.empty()) {
        diagnostics_.add("stage.from_source", stage.from.front().mark,
                         "source '" + planned.id + "' reads from no other stage");
      }
      check_order(stage, planned);
      return;
    }
    if (stage.from.empty()) {
      take_stage_above(number);
    } else {
      for (const MarkedText& from : stage.from) take_named(planned, from);
    }
    check_order(stage, planned);
  }

  void take_stage_above(std::size_t number) {
    PlannedStage& planned = pipeline_.stages[number];
    if (number == 0) {
      diagnostics_.add("stage.no_input", planned.mark,
                       "the first stage of a pipeline must be a source");
      return;
    }
    const PlannedStage& above = pipeline_.stages[number - 1];
    if (above.type != nullptr && above.type->role == Role::sink) {
      diagnostics_.add("stage.no_input", planned.mark,
                       "stage '" + planned.id + "' stands behind a sink, which gives nothing",
                       "say which stage it reads: `from: ID`");
      return;
    }
    planned.inputs.push_back({number - 1, 0});
  }

  void take_named(PlannedStage& planned, const MarkedText& from) {
    std::string name = from.text;
    std::string output;
    if (const std::size_t dot = name.find('.'); dot != std::string::npos) {
      output = name.substr(dot + 1);
      name.resize(dot);
    }
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < pipeline_.stages.size(); ++i) {
      const PlannedStage& above = pipeline_.stages[i];
      ids.push_back(above.id);
      if (above.id != name || above.type == nullptr) continue;
      take_output(planned, from, i, output);
      return;
    }
    if (std::find(ids.begin(), ids.end(), name) != ids.end()) return;  // Its type is unknown.
    diagnostics_.add("stage.unknown_from", from.mark, "there is no stage '" + name + "'",
                     did_you_mean(name, ids));
  }

  void take_output(PlannedStage& planned, const MarkedText& from, std::size_t above_number,
                   const std::string& output) {
    const PlannedStage& above = pipeline_.stages[above_number];
    const StageType& type = *above.type;
    if (type.role == Role::sink) {
      diagnostics_.add("stage.from_sink", from.mark,
                       "'" + from.text + "' is a sink and gives nothing");
      return;
    }
    PlannedStage::Input input{above_number, 0};
    if (!output.empty() && output != type.main_output) {
      if (above.bound == nullptr) return;  // What outputs it was to have is not known.
      const auto& outputs = above.bound->named_outputs();
      const auto found =
          std::find_if(outputs.begin(), outputs.end(),
                       [&](const NamedOutput& named) { return named.name == output; });
      if (found == outputs.end()) {
        report_unknown_output(above, from, output);
        return;
      }
      input.output = static_cast<std::size_t>(found - outputs.begin()) + 1;
    }
    if (std::find(planned.inputs.begin(), planned.inputs.end(), input) != planned.inputs.end()) {
      diagnostics_.add("stage.duplicate_from", from.mark,
                       "'" + from.text + "' is named twice in `from`");
      return;
    }
    planned.inputs.push_back(input);
  }

  void report_unknown_output(const PlannedStage& above, const MarkedText& from,
                             const std::string& output) {
    std::vector<std::string> names;
    for (const NamedOutput& named : above.bound->named_outputs()) names.push_back(named.name);
    if (!above.type->main_output.empty()) names.push_back(above.type->main_output);
    std::string hint = did_you_mean(output, names);
    if (hint.empty() && !names.empty()) {
      for (const std::string& name : names) hint += (hint.empty() ? "it has " : ", ") + name;
    }
    diagnostics_.add("stage.unknown_output", from.mark,
                     std::string(name_of(above.type->role)) + " '" + above.type->name +
                         "' has no output '" + output + "'",
                     hint);
  }

  void check_order(const StageSpec& stage, PlannedStage& planned) {
    if (!stage.order) return;
    const std::string& order = stage.order->text;
    if (stage.from.size() < 2) {
      diagnostics_.add("stage.order", stage.order->mark,
                       "`order` is for a stage with several inputs");
    } else if (order == "input") {
      planned.merge = MergeOrder::input;
    } else if (order == "time") {
      diagnostics_.add("config.not_available", stage.order->mark,
                       "'order: time' is not available in this version");
    } else if (order != "arrival") {
      diagnostics_.add("stage.order", stage.order->mark, "unknown order '" + order + "'",
                       "one of arrival, input, time");
    }
  }

  void resolve_when_full(const StageSpec& stage, PlannedStage& planned) {
    if (!stage.when_full) return;
    const MarkedText& text = *stage.when_full;
    const std::optional<WhenFull> policy = parse_when_full(text.text);
    if (planned.type->role == Role::source) {
      diagnostics_.add("stage.when_full", text.mark,
                       "`when_full` is for a stage that reads from another one, and '" +
                           planned.id + "' is a source");
    } else if (!policy) {
      const std::string hint = did_you_mean(text.text, {"block", "drop_newest", "drop_oldest"});
      diagnostics_.add(
          "stage.when_full", text.mark,
          "`when_full` must be block, drop_newest or drop_oldest, not '" + text.text + "'", hint);
    } else if (*policy != WhenFull::block) {
      planned.when_full = *policy;
      planned.dropped = std::make_unique<DropMeter>();
    }
  }

  const PipelineSpec& spec_;
  const Registry& registry_;
  PlannedPipeline& pipeline_;
  Diagnostics& diagnostics_;
};

}  // namespace

const StageType* find_by_place(const Registry& registry, std::string_view name,
                               StagePosition position) {
  using Roles = std::array<Role, 4>;
  constexpr std::array<Roles, 3> by_position{
      Roles{Role::source, Role::transform, Role::sink, Role::duplex},
      Roles{Role::transform, Role::duplex, Role::sink, Role::source},
      Roles{Role::transform, Role::sink, Role::duplex, Role::source}};
  for (const Role role : by_position[static_cast<std::size_t>(position)]) {
    if (const StageType* type = registry.find(role, name)) return type;
  }
  return nullptr;
}

bool resolve_stages(const PipelineSpec& spec, const Registry& registry, PlannedPipeline& pipeline,
                    Diagnostics& diagnostics) {
  return Resolver(spec, registry, pipeline, diagnostics).run();
}

}  // namespace sluice
