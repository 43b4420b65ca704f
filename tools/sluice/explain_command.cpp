// `sluice explain`: the plan as plain text.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/escape.h"
#include "engine/data/buffer_pool.h"
#include "engine/data/cell.h"
#include "engine/data/slice.h"
#include "tools/sluice/backpressure_text.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/console.h"
#include "tools/sluice/planned_config.h"
#include "tools/sluice/text_table.h"

namespace sluice {
namespace {

/// For people: "512 B", "512.5 KiB", "36.2 MiB".
std::string readable(std::uint64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  const bool large = bytes >= 1U << 20U;
  const double amount = static_cast<double>(bytes) / (large ? 1 << 20 : 1 << 10);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", amount, large ? "MiB" : "KiB");
  return text.data();
}

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : separator) + word;
  return all.empty() ? "-" : all;
}

std::string describe(MergeOrder order) {
  switch (order) {
    case MergeOrder::arrival:
      return "merged as they arrive";
    case MergeOrder::input:
      return "merged one after the other";
    case MergeOrder::records:
      return "merged in the source's order, record by record";
    case MergeOrder::pieces:
      return "merged in the source's order, batch by batch";
  }
  return "?";
}

/// How one part of a stage runs.
struct PartWords {
  std::string operator()(const SourcePart& part) const {
    return part.has_loader ? "reads in order, loads in parallel" : "serial, in order";
  }
  std::string operator()(const TransformPart& /*part*/) const { return "parallel"; }
  std::string operator()(const RewritePart& /*part*/) const { return "rewrites in parallel"; }
  std::string operator()(const GatherPart& /*part*/) const { return "gathers in order"; }
  std::string operator()(const ExpanderPart& /*part*/) const { return "expands in order"; }
  std::string operator()(const ObserverPart& /*part*/) const { return "observes in order"; }
  std::string operator()(const SinkPart& part) const {
    return part.ordered ? "writes in order" : "writes one by one, in any order";
  }
  std::string operator()(const ParallelSinkPart& /*part*/) const { return "parallel, any order"; }
};

std::string reads_of(const PlannedPipeline& pipeline, const PlannedStage& stage) {
  std::vector<std::string> names;
  for (const PlannedStage::Input& input : stage.inputs) {
    const PlannedStage& above = pipeline.stages[input.stage];
    names.push_back(input.output == 0
                        ? above.id
                        : above.id + "." + above.bound->named_outputs()[input.output - 1].name);
  }
  return joined(names, ", ");
}

std::string stage_table(const PlannedPipeline& pipeline) {
  TextTable table({"stage", "type", "reads", "runs"});
  for (const PlannedStage& stage : pipeline.stages) {
    std::vector<std::string> runs;
    for (const Part& part : stage.parts) runs.push_back(std::visit(PartWords{}, part));
    if (stage.merge) runs.insert(runs.begin(), describe(*stage.merge));
    table.add({escape(stage.id), std::string(name_of(stage.type->role)) + "/" + stage.type->name,
               escape(reads_of(pipeline, stage)), joined(runs, "; ")});
  }
  return table.text();
}

std::vector<std::string> notes_of(const Part& part) {
  if (const auto* source = std::get_if<SourcePart>(&part)) return source->notes;
  if (const auto* sink = std::get_if<SinkPart>(&part)) return sink->notes;
  if (const auto* transform = std::get_if<TransformPart>(&part)) return transform->notes;
  if (const auto* observer = std::get_if<ObserverPart>(&part)) return observer->notes;
  return {};
}

/// What stages say of themselves: which columns they produce, what they hold beside the buffers.
std::string stage_notes(const PlannedPipeline& pipeline) {
  std::string text;
  for (const PlannedStage& stage : pipeline.stages) {
    for (const Part& part : stage.parts) {
      for (const std::string& note : notes_of(part)) {
        text += "  " + escape(stage.id) + ": " + note + "\n";
      }
    }
  }
  return text.empty() ? text : text + "\n";
}

std::string name_of(NodePlan::Kind kind) {
  switch (kind) {
    case NodePlan::Kind::source:
      return "source";
    case NodePlan::Kind::chain:
      return "chain";
    case NodePlan::Kind::gather:
      return "gather";
    case NodePlan::Kind::expander:
      return "expander";
    case NodePlan::Kind::observer:
      return "observer";
    case NodePlan::Kind::sink:
      return "sink";
    case NodePlan::Kind::fork:
      return "fork";
    case NodePlan::Kind::merge:
      return "merge";
    case NodePlan::Kind::order:
      return "order";
    case NodePlan::Kind::overflow:
      return "overflow";
    case NodePlan::Kind::limit:
      return "limit";
  }
  return "?";
}

std::string node_table(const PlannedPipeline& pipeline) {
  TextTable table({"node", "kind", "runs", "gate", "sends to"});
  for (const NodePlan& node : pipeline.nodes) {
    std::vector<std::string> targets;
    for (const auto& edges : node.outputs) {
      for (const NodePlan::Edge& edge : edges) {
        const NodePlan& target = pipeline.nodes[edge.target];
        targets.push_back(escape(target.name) + " [" + name_of(target.kind) + "]");
      }
    }
    if (node.kind == NodePlan::Kind::sink &&
        pipeline.stages[node.parts.front().stage].type->role == Role::duplex) {
      targets.push_back("its peer");
    }
    table.add({escape(node.name), name_of(node.kind),
               node.kind == NodePlan::Kind::chain ? "parallel" : "serial",
               node.gate ? escape(pipeline.gates[*node.gate].name) : "-", joined(targets, ", ")});
  }
  return table.text();
}

std::string gate_table(const PlannedPipeline& pipeline) {
  TextTable table({"gate", "tokens", "buffer", "longest", "scratch", "at most"});
  for (const GatePlan& gate : pipeline.gates) {
    const BufferPoolSizes& sizes = gate.sizes;
    table.add({escape(gate.name), std::to_string(sizes.count), readable(sizes.size),
               readable(std::max(sizes.size, sizes.capacity)), readable(sizes.scratch),
               readable(BufferPool::memory_bound(sizes))});
  }
  return table.text();
}

/// What the fields of the records in flight take beside the buffers: a row of the record table and
/// a cell of each column. Empty: no stage asks for fields. How many records a buffer holds is the
/// data's affair, so the words name a size of records.
std::string table_line(const PlannedPipeline& pipeline) {
  constexpr std::uint64_t row_bytes = sizeof(Slice) + sizeof(std::uint32_t);
  constexpr std::uint64_t record_bytes = 100;
  std::size_t columns = 0;
  bool any = false;
  for (const PlannedStage& stage : pipeline.stages) {
    const FieldSet& fields = stage.place.output.fields;
    columns = std::max(columns, fields.all ? stage.output.fields.size() : fields.names.size());
    any = any || fields.all || !fields.names.empty();
  }
  if (!any) return {};
  std::uint64_t bytes = 0;
  for (const GatePlan& gate : pipeline.gates) bytes += gate.sizes.count * gate.sizes.size;
  const std::uint64_t each = row_bytes + columns * sizeof(Cell);
  return "tables   beside them, " + std::to_string(each) + " bytes for each record in flight (" +
         std::to_string(columns) + (columns == 1 ? " column" : " columns") +
         "): " + readable(bytes / record_bytes * each) + " for records of " +
         std::to_string(record_bytes) + " bytes\n";
}

std::string explain(const Plan& plan) {
  std::string text;
  std::string tables;
  for (const PlannedPipeline& pipeline : plan.pipelines) {
    text += "pipeline " + escape(pipeline.name) + "\n\n" + stage_table(pipeline) + "\n" +
            stage_notes(pipeline) + backpressure_text(pipeline) + "\n" + node_table(pipeline) +
            "\n" + gate_table(pipeline) + "\n";
    tables += table_line(pipeline);
  }
  text += "threads  " + std::to_string(plan.threads) + "\n";
  text += "memory   at most " + std::to_string(plan.memory_bound.bytes) + " bytes (" +
          readable(plan.memory_bound.bytes) + ") for all buffers; engine.memory allows " +
          print(plan.memory_limit) + "\n";
  return text + tables;
}

}  // namespace

int explain_command(const ExplainOptions& options) {
  const auto planned = plan_config(options.config, options.pipelines);
  if (planned == nullptr) return number_of(ExitStatus::usage);
  return print_out(explain(planned->plan));
}

}  // namespace sluice
