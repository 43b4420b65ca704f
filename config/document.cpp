#include "config/document.h"

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/document_nodes.h"
#include "engine/base/utf8.h"

namespace sluice {
namespace {

/// True if every byte may stand in a config; else says which one may not.
bool check_encoding(std::string_view text, Diagnostics& diagnostics) {
  Mark mark{1, 1, 1};
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool control = byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r';
    if (length == 0 || control) {
      diagnostics.add(
          "yaml.encoding", mark,
          control ? "control byte in the config" : "invalid UTF-8 in the config",
          control ? "write it as an escape in double quotes" : "save the file as UTF-8");
      return false;
    }
    const bool line_end = byte == '\n' || (byte == '\r' && text.substr(i, 2) != "\r\n");
    const bool byte_order_mark = i == 0 && length == 3 && text.substr(0, 3) == "\xEF\xBB\xBF";
    if (line_end) {
      ++mark.line;
      mark.column = 1;
    } else if (!byte_order_mark) {
      ++mark.column;
    }
    i += length;
  }
  return true;
}

/// Makes the Values of a list of nodes: follows aliases, merges keys and finds duplicates.
Value scalar_of(const DocumentNode& node) {
  Value scalar = Value::scalar(node.text, node.mark, node.quoted);
  scalar.set_parts(node.parts);
  return scalar;
}

class TreeBuilder {
 public:
  TreeBuilder(const std::vector<DocumentNode>& nodes, Diagnostics& diagnostics)
      : nodes_(nodes), diagnostics_(diagnostics) {}

  /// The tree below node `index`. Recursion is bounded by DocumentLimits::depth.
  Value build(std::size_t index);

 private:
  using KeyMarks = std::unordered_map<std::string, Mark>;

  Value build_list(const DocumentNode& node, std::size_t index);
  Value build_map(const DocumentNode& node, std::size_t index);
  /// True if node `index` is a key that is new to the map.
  bool accept_key(const DocumentNode& key, KeyMarks& seen);
  void merge(Value source, std::vector<Entry>& entries, KeyMarks& seen);
  void report(std::string code, Mark mark, std::string message, std::string hint = {});

  const std::vector<DocumentNode>& nodes_;
  Diagnostics& diagnostics_;
  std::size_t following_ = 0;  ///< Aliases being followed: what is in them was reported already.
};

Value TreeBuilder::build(std::size_t index) {
  const DocumentNode& node = nodes_[index];
  switch (node.kind) {
    case DocumentNode::Kind::scalar:
      return scalar_of(node);
    case DocumentNode::Kind::list:
      return build_list(node, index);
    case DocumentNode::Kind::map:
      return build_map(node, index);
    case DocumentNode::Kind::alias: {
      ++following_;
      Value value = build(node.target);
      --following_;
      return value;
    }
    case DocumentNode::Kind::null:
      break;
  }
  Value value;
  value.set_mark(node.mark);
  return value;
}

Value TreeBuilder::build_list(const DocumentNode& node, std::size_t index) {
  std::vector<Value> items;
  for (std::size_t item = index + 1; item < node.end; item = nodes_[item].end) {
    items.push_back(build(item));
  }
  return Value::list(std::move(items), node.mark);
}

Value TreeBuilder::build_map(const DocumentNode& node, std::size_t index) {
  std::vector<Entry> entries;
  KeyMarks seen;
  std::optional<std::size_t> merged;
  for (std::size_t key = index + 1; key < node.end;) {
    const std::size_t value = nodes_[key].end;
    if (accept_key(nodes_[key], seen)) {
      if (nodes_[key].text == "<<" && !nodes_[key].quoted) {
        merged = value;
      } else {
        entries.push_back({nodes_[key].text, nodes_[key].mark, build(value)});
      }
    }
    key = nodes_[value].end;
  }
  if (merged) merge(build(*merged), entries, seen);
  return Value::map(std::move(entries), node.mark);
}

bool TreeBuilder::accept_key(const DocumentNode& key, KeyMarks& seen) {
  if (key.kind != DocumentNode::Kind::scalar) {
    const bool null = key.kind == DocumentNode::Kind::null;
    report("yaml.key", key.mark, "a key must be text",
           null ? "put the key in quotes" : "write the key out as a word");
    return false;
  }
  const auto [first, is_new] = seen.emplace(key.text, key.mark);
  if (is_new) return true;
  report("yaml.duplicate_key", key.mark, "duplicate key '" + key.text + "'",
         "first on line " + std::to_string(first->second.line));
  return false;
}

void TreeBuilder::merge(Value source, std::vector<Entry>& entries, KeyMarks& seen) {
  std::vector<Value> maps;
  if (source.kind() == Value::Kind::list) {
    maps = std::move(source.items());
  } else {
    maps.push_back(std::move(source));
  }
  for (Value& map : maps) {
    if (map.kind() != Value::Kind::map) {
      report("yaml.merge", map.mark(), "'<<' merges maps, not " + std::string(name_of(map.kind())),
             "write '<<: *anchor' or '<<: [*a, *b]'");
      continue;
    }
    for (Entry& entry : map.entries()) {
      if (seen.emplace(entry.key, entry.key_mark).second) entries.push_back(std::move(entry));
    }
  }
}

void TreeBuilder::report(std::string code, Mark mark, std::string message, std::string hint) {
  if (following_ > 0) return;
  diagnostics_.add(std::move(code), mark, std::move(message), std::move(hint));
}

}  // namespace

std::optional<Value> parse_document(std::string_view text, Diagnostics& diagnostics) {
  if (text.size() > DocumentLimits::text_bytes) {
    diagnostics.add("yaml.size", {1, 1, 1}, "the config is larger than 1 MiB");
    return std::nullopt;
  }
  if (!check_encoding(text, diagnostics)) return std::nullopt;
  const std::optional<std::vector<DocumentNode>> nodes = read_nodes(text, diagnostics);
  if (!nodes) return std::nullopt;
  if (nodes->empty()) {
    Value nothing;
    nothing.set_mark({1, 1, 1});
    return nothing;
  }
  return TreeBuilder(*nodes, diagnostics).build(0);
}

}  // namespace sluice
