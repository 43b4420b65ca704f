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
    add(Role::sink, "collect", {from},
        {{"name", {}, Value::scalar(name)},
         flag("ordered", pick(random_, 0, 4) != 0),
         number("spin_us", pick(random_, 0, 2) == 0 ? pick(random_, 0, 150) : 0),
         flag("thread", pick(random_, 0, 1) == 0)});
  }

  Random random_;
  GraphLimits limits_;
  PipelineSpec pipeline_;
};

// --- The model -----------------------------------------------------------------------------------

struct ModelRecord {
  std::string text;
  std::vector<std::size_t> places;  ///< Within the message at each fork not merged yet.
};
/// What one batch holds; `units` are its numbers at the forks it has passed and not merged yet.
struct Message {
  std::vector<ModelRecord> records;
  std::vector<std::size_t> units;
};
struct Stream {
  std::vector<Message> messages;
  bool exact_order = true;
};

std::uint64_t number_of(const StageSpec& stage, const std::string& option) {
  return std::stoull(stage.options.find(option)->text());
}

class Model {
 public:
  explicit Model(const PipelineSpec& pipeline) : pipeline_(pipeline) {}

  std::map<std::string, Expected> run() {
    std::map<std::string, Expected> expected;
    for (const StageSpec& stage : pipeline_.stages) {
      const bool is_observer = stage.type.text == "watch";
      if (stage.role != Role::sink && !is_observer) continue;
      const Stream stream = of(stage.from.front().text, {});
      Expected& seen = expected[stage.options.find("name")->text()];
      seen.is_observer = is_observer;
      seen.exact_order =
          stream.exact_order && (is_observer || stage.options.find("ordered")->text() == "true");
      for (const Message& message : stream.messages) {
        for (const ModelRecord& record : message.records) seen.records.push_back(record.text);
      }
    }
    return expected;
  }

 private:
  const StageSpec& find(const std::string& id) const {
    return *std::find_if(pipeline_.stages.begin(), pipeline_.stages.end(),
                         [&](const StageSpec& stage) { return stage.id->text == id; });
  }

  static std::string without_output(const std::string& name) {
    return name.substr(0, name.find('.'));
  }

  /// The first stage from which all of `names` come, walking up single inputs only; a merge on the
  /// way is jumped over to what is above its own fork.
  std::vector<std::string> way_up(const std::string& name) const {
    std::vector<std::string> way;
    std::string at = without_output(name);
    while (true) {
      way.push_back(at);
      const StageSpec& stage = find(at);
      if (stage.type.text == "pack" || stage.from.empty()) return way;
      if (stage.from.size() > 1) {
        const std::optional<std::string> fork = fork_of(stage);
        if (!fork || find(*fork).from.size() != 1) return way;
        at = without_output(find(*fork).from.front().text);
      } else {
        at = without_output(stage.from.front().text);
      }
    }
  }

  std::optional<std::string> fork_of(const StageSpec& merge) const {
    if (merge.order) return std::nullopt;
    std::vector<std::vector<std::string>> ways;
    for (const MarkedText& from : merge.from) ways.push_back(way_up(from.text));
    for (const std::string& candidate : ways.front()) {
      if (std::all_of(ways.begin(), ways.end(), [&](const auto& way) {
            return std::find(way.begin(), way.end(), candidate) != way.end();
          })) {
        return candidate;
      }
    }
    return std::nullopt;
  }

  bool only_thins(const std::string& name, const std::string& fork) const {
    const std::string id = without_output(name);
    if (id == fork) return true;
    const StageSpec& stage = find(id);
    if (stage.type.text == "multiply") return false;
    return std::all_of(stage.from.begin(), stage.from.end(),
                       [&](const MarkedText& from) { return only_thins(from.text, fork); });
  }

  /// The output named by `name`, as seen from inside the diamonds that begin at `forks`.
  Stream of(const std::string& name, const std::vector<std::string>& forks) {
    Stream stream = stage_output(name, forks);
    if (std::find(forks.begin(), forks.end(), without_output(name)) == forks.end()) return stream;
    for (std::size_t i = 0; i < stream.messages.size(); ++i) {
      Message& message = stream.messages[i];
      message.units.push_back(i);
      // The outputs of a split keep the places they had before it.
      if (!has_outputs(find(without_output(name)))) number_places(message);
    }
    return stream;
  }

  static bool has_outputs(const StageSpec& stage) {
    return stage.type.text == "split" || stage.type.text == "deal";
  }

  static void number_places(Message& message) {
    for (std::size_t r = 0; r < message.records.size(); ++r) message.records[r].places.push_back(r);
  }

  Stream stage_output(const std::string& name, const std::vector<std::string>& forks) {
    const StageSpec& stage = find(without_output(name));
    if (stage.role == Role::source) return source(stage);
    // A fork is seen as one only from below it.
    std::vector<std::string> above = forks;
    std::erase(above, without_output(name));
    Stream in = stage.from.size() > 1 ? merged(stage, above) : of(stage.from.front().text, above);
    if (stage.type.text == "multiply") return multiply(stage, in);
    if (stage.type.text == "pack") return pack(stage, in);
    const bool odd = name.ends_with(".odd");
    for (Message& message : in.messages) {
      if (has_outputs(stage)) number_places(message);
      std::erase_if(message.records, [&](const ModelRecord& record) {
        if (stage.type.text == "deal") {
          return dealt(record.text, number_of(stage, "ways"), number_of(stage, "salt")) !=
                 output_number(name);
        }
        if (stage.type.text == "split") {
          return kept(record.text, 2, number_of(stage, "salt")) != odd;
        }
        if (stage.type.text != "keep") return false;
        return !kept(record.text, number_of(stage, "one_in"), number_of(stage, "salt"));
      });
    }
    return in;
  }

  /// Of an output of `deal`.
  static std::uint64_t output_number(const std::string& name) {
    const std::size_t dot = name.find(".w");
    return dot == std::string::npos ? 0 : std::stoull(name.substr(dot + 2));
  }

  static Stream source(const StageSpec& stage) {
    Stream stream;
    for (std::uint64_t batch = 0; batch < number_of(stage, "batches"); ++batch) {
      Message message;
      for (std::string& text : source_records(number_of(stage, "seed"), batch)) {
        message.records.push_back({std::move(text), {}});
      }
      stream.messages.push_back(std::move(message));
    }
    return stream;
  }

  static Stream multiply(const StageSpec& stage, const Stream& in) {
    Stream out;
    out.exact_order = in.exact_order;
    for (const Message& message : in.messages) {
      Message next{{}, message.units};
      for (const ModelRecord& record : message.records) {
        for (std::string& copy :
             multiplied(record.text, number_of(stage, "most"), number_of(stage, "salt"))) {
          if (next.records.size() == multiply_records_per_output) {
            out.messages.push_back(std::exchange(next, Message{{}, message.units}));
          }
          next.records.push_back({std::move(copy), record.places});
        }
      }
      out.messages.push_back(std::move(next));
    }
    return out;
  }

  static Stream pack(const StageSpec& stage, const Stream& in) {
    Stream out;
    out.exact_order = in.exact_order;
    Message next;
    std::size_t used = 0;
    for (const Message& message : in.messages) {
      for (const ModelRecord& record : message.records) {
        const std::size_t size = record.text.size() + 1;
        if (used + size > number_of(stage, "bytes")) {
          out.messages.push_back(std::exchange(next, Message{}));
          used = 0;
        }
        next.records.push_back({record.text, {}});
        used += size;
      }
    }
    out.messages.push_back(std::move(next));
    return out;
  }

  Stream merged(const StageSpec& merge, const std::vector<std::string>& forks) {
    const std::optional<std::string> fork = fork_of(merge);
    std::vector<std::string> below = forks;
    if (fork) below.push_back(*fork);
    std::vector<Stream> inputs;
    Stream out;
    for (const MarkedText& from : merge.from) {
      inputs.push_back(of(from.text, below));
      out.exact_order = out.exact_order && inputs.back().exact_order;
    }
    if (!fork) {
      out.exact_order = out.exact_order && merge.order.has_value();
      for (Stream& input : inputs) {
        for (Message& message : input.messages) out.messages.push_back(std::move(message));
      }
      return out;
    }
    const bool by_record =
        std::all_of(merge.from.begin(), merge.from.end(),
                    [&](const MarkedText& from) { return only_thins(from.text, *fork); });
    std::vector<std::size_t> next(inputs.size(), 0);
    for (std::size_t unit = 0;; ++unit) {
      std::vector<Message> pieces;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        while (next[i] < inputs[i].messages.size() &&
               inputs[i].messages[next[i]].units.back() == unit) {
          pieces.push_back(std::move(inputs[i].messages[next[i]++]));
          pieces.back().units.pop_back();
        }
      }
      if (pieces.empty()) return out;
      if (by_record) pieces = {zip(pieces)};
      for (Message& piece : pieces) {
        for (ModelRecord& record : piece.records) record.places.pop_back();
        out.messages.push_back(std::move(piece));
      }
    }
  }

  static Message zip(const std::vector<Message>& pieces) {
    Message whole{{}, pieces.front().units};
    for (const Message& piece : pieces) {
      whole.records.insert(whole.records.end(), piece.records.begin(), piece.records.end());
    }
    std::stable_sort(whole.records.begin(), whole.records.end(),
                     [](const ModelRecord& a, const ModelRecord& b) {
                       return a.places.back() < b.places.back();
                     });
    return whole;
  }

  const PipelineSpec& pipeline_;
};

}  // namespace

RandomGraph make_graph(std::uint64_t seed, const GraphLimits& limits) {
  return Builder(seed, limits).build();
}

std::map<std::string, Expected> model(const PipelineSpec& pipeline) {
  return Model(pipeline).run();
}

std::string describe(const GraphSpec& spec) {
  std::string text = "threads " + std::to_string(spec.engine.threads.value_or(0)) + ", tokens " +
                     std::to_string(spec.engine.tokens.value_or(0)) + "\n";
  for (const StageSpec& stage : spec.pipelines.front().stages) {
    text += "  " + stage.id->text + " <-";
    for (const MarkedText& from : stage.from) text += " " + from.text;
    if (stage.order) text += " order=" + stage.order->text;
    for (const Entry& entry : stage.options.entries()) {
      text += " " + entry.key + "=" + entry.value.text();
    }
    text += "\n";
  }
  return text;
}

}  // namespace sluice::toy
