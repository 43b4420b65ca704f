#include "tests/support/toy_graph.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "tests/support/toy_stages.h"

namespace sluice::toy {
namespace {

using Random = std::mt19937_64;

std::uint64_t pick(Random& random, std::uint64_t low, std::uint64_t high) {
  return std::uniform_int_distribution<std::uint64_t>(low, high)(random);
}

Entry number(const std::string& name, std::uint64_t value) {
  return {name, {}, Value::scalar(std::to_string(value))};
}
Entry flag(const std::string& name, bool value) {
  return {name, {}, Value::scalar(value ? "true" : "false")};
}

class Builder {
 public:
  Builder(std::uint64_t seed, const GraphLimits& limits) : random_(seed), limits_(limits) {}

  RandomGraph build() {
    RandomGraph graph;
    pipeline_.name = {"simulated", {}};
    std::string end = add_source(1);
    end = add_segment(end, limits_.depth);
    if (limits_.hang_ups || pick(random_, 0, 3) == 0) end = add_chain(add_relay(end));
    if (pick(random_, 0, 3) == 0) end = join_second_source(end);
    if (limits_.faults) {
      end =
          add(Role::transform, "fail_at", {end},
              {{"record", {}, Value::scalar("1-" + std::to_string(pick(random_, 0, 70)) + ".1")}});
      graph.may_fail = true;
    }
    if (pick(random_, 0, 2) == 0) {
      end = add(Role::transform, "pack", {end}, {number("bytes", pick(random_, 24, 400))});
      if (pick(random_, 0, 1) == 0) end = add_chain(end);
    }
    const std::uint64_t sinks = pick(random_, 1, 2);
    for (std::uint64_t i = 0; i < sinks; ++i) add_sink(end);
    if (limits_.best_effort) add_best_effort_sinks();
    graph.spec.engine.threads = static_cast<unsigned>(pick(random_, 1, 4));
    graph.spec.engine.tokens = static_cast<unsigned>(pick(random_, 3, 6));
    graph.spec.engine.buffer = 4_KiB;
    graph.spec.pipelines.push_back(std::move(pipeline_));
    return graph;
  }

 private:
  std::string add(Role role, const std::string& type, std::vector<std::string> from,
                  std::vector<Entry> options) {
    StageSpec stage;
    stage.role = role;
    stage.type = {type, {}};
    stage.id = MarkedText{type + std::to_string(pipeline_.stages.size()), {}};
    for (std::string& above : from) stage.from.push_back({std::move(above), {}});
    stage.options = Value::map(std::move(options));
    pipeline_.stages.push_back(stage);
    return stage.id->text;
  }

  std::string add_source(std::uint64_t seed) {
    if (limits_.outages && pick(random_, 0, 1) == 0) {
      return add(
          Role::source, "caller", {},
          {number("batches", pick(random_, 0, limits_.batches)), number("seed", seed),
           number("away_every", pick(random_, 2, 20)), number("away_us", pick(random_, 0, 300))});
    }
    return add(
        Role::source, "toy", {},
        {number("batches", pick(random_, 0, limits_.batches)), number("seed", seed),
         flag("loader", pick(random_, 0, 1) == 0), flag("thread", pick(random_, 0, 3) == 0)});
  }

  std::string add_keep(const std::string& from) {
    return add(Role::transform, "keep", {from},
               {number("one_in", pick(random_, 1, 3)), number("salt", pick(random_, 0, 99)),
                number("spin_us", pick(random_, 0, 2) == 0 ? pick(random_, 0, 60) : 0)});
  }

  std::string add_relay(const std::string& from) {
    const std::uint64_t take = limits_.hang_ups ? pick(random_, 1, limits_.batches / 2) : 0;
    return add(Role::duplex, "relay", {from},
               {number("room", pick(random_, 1, 5)), flag("late", pick(random_, 0, 3) == 0),
                flag("thread", pick(random_, 0, 3) != 0), number("take", take)});
  }

  std::string add_watch(const std::string& from) {
    const std::string name = "watch" + std::to_string(pipeline_.stages.size());
    return add(Role::transform, "watch", {from},
               {{"name", {}, Value::scalar(name)},
                number("spin_us", pick(random_, 0, 2) == 0 ? pick(random_, 0, 60) : 0),
                flag("thread", pick(random_, 0, 1) == 0)});
  }

  std::string add_chain(std::string from) {
    const std::uint64_t length = pick(random_, 0, 3);
    for (std::uint64_t i = 0; i < length; ++i) {
      switch (pick(random_, 0, 8)) {
        case 0:
        case 1:
          from = add_watch(from);
          break;
        case 2:
        case 3:
        case 4:
          from = add(Role::transform, "multiply", {from},
                     {number("most", pick(random_, 0, 3)), number("salt", pick(random_, 0, 99))});
          break;
        default:
          from = add_keep(from);
      }
    }
    return from;
  }

  std::string add_segment(std::string from, unsigned depth) {
    from = add_chain(from);
    if (depth == 0 || pick(random_, 0, 2) == 0) return from;
    // Something behind the fork and the merge, so that no two diamonds share one.
    switch (pick(random_, 0, 5)) {
      case 0:
        from = add_split_diamond(from);
        break;
      case 1:
        from = add_deal_diamond(from);
        break;
      default:
        from = add_diamond(from, depth);
    }
    return add_segment(add_keep(from), depth - 1);
  }

  std::string add_diamond(const std::string& from, unsigned depth) {
    const std::uint64_t branches = pick(random_, 2, 3);
    std::vector<std::string> ends;
    for (std::uint64_t i = 0; i < branches; ++i) {
      std::string branch = add_keep(from);
      branch = pick(random_, 0, 1) == 0 ? add_chain(branch) : branch;
      if (pick(random_, 0, 11) == 0) branch = add_relay(branch);
      if (depth > 1 && pick(random_, 0, 3) == 0) {
        branch = add_keep(add_diamond(add_keep(branch), depth - 1));
      }
      ends.push_back(branch);
    }
    // One more reader of the fork that does not take part.
    if (pick(random_, 0, 4) == 0) add_sink(add_chain(from));
    return merge(std::move(ends));
  }

  std::string add_split_diamond(const std::string& from) {
    const std::string split =
        add(Role::transform, "split", {from}, {number("salt", pick(random_, 0, 99))});
    return merge({add_keep(split), add_keep(split + ".odd")});
  }

  /// Some of the outputs meet again, some end in sinks, some are not read.
  std::string add_deal_diamond(const std::string& from) {
    const std::uint64_t ways = pick(random_, 2, 5);
    const std::string deal = add(Role::transform, "deal", {from},
                                 {number("ways", ways), number("salt", pick(random_, 0, 99))});
    std::vector<std::string> ends;
    for (std::uint64_t way = 0; way < ways; ++way) {
      const std::string output =
          way == 0 && pick(random_, 0, 1) == 0 ? deal : deal + ".w" + std::to_string(way);
      const bool is_needed = ends.size() + (ways - way) <= 2;
      const std::uint64_t fate = is_needed ? 0 : pick(random_, 0, 5);
      if (fate < 4) ends.push_back(add_keep(output));
      if (fate == 4) add_sink(add_chain(output));
    }
    return merge(std::move(ends));
  }

  std::string merge(std::vector<std::string> ends) {
    return add(Role::transform, "keep", std::move(ends),
               {number("one_in", 1), number("salt", 0), number("spin_us", 0)});
  }

  std::string join_second_source(const std::string& end) {
    const std::string other = add_chain(add_source(2));
    const bool by_input = pick(random_, 0, 1) == 0;
    std::string merged = merge({end, other});
    if (by_input) pipeline_.stages.back().order = MarkedText{"input", {}};
    return add_chain(merged);
  }

  void add_sink(const std::string& from) {
    const std::string name = "sink" + std::to_string(pipeline_.stages.size());
    if (limits_.outages && pick(random_, 0, 2) > 0) {
      const bool is_lost = limits_.faults && pick(random_, 0, 1) == 0;
      add(Role::sink, "peer", {from},
          {{"name", {}, Value::scalar(name)},
           number("away_every", pick(random_, 1, 20)),
           number("away_us", pick(random_, 0, 300)),
           number("gone_at", is_lost ? pick(random_, 1, 30) : 0)});
      return;
    }
    add(Role::sink, "collect", {from},
        {{"name", {}, Value::scalar(name)},
         flag("ordered", pick(random_, 0, 4) != 0),
         number("spin_us", pick(random_, 0, 2) == 0 ? pick(random_, 0, 150) : 0),
         flag("thread", pick(random_, 0, 1) == 0)});
  }

  /// Slow ones, that read whatever stage there is; in front of some a stage that drops for them.
  void add_best_effort_sinks() {
    const std::size_t stages = pipeline_.stages.size();
    const std::uint64_t count = pick(random_, 1, 3);
    for (std::uint64_t i = 0; i < count; ++i) {
      const StageSpec& above = pipeline_.stages[pick(random_, 0, stages - 1)];
      if (above.role == Role::sink) continue;
      std::string from = above.id->text;
      const MarkedText policy{pick(random_, 0, 1) == 0 ? "drop_newest" : "drop_oldest", {}};
      const bool drops_above = pick(random_, 0, 3) == 0;
      if (drops_above) {
        from = add_keep(from);
        pipeline_.stages.back().when_full = policy;
        from = add_chain(from);
      }
      const std::string name = "sink" + std::to_string(pipeline_.stages.size());
      add(Role::sink, "collect", {from},
          {{"name", {}, Value::scalar(name)},
           flag("ordered", pick(random_, 0, 1) == 0),
           number("spin_us", pick(random_, 100, 800)),
           flag("thread", true)});
      if (!drops_above) pipeline_.stages.back().when_full = policy;
    }
  }

  Random random_;
  GraphLimits limits_;
  PipelineSpec pipeline_;
};

}  // namespace

RandomGraph make_graph(std::uint64_t seed, const GraphLimits& limits) {
  return Builder(seed, limits).build();
}

std::string describe(const GraphSpec& spec) {
  std::string text = "threads " + std::to_string(spec.engine.threads.value_or(0)) + ", tokens " +
                     std::to_string(spec.engine.tokens.value_or(0)) + "\n";
  for (const StageSpec& stage : spec.pipelines.front().stages) {
    text += "  " + stage.id->text + " <-";
    for (const MarkedText& from : stage.from) text += " " + from.text;
    if (stage.order) text += " order=" + stage.order->text;
    if (stage.when_full) text += " when_full=" + stage.when_full->text;
    for (const Entry& entry : stage.options.entries()) {
      text += " " + entry.key + "=" + entry.value.text();
    }
    text += "\n";
  }
  return text;
}

}  // namespace sluice::toy
