#include "config/misreading.h"

#include <cstddef>
#include <utility>

#include "config/document_nodes.h"

namespace sluice {
namespace {

using Nodes = std::vector<DocumentNode>;

constexpr std::string_view comment_hint =
    "' #' begins a comment and ends the value: put the value in quotes, or below '>-'";
constexpr std::string_view comma_hint = "in brackets a ',' ends the value: put the value in quotes";

/// Explaining a mistake costs a comparison with every misreading: after so many there is no more.
constexpr std::size_t explained_mistakes = 1000;

/// True if a bracket or a quote of `text` is open at its end.
bool is_open(std::string_view text) {
  constexpr std::string_view openers = "([{";
  constexpr std::string_view closers = ")]}";
  int depth = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\') {
      ++i;
    } else if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (openers.find(c) != std::string_view::npos) {
      ++depth;
    } else if (closers.find(c) != std::string_view::npos) {
      --depth;
    }
  }
  return depth > 0 || quote != '\0';
}

/// True if `text` ends in an operator of expressions, other than those at the end of patterns.
bool ends_in_operator(std::string_view text) {
  constexpr std::string_view operators = "=<>&|+!,";
  return !text.empty() && operators.find(text.back()) != std::string_view::npos;
}

class Finder {
 public:
  explicit Finder(const Nodes& nodes) : nodes_(nodes) {}

  std::vector<Misreading> run() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].kind == DocumentNode::Kind::map) look_at_map(i);
      if (nodes_[i].kind == DocumentNode::Kind::list) look_at_list(i);
    }
    return std::move(found_);
  }

 private:
  void look_at_list(std::size_t list) {
    for (std::size_t i = list + 1; i < nodes_[list].end; i = nodes_[i].end) {
      look_at_value(nodes_[i], nodes_[list], false);
    }
  }

  void look_at_map(std::size_t map) {
    const DocumentNode& parent = nodes_[map];
    const DocumentNode* value_above = nullptr;
    for (std::size_t key = map + 1; key < parent.end;) {
      const std::size_t value = nodes_[key].end;
      const bool alone = nodes_[key].ended_by == ',' || nodes_[key].ended_by == '}';
      const bool cut_above = value_above != nullptr && value_above->ended_by == ',';
      if (cut_above) look_at_value(*value_above, parent, alone);
      if (cut_above && alone) {
        found_.push_back({nodes_[key].mark, parent.mark, std::string(comma_hint), true, true});
      }
      if (nodes_[value].ended_by == '#') look_at_value(nodes_[value], parent, false);
      value_above = &nodes_[value];
      key = nodes_[value].end;
    }
  }

  /// `has_rest`: what follows the value looks like the rest of it.
  void look_at_value(const DocumentNode& value, const DocumentNode& parent, bool has_rest) {
    if (value.ended_by == ',' && (has_rest || is_open(value.text))) {
      found_.push_back({value.mark, parent.mark, std::string(comma_hint), true, false});
    }
    if (value.ended_by != '#') return;
    // A comment behind a number or a word is just that.
    const bool one_word = value.text.find_first_of(" (['\"") == std::string::npos;
    const bool certain = is_open(value.text) || ends_in_operator(value.text);
    if (one_word && !certain) return;
    found_.push_back({value.mark, parent.mark, std::string(comment_hint), certain, false});
  }

  const Nodes& nodes_;
  std::vector<Misreading> found_;
};

/// True if a diagnostic at `place` is about `misreading`: at it, in it, right behind it, or, if it
/// is a certain one, at the map it is in.
bool concerns(const Mark& place, const Misreading& misreading) {
  const Mark& mark = misreading.mark;
  const bool inside = place.line == mark.line && place.column >= mark.column &&
                      place.column <= mark.column + mark.length;
  const bool at_parent =
      place.line == misreading.parent.line && place.column == misreading.parent.column;
  return inside || (at_parent && misreading.certain);
}

}  // namespace

std::vector<Misreading> find_misreadings(std::string_view text) {
  Diagnostics reported_already;
  const std::optional<Nodes> nodes = read_nodes(text, reported_already);
  if (!nodes) return {};
  return Finder(*nodes).run();
}

void explain_misreadings(std::string_view text, Diagnostics& diagnostics) {
  if (diagnostics.empty()) return;
  const std::vector<Misreading> all = find_misreadings(text);
  if (all.empty()) return;
  Diagnostics explained;
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    std::string hint = diagnostic.hint;
    if (explained.all().size() >= explained_mistakes) {
      explained.add(diagnostic.code, diagnostic.mark, diagnostic.message, std::move(hint));
      continue;
    }
    for (const Misreading& misreading : all) {
      if (!concerns(diagnostic.mark, misreading)) continue;
      if (!hint.empty() && !misreading.certain) continue;
      hint += (hint.empty() ? "" : "; ") + misreading.hint;
      break;
    }
    explained.add(diagnostic.code, diagnostic.mark, diagnostic.message, std::move(hint));
  }
  diagnostics = std::move(explained);
}

}  // namespace sluice
