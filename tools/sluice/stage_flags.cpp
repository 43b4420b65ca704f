#include "tools/sluice/stage_flags.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

#include "config/document.h"
#include "config/misreading.h"
#include "config/override.h"
#include "config/yaml_text.h"
#include "engine/base/utf8.h"
#include "engine/base/value.h"
#include "engine/run/stage_resolver.h"

namespace sluice {
namespace {

bool is_flag(std::string_view word) { return word.substr(0, 2) == "--"; }

bool is_map_text(std::string_view value) { return value.substr(0, 1) == "{"; }

bool is_list_text(std::string_view value) {
  return value.size() >= 2 && value.front() == '[' && value.back() == ']';
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool has_required_main(const StageType& type) {
  return std::any_of(type.options.begin(), type.options.end(), [&](const OptionInfo& option) {
    return option.required && option.name == type.main_option;
  });
}

std::string map_hint(const StageType& type) {
  if (type.options.empty()) return "it has no options";
  const std::string& option = type.options.front().name;
  return "its options go in a map: --" + type.name + " '{" + option + ": ...}'";
}

/// Reads one command line from left to right.
class ArgumentSorter {
 public:
  ArgumentSorter(const std::vector<std::string>& arguments, const std::vector<std::string>& options,
                 const Registry& registry)
      : arguments_(arguments), options_(options), registry_(registry) {}

  SortedArguments run() {
    while (next_ < arguments_.size()) {
      const std::string& word = arguments_[next_];
      if (word == "--") break;
      ++next_;
      if (!take_flag(word)) sorted_.others.push_back(word);
    }
    sorted_.others.insert(sorted_.others.end(),
                          arguments_.begin() + static_cast<std::ptrdiff_t>(next_),
                          arguments_.end());
    name_last();
    return std::move(sorted_);
  }

 private:
  /// Which stage is the last one is known when all are there.
  void name_last() {
    if (sorted_.stages.size() < 2) return;
    const StageType*& type = sorted_.stages.back().type;
    type = find_by_place(registry_, type->name, StagePosition::last);
  }

  bool is_option(const std::string& word) const {
    return std::find(options_.begin(), options_.end(), word) != options_.end();
  }

  /// False if `word` is not a stage flag.
  bool take_flag(const std::string& word) {
    if (!is_flag(word)) return false;
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const std::string_view value = equals != std::string::npos
                                       ? std::string_view(word).substr(equals + 1)
                                   : next_ < arguments_.size() ? std::string_view(arguments_[next_])
                                                               : std::string_view();
    // `--set KEY=VALUE` is an option, and no key begins like a map.
    if (is_option(name) && !value.starts_with('{')) return false;
    const StageType* type =
        find_by_place(registry_, name.substr(2),
                      sorted_.stages.empty() ? StagePosition::first : StagePosition::between);
    if (type == nullptr) return false;
    StageFlag flag{type, std::nullopt};
    if (equals != std::string::npos) {
      flag.value = word.substr(equals + 1);
    } else {
      take_value(flag);
    }
    check_value(flag);
    sorted_.stages.push_back(std::move(flag));
    return true;
  }

  /// The value in the next argument, if that is one. A type without a main option takes one too, to
  /// be told of it, rather than of a pipeline of that name.
  void take_value(StageFlag& flag) {
    const bool has_next =
        next_ < arguments_.size() && !is_flag(arguments_[next_]) && !is_option(arguments_[next_]);
    const bool none_wanted = flag.type->main_option.empty();
    const bool unknown_option =
        has_next && none_wanted && arguments_[next_].size() > 1 && arguments_[next_].front() == '-';
    if (has_next && !unknown_option) {
      flag.value = arguments_[next_++];
    } else if (has_required_main(*flag.type)) {
      refuse("--" + flag.type->name + " needs a value: " + flag.type->main_option,
             "a value that begins with '--' is written --" + flag.type->name + "=VALUE");
    }
  }

  void check_value(const StageFlag& flag) {
    if (!flag.value) return;
    const std::string name = "--" + flag.type->name;
    if (!is_utf8(*flag.value)) {
      refuse(name + " '" + *flag.value + "': not UTF-8, which a config must be",
             "give a file of such a name as stdin or stdout");
    } else if (flag.type->main_option.empty() && !is_map_text(*flag.value)) {
      refuse(name + " takes no value, but was given '" + *flag.value + "'", map_hint(*flag.type));
    }
  }

  void refuse(std::string message, std::string hint) {
    if (!sorted_.mistake) sorted_.mistake = UsageMistake{std::move(message), std::move(hint)};
  }

  const std::vector<std::string>& arguments_;
  const std::vector<std::string>& options_;
  const Registry& registry_;
  std::size_t next_ = 0;
  SortedArguments sorted_;
};

/// `text` so that the expansion of variables gives it back: what is literal has been through the
/// shell already.
std::string escape_variables(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 2) == "${") out += '$';
    out += text[i];
  }
  return out;
}

/// The YAML value in the value of a flag; nothing after rendering its mistakes to `shown`.
std::optional<Value> parse_value(const StageFlag& flag, std::string& shown) {
  Diagnostics diagnostics;
  std::optional<Value> value = parse_document(*flag.value, diagnostics);
  // The config written from the value has its quotes right, so this is the last chance to see it.
  for (const Misreading& misreading : find_misreadings(*flag.value)) {
    if (!misreading.is_option) continue;
    diagnostics.add("yaml.no_value", misreading.mark, "this option has no value", misreading.hint);
  }
  if (value && diagnostics.empty()) return value;
  diagnostics.sort();
  for (const Diagnostic& diagnostic : diagnostics.all()) {
    if (!shown.empty()) shown += '\n';
    shown += render(diagnostic, "--" + flag.type->name, *flag.value);
  }
  return std::nullopt;
}

/// One item of `stages`.
std::optional<Value> stage_of(const StageFlag& flag, std::string& shown) {
  const StageType& type = *flag.type;
  std::vector<Entry> entries;
  entries.push_back({std::string(name_of(type.role)), {}, Value::scalar(type.name)});
  if (!flag.value) return Value::map(std::move(entries));
  const bool is_map = is_map_text(*flag.value);
  if (!is_map && !is_list_text(*flag.value)) {
    entries.push_back({type.main_option, {}, Value::scalar(escape_variables(*flag.value))});
    return Value::map(std::move(entries));
  }
  std::optional<Value> value = parse_value(flag, shown);
  if (!value) return std::nullopt;
  if (is_map && !(type.main_is_map && value->find(type.main_option) == nullptr)) {
    for (Entry& entry : value->entries()) entries.push_back(std::move(entry));
  } else {
    entries.push_back({type.main_option, {}, std::move(*value)});
  }
  return Value::map(std::move(entries));
}

Value map_of(std::string key, Value value) {
  std::vector<Entry> entries;
  entries.push_back({std::move(key), {}, std::move(value)});
  return Value::map(std::move(entries));
}

/// Overrides add their sections at the end; a person has the pipelines there.
void sort_sections(Value& config) {
  constexpr std::array<std::string_view, 5> order{"version", "engine", "metrics", "vars",
                                                  "pipelines"};
  const auto place = [&](const Entry& entry) {
    return std::find(order.begin(), order.end(), entry.key) - order.begin();
  };
  std::stable_sort(config.entries().begin(), config.entries().end(),
                   [&](const Entry& a, const Entry& b) { return place(a) < place(b); });
}

}  // namespace

SortedArguments take_stage_flags(const std::vector<std::string>& arguments,
                                 const std::vector<std::string>& options,
                                 const Registry& registry) {
  return ArgumentSorter(arguments, options, registry).run();
}

std::variant<std::string, UsageMistake> config_of(const std::vector<StageFlag>& stages,
                                                  const std::vector<std::string>& overrides) {
  std::string shown;
  std::vector<Value> items;
  for (const StageFlag& flag : stages) {
    if (std::optional<Value> item = stage_of(flag, shown)) items.push_back(std::move(*item));
  }
  if (!shown.empty()) return UsageMistake{{}, {}, std::move(shown)};
  Value config = map_of("version", Value::scalar("1"));
  Value pipelines = map_of("main", map_of("stages", Value::list(std::move(items))));
  config.entries().push_back({"pipelines", {}, std::move(pipelines)});
  Diagnostics diagnostics;
  for (const std::string& change : overrides) {
    if (!is_utf8(change)) return UsageMistake{"'" + change + "': not UTF-8", {}};
    apply_override(config, change, diagnostics);
  }
  if (!diagnostics.empty()) {
    const Diagnostic& first = diagnostics.all().front();
    return UsageMistake{first.message, first.hint};
  }
  sort_sections(config);
  return yaml_text(config);
}

std::string stage_flags_help(const Registry& registry) {
  std::string help;
  for (const Role role : {Role::source, Role::transform, Role::duplex, Role::sink}) {
    std::string line;
    for (const StageType& type : registry.all()) {
      if (type.role != role) continue;
      line += " --" + type.name;
      if (type.main_option.empty()) continue;
      const bool required = has_required_main(type);
      const std::string value = type.main_is_map ? "{" + type.main_option + "}" : type.main_option;
      line += (required ? " " : " [") + value + (required ? "" : "]");
    }
    if (line.empty()) continue;
    const std::string_view name = name_of(role);
    help.append("  ").append(name).append(10 - name.size(), ' ').append(line).append("\n");
  }
  return help;
}

}  // namespace sluice
