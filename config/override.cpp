#include "config/override.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "config/document.h"

namespace sluice {
namespace {

/// The entry whose key is the longest beginning of `path` that ends at a dot or at its end.
Entry* find_entry(Value& map, std::string_view path) {
  Entry* best = nullptr;
  for (Entry& entry : map.entries()) {
    const std::string_view key = entry.key;
    if (key.empty() || path.substr(0, key.size()) != key) continue;
    if (path.size() > key.size() && path[key.size()] != '.') continue;
    if (best == nullptr || key.size() > best->key.size()) best = &entry;
  }
  return best;
}

/// Removes the first `size` bytes and the dot after them.
void drop_step(std::string_view& path, std::size_t size) {
  path.remove_prefix(std::min(path.size(), size + 1));
}

/// One `--set` at work. `path_` is what is left of the key; `config` changes only at its end.
class Override {
 public:
  Override(std::string_view key, std::string_view value) : path_(key), value_(value) {}

  /// Empty, or what is wrong.
  std::string apply(Value& config);

 private:
  std::string step_into_list(Value*& at);
  /// `value_` below the maps that the rest of the path names.
  Value new_branch() const;

  std::string_view path_;
  std::string_view value_;
};

std::string Override::apply(Value& config) {
  const auto dots = static_cast<std::size_t>(std::count(path_.begin(), path_.end(), '.'));
  const bool empty_step = path_.empty() || path_.front() == '.' || path_.back() == '.' ||
                          path_.find("..") != std::string_view::npos;
  if (empty_step) return "the key has an empty part";
  if (dots >= DocumentLimits::depth) return "the key has too many parts";
  Value* at = &config;
  while (!path_.empty()) {
    if (at->kind() == Value::Kind::list) {
      std::string wrong = step_into_list(at);
      if (!wrong.empty()) return wrong;
    } else if (at->kind() == Value::Kind::map) {
      Entry* entry = find_entry(*at, path_);
      if (entry == nullptr) {
        const std::string_view step = path_.substr(0, path_.find('.'));
        drop_step(path_, step.size());
        at->entries().push_back({std::string(step), Mark{}, new_branch()});
        return {};
      }
      drop_step(path_, entry->key.size());
      at = &entry->value;
    } else if (at->kind() == Value::Kind::null) {
      break;
    } else {
      return "'" + std::string(path_) + "' is looked for in a text";
    }
  }
  *at = new_branch();
  return {};
}

std::string Override::step_into_list(Value*& at) {
  const std::string_view step = path_.substr(0, path_.find('.'));
  std::size_t index = 0;
  const auto parsed = std::from_chars(step.data(), step.data() + step.size(), index);
  if (parsed.ec != std::errc() || parsed.ptr != step.data() + step.size()) {
    return "'" + std::string(step) + "' is not an index of a list";
  }
  const std::size_t size = at->items().size();
  if (index >= size) {
    return "no item " + std::string(step) + " in a list of " + std::to_string(size) +
           " (the first is 0)";
  }
  drop_step(path_, step.size());
  at = &at->items()[index];
  return {};
}

Value Override::new_branch() const {
  Value branch = Value::scalar(std::string(value_));
  std::string_view path = path_;
  while (!path.empty()) {
    const std::size_t dot = path.rfind('.');
    const std::size_t begin = dot == std::string_view::npos ? 0 : dot + 1;
    std::vector<Entry> entries;
    entries.push_back({std::string(path.substr(begin)), Mark{}, std::move(branch)});
    branch = Value::map(std::move(entries));
    path = path.substr(0, dot == std::string_view::npos ? 0 : dot);
  }
  return branch;
}

}  // namespace

void apply_override(Value& config, const std::string& key_and_value, Diagnostics& diagnostics) {
  const std::string_view text = key_and_value;
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    diagnostics.add("config.override", {}, "--set " + key_and_value + ": not KEY=VALUE",
                    "write for example --set vars.day=2026-01-02");
    return;
  }
  Override change(text.substr(0, equals), text.substr(equals + 1));
  const std::string wrong = change.apply(config);
  if (wrong.empty()) return;
  diagnostics.add("config.override", {}, "--set " + key_and_value + ": " + wrong);
}

}  // namespace sluice
