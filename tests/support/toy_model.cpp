#include <algorithm>
#include <optional>
#include <utility>

#include "tests/support/toy_graph.h"
#include "tests/support/toy_stages.h"

namespace sluice::toy {
namespace {

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
      seen.exact_order = stream.exact_order && keeps_order(stage);
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

  /// Of a sink or an observer: it is given its records in their order.
  static bool keeps_order(const StageSpec& stage) {
    const Value* ordered = stage.options.find("ordered");
    return ordered == nullptr || ordered->text() == "true";
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
      const bool begins_anew = stage.type.text == "pack" || stage.type.text == "relay";
      if (begins_anew || stage.from.empty()) return way;
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
    if (stage.type.text == "relay") return relay(stage, in);
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

  static Stream relay(const StageSpec& stage, const Stream& in) {
    const bool is_late = stage.options.find("late")->text() == "true";
    Stream out;
    out.exact_order = in.exact_order || is_late;
    for (const Message& message : in.messages) {
      if (message.records.empty()) continue;
      Message& whole = out.messages.emplace_back();
      for (const ModelRecord& record : message.records) whole.records.push_back({record.text, {}});
    }
    return is_late ? sorted(out) : out;
  }

  /// A message of each record.
  static Stream sorted(const Stream& in) {
    Stream out;
    for (const Message& message : in.messages) {
      for (const ModelRecord& record : message.records) out.messages.push_back({{record}, {}});
    }
    std::sort(out.messages.begin(), out.messages.end(), [](const Message& a, const Message& b) {
      return a.records.front().text < b.records.front().text;
    });
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

std::map<std::string, Expected> model(const PipelineSpec& pipeline) {
  return Model(pipeline).run();
}

}  // namespace sluice::toy
