#include "engine/run/layout.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace sluice {
namespace {

using Input = PlannedStage::Input;

/// What a part may write for a batch, into memory of the batch's token; null: it writes nothing.
std::function<std::size_t(std::size_t)> scratch_of(const Part& part) {
  if (const auto* rewrite = std::get_if<RewritePart>(&part)) return rewrite->bound;
  if (const auto* transform = std::get_if<TransformPart>(&part)) return transform->scratch;
  return nullptr;
}

bool has_part(const PlannedStage& stage, bool (*is)(const Part&)) {
  return std::any_of(stage.parts.begin(), stage.parts.end(), is);
}

/// The way up from one input of a merge, for as long as batches keep their keys on it.
class WayUp {
 public:
  WayUp(const PlannedPipeline& pipeline, Input from, const std::vector<bool>& is_fork) {
    std::size_t stage = from.stage;
    while (true) {
      stages_.push_back(stage);
      const PlannedStage& here = pipeline.stages[stage];
      // A gather, an overflow and the far end of a duplex number anew; above them units are others.
      // A fork whose merge is elsewhere has left its number on top: beyond it, keys would not
      // match.
      if (is_fork[stage] || here.when_full != WhenFull::block ||
          has_part(here, [](const Part& part) {
            return std::holds_alternative<GatherPart>(part) ||
                   std::holds_alternative<SourcePart>(part);
          })) {
        return;
      }
      if (here.inputs.size() == 1) {
        stage = here.inputs.front().stage;
      } else if (here.fork) {
        // A diamond of its own: its merge undid what its fork did.
        const PlannedStage& fork = pipeline.stages[*here.fork];
        if (fork.inputs.size() != 1) return;
        stage = fork.inputs.front().stage;
      } else {
        return;
      }
    }
  }
  /// Position of `stage` on the way, if it is there.
  std::optional<std::size_t> find(std::size_t stage) const {
    const auto found = std::find(stages_.begin(), stages_.end(), stage);
    if (found == stages_.end()) return std::nullopt;
    return static_cast<std::size_t>(found - stages_.begin());
  }
  const std::vector<std::size_t>& stages() const { return stages_; }

 private:
  std::vector<std::size_t> stages_;
};

/// The stage nearest to the merge that all its inputs come from.
std::optional<std::size_t> common_stage(const std::vector<WayUp>& ways) {
  for (const std::size_t candidate : ways.front().stages()) {
    if (std::all_of(ways.begin(), ways.end(),
                    [&](const WayUp& way) { return way.find(candidate).has_value(); })) {
      return candidate;
    }
  }
  return std::nullopt;
}

struct Outlet {
  std::size_t node = 0;
  std::size_t output = 0;
};

class Layout {
 public:
  Layout(PlannedPipeline& pipeline, std::size_t buffer, std::size_t tokens)
      : pipeline_(pipeline), buffer_(buffer), tokens_(tokens) {}

  void run() {
    outlets_.resize(pipeline_.stages.size());
    for (const std::size_t stage : pipeline_.order) place_stage(stage);
    size_scratch();
  }

 private:
  std::size_t readers(Input of) const {
    std::size_t count = 0;
    for (const PlannedStage& stage : pipeline_.stages) {
      count += static_cast<std::size_t>(std::count(stage.inputs.begin(), stage.inputs.end(), of));
    }
    return count;
  }

  bool is_fork(std::size_t stage) const {
    return std::any_of(pipeline_.stages.begin(), pipeline_.stages.end(),
                       [&](const PlannedStage& merge) { return merge.fork == stage; });
  }

  std::size_t add_node(NodePlan::Kind kind, std::string name) {
    NodePlan node;
    node.kind = kind;
    node.name = std::move(name);
    pipeline_.nodes.push_back(std::move(node));
    return pipeline_.nodes.size() - 1;
  }

  void add_edge(Outlet from, std::size_t target, std::uint16_t port = 0) {
    auto& outputs = pipeline_.nodes[from.node].outputs;
    if (outputs.size() <= from.output) outputs.resize(from.output + 1);
    outputs[from.output].push_back({target, port});
    ++pipeline_.nodes[target].inputs;
  }

  std::size_t add_gate(const std::string& name, std::size_t size, std::size_t capacity) {
    pipeline_.gates.push_back({name, {tokens_, size, capacity, 0, 0}});
    longest_records_.push_back(capacity);
    return pipeline_.gates.size() - 1;
  }

  /// As many as it takes for `bytes` more to be under way behind each gate above `node`.
  void add_tokens(std::size_t node, std::size_t bytes) {
    for (const std::size_t gate : gates_above(node)) {
      BufferPoolSizes& sizes = pipeline_.gates[gate].sizes;
      sizes.count += (bytes + sizes.size - 1) / sizes.size;
    }
    for (NodePlan* overflow : overflows_above(node)) {
      overflow->room += (bytes + buffer_ - 1) / buffer_;
    }
  }

  /// Those that `node` gets batches through with the tokens of the gates above it.
  std::vector<NodePlan*> overflows_above(std::size_t number) {
    std::vector<NodePlan*> overflows;
    NodePlan& node = pipeline_.nodes[number];
    if (node.gate) return overflows;
    if (node.kind == NodePlan::Kind::overflow) overflows.push_back(&node);
    for (const std::size_t above : nodes_above(number)) {
      const std::vector<NodePlan*> more = overflows_above(above);
      overflows.insert(overflows.end(), more.begin(), more.end());
    }
    return overflows;
  }

  void place_stage(std::size_t number) {
    PlannedStage& stage = pipeline_.stages[number];
    std::optional<Outlet> above;
    bool sole_reader = true;
    if (stage.inputs.size() == 1) {
      const Input input = stage.inputs.front();
      above = place_overflow(number, outlets_[input.stage][input.output]);
      sole_reader = readers(input) == 1 || stage.when_full != WhenFull::block;
    } else if (stage.inputs.size() > 1) {
      above = place_merge(number);
    }
    std::optional<Outlet> last_transform;  // Named outputs are its.
    for (std::size_t part = 0; part < stage.parts.size(); ++part) {
      above = place_part(number, part, above, sole_reader);
      sole_reader = true;
      if (std::holds_alternative<TransformPart>(stage.parts[part])) last_transform = above;
    }
    if (pipeline_.limit && stage.type->role == Role::source) above = place_limit(number, *above);
    const std::size_t outputs = 1 + stage.bound->named_outputs().size();
    for (std::size_t output = 0; output < outputs; ++output) {
      const bool is_named = output > 0 && last_transform;
      Outlet outlet{is_named ? last_transform->node : above->node, output};
      if (is_fork(number) && readers({number, output}) > 0) {
        const std::size_t fork = add_node(NodePlan::Kind::fork, stage.id + " (fork)");
        add_edge(outlet, fork);
        outlet = {fork, 0};
      }
      outlets_[number].push_back(outlet);
    }
  }

  /// Where the stage is to read: behind an overflow, unless it blocks what is above it.
  Outlet place_overflow(std::size_t number, Outlet above) {
    const PlannedStage& stage = pipeline_.stages[number];
    if (stage.when_full == WhenFull::block) return above;
    const std::size_t node = add_node(NodePlan::Kind::overflow, stage.id + " (overflow)");
    pipeline_.nodes[node].stage = number;
    const std::size_t room = std::max<std::size_t>(tokens_, OverflowNode::least_room);
    pipeline_.nodes[node].room = room;
    add_edge(above, node);
    // What the branch holds, it holds beside what the others may.
    for (const std::size_t gate : gates_above(node)) pipeline_.gates[gate].sizes.count += room;
    return {node, 0};
  }

  Outlet place_limit(std::size_t number, Outlet above) {
    const std::size_t node =
        add_node(NodePlan::Kind::limit, pipeline_.stages[number].id + " (limit)");
    pipeline_.nodes[node].stage = number;
    add_edge(above, node);
    return {node, 0};
  }

  Outlet place_merge(std::size_t number) {
    const PlannedStage& stage = pipeline_.stages[number];
    std::vector<Outlet> inputs;
    for (const Input input : stage.inputs) {
      inputs.push_back(place_overflow(number, outlets_[input.stage][input.output]));
    }
    const std::size_t merge = add_node(NodePlan::Kind::merge, stage.id + " (merge)");
    pipeline_.nodes[merge].merge = stage.merge.value_or(MergeOrder::arrival);
    std::uint16_t port = 0;
    for (const Outlet input : inputs) add_edge(input, merge, port++);
    return {merge, 0};
  }

  Outlet place_part(std::size_t number, std::size_t part, std::optional<Outlet> above,
                    bool sole_reader) {
    PlannedStage& stage = pipeline_.stages[number];
    const Part& what = stage.parts[part];
    if (const auto* source = std::get_if<SourcePart>(&what)) {
      const std::size_t node = add_node(NodePlan::Kind::source, stage.id);
      pipeline_.nodes[node].parts.push_back({number, part, 0});
      const std::size_t usual = std::max<std::size_t>(buffer_, source->usual_batch.bytes);
      const std::size_t gate = add_gate(stage.id, buffer_, usual + source->longest_record.bytes);
      pipeline_.gates[gate].sizes.kept = usual;
      longest_records_[gate] = std::max(buffer_, source->longest_record.bytes);
      pipeline_.nodes[node].gate = gate;
      if (!source->has_loader) return {node, 0};
      return place_in_chain(number, part, Outlet{node, 0}, true);
    }
    if (const auto* gather = std::get_if<GatherPart>(&what)) {
      const std::size_t size = gather->output_buffer.bytes;
      return place_alone(NodePlan::Kind::gather, number, part, *above,
                         add_gate(stage.id, size, size));
    }
    if (const auto* expander = std::get_if<ExpanderPart>(&what)) {
      const std::size_t longest =
          expander->copies_records ? longest_record(above->node) : expander->longest_record.bytes;
      const std::size_t gate = add_gate(stage.id, buffer_, buffer_ + longest);
      longest_records_.back() = std::max(buffer_, longest);
      return place_alone(NodePlan::Kind::expander, number, part, *above, gate);
    }
    if (std::holds_alternative<ObserverPart>(what)) {
      return place_alone(NodePlan::Kind::observer, number, part, *above, std::nullopt);
    }
    if (std::holds_alternative<SinkPart>(what)) {
      return place_alone(NodePlan::Kind::sink, number, part, *above, std::nullopt);
    }
    const auto* transform = std::get_if<TransformPart>(&what);
    if (transform != nullptr) add_tokens(above->node, transform->more_under_way.bytes);
    if (transform != nullptr && transform->follows_earlier && !earlier_have_passed(above->node)) {
      const std::size_t order = add_node(NodePlan::Kind::order, stage.id + " (order)");
      add_edge(*above, order);
      return place_in_chain(number, part, {order, 0}, true);
    }
    return place_in_chain(number, part, *above, sole_reader);
  }

  /// True when a batch that comes out of `node` has all those in front of it behind the loader.
  bool earlier_have_passed(std::size_t node) const {
    const NodePlan& plan = pipeline_.nodes[node];
    if (plan.kind != NodePlan::Kind::chain) return true;
    const bool loads =
        std::any_of(plan.parts.begin(), plan.parts.end(), [&](NodePlan::PartPlace place) {
          const Part& part = pipeline_.stages[place.stage].parts[place.part];
          return std::holds_alternative<SourcePart>(part);
        });
    if (loads) return false;
    const std::vector<std::size_t> above = nodes_above(node);
    return std::all_of(above.begin(), above.end(),
                       [&](std::size_t one) { return earlier_have_passed(one); });
  }

  std::vector<std::size_t> nodes_above(std::size_t node) const {
    std::vector<std::size_t> nodes;
    for (std::size_t above = 0; above < pipeline_.nodes.size(); ++above) {
      for (const auto& edges : pipeline_.nodes[above].outputs) {
        for (const NodePlan::Edge edge : edges) {
          if (edge.target == node) nodes.push_back(above);
        }
      }
    }
    return nodes;
  }

  /// The longest record that can come out of `node`.
  std::size_t longest_record(std::size_t node) const {
    std::size_t longest = 0;
    for (const std::size_t gate : gates_above(node)) {
      longest = std::max(longest, longest_records_[gate]);
    }
    return longest;
  }

  Outlet place_alone(NodePlan::Kind kind, std::size_t number, std::size_t part, Outlet above,
                     std::optional<std::size_t> gate) {
    const std::size_t node = add_node(kind, pipeline_.stages[number].id);
    pipeline_.nodes[node].parts.push_back({number, part, 0});
    pipeline_.nodes[node].gate = gate;
    add_edge(above, node);
    return {node, 0};
  }

  /// Joins the chain above when nobody else reads it; batches of a named output leave at the end of
  /// a chain, so nothing may follow a stage that has one which is read, but its own next part.
  Outlet place_in_chain(std::size_t number, std::size_t part, Outlet above, bool sole_reader) {
    const PlannedStage& stage = pipeline_.stages[number];
    NodePlan& before = pipeline_.nodes[above.node];
    const bool joins =
        before.kind == NodePlan::Kind::chain && sole_reader && above.output == 0 &&
        (before.parts.back().stage == number || !names_read(before.parts.back().stage));
    if (joins) {
      before.name += " > " + stage.id;
      before.parts.push_back({number, part, 0});
      return above;
    }
    const std::size_t node = add_node(NodePlan::Kind::chain, stage.id);
    pipeline_.nodes[node].parts.push_back({number, part, 0});
    add_edge(above, node);
    return {node, 0};
  }

  bool names_read(std::size_t number) const {
    for (std::size_t i = 0; i < pipeline_.stages[number].bound->named_outputs().size(); ++i) {
      if (readers({number, i + 1}) > 0) return true;
    }
    return false;
  }

  /// New bytes belong to the token of the batch, so every gate above must provide for them. What
  /// one part may write is what the next one may be given.
  void size_scratch() {
    std::vector<std::size_t> largest(pipeline_.nodes.size(), 0);  // Batch in a node, in bytes.
    for (std::size_t number = 0; number < pipeline_.nodes.size(); ++number) {
      NodePlan& node = pipeline_.nodes[number];
      if (node.gate) largest[number] = pipeline_.gates[*node.gate].sizes.capacity;
      for (NodePlan::PartPlace& place : node.parts) {
        const auto scratch = scratch_of(pipeline_.stages[place.stage].parts[place.part]);
        if (scratch == nullptr) continue;
        place.scratch = largest[number] = scratch(largest[number]);
        for (const std::size_t gate : gates_above(number)) {
          pipeline_.gates[gate].sizes.scratch += place.scratch;
        }
      }
      for (const auto& edges : node.outputs) {
        for (const NodePlan::Edge edge : edges) {
          const NodePlan& target = pipeline_.nodes[edge.target];
          // A record that took several branches stands in their merge as often.
          const bool adds_up =
              target.kind == NodePlan::Kind::merge && target.merge == MergeOrder::records;
          std::size_t& most = largest[edge.target];
          most = adds_up ? most + largest[number] : std::max(most, largest[number]);
        }
      }
    }
  }

  std::vector<std::size_t> gates_above(std::size_t number) const {
    std::vector<std::size_t> gates;
    std::vector<std::size_t> open{number};
    while (!open.empty()) {
      const std::size_t node = open.back();
      open.pop_back();
      if (pipeline_.nodes[node].gate) {
        if (std::find(gates.begin(), gates.end(), *pipeline_.nodes[node].gate) == gates.end()) {
          gates.push_back(*pipeline_.nodes[node].gate);
        }
        continue;
      }
      for (const std::size_t above : nodes_above(node)) open.push_back(above);
    }
    return gates;
  }

  PlannedPipeline& pipeline_;
  std::size_t buffer_;
  std::size_t tokens_;
  std::vector<std::vector<Outlet>> outlets_;  ///< By stage, by output.
  std::vector<std::size_t> longest_records_;  ///< That fit a buffer, by gate.
};

}  // namespace

bool only_thins(const PlannedStage& stage) {
  return std::all_of(stage.parts.begin(), stage.parts.end(), [](const Part& part) {
    return std::holds_alternative<ObserverPart>(part) ||
           (std::holds_alternative<TransformPart>(part) && scratch_of(part) == nullptr);
  });
}

void find_forks(PlannedPipeline& pipeline) {
  std::vector<bool> is_fork(pipeline.stages.size(), false);
  std::vector<bool> inside(pipeline.stages.size(), false);
  for (const std::size_t number : pipeline.order) {
    PlannedStage& merge = pipeline.stages[number];
    if (merge.inputs.size() < 2 || merge.merge) continue;
    merge.merge = MergeOrder::arrival;
    if (merge.when_full != WhenFull::block) continue;
    std::vector<WayUp> ways;
    for (const Input input : merge.inputs) ways.emplace_back(pipeline, input, is_fork);
    const std::optional<std::size_t> fork = common_stage(ways);
    // A fork within the branches of another merge would leave its number on top there.
    if (!fork || inside[*fork]) continue;
    bool only_thinned = true;
    for (const WayUp& way : ways) {
      for (std::size_t i = 0; i < *way.find(*fork); ++i) {
        const std::size_t between = way.stages()[i];
        inside[between] = true;
        only_thinned = only_thinned && only_thins(pipeline.stages[between]) &&
                       pipeline.stages[between].merge != MergeOrder::pieces;
      }
    }
    merge.merge = only_thinned ? MergeOrder::records : MergeOrder::pieces;
    merge.fork = fork;
    is_fork[*fork] = true;
  }
}

void lay_out(PlannedPipeline& pipeline, std::size_t buffer, std::size_t tokens) {
  pipeline.nodes.clear();
  pipeline.gates.clear();
  Layout(pipeline, buffer, tokens).run();
}

}  // namespace sluice
