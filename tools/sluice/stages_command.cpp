// `sluice stages`: what the declarations of the stage types say, for a terminal or as
// docs/stages.md.

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/stage/registry.h"
#include "stages/register_all.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/console.h"
#include "tools/sluice/text_table.h"

namespace sluice {
namespace {

constexpr std::array<Role, 4> roles{Role::source, Role::transform, Role::sink, Role::duplex};

std::string plural_of(Role role) {
  return std::string(name_of(role)) + (role == Role::duplex ? "es" : "s");
}

std::vector<const StageType*> types_of(const Registry& registry, Role role) {
  std::vector<const StageType*> types;
  for (const StageType& type : registry.all()) {
    if (type.role == role) types.push_back(&type);
  }
  std::sort(types.begin(), types.end(),
            [](const StageType* a, const StageType* b) { return a->name < b->name; });
  return types;
}

std::string list_of_types(const Registry& registry) {
  std::string text;
  for (const Role role : roles) {
    TextTable table({plural_of(role), ""});
    const auto types = types_of(registry, role);
    if (types.empty()) continue;
    for (const StageType* type : types) table.add({type->name, type->summary});
    text += table.text() + "\n";
  }
  return text + "'sluice stages TYPE' has the options of one.\n";
}

/// "list of text, required", "size, default 1MiB"
std::string kind_of(const OptionInfo& option) {
  if (option.required) return option.type + ", required";
  return option.default_text.empty() ? option.type
                                     : option.type + ", default " + option.default_text;
}

/// The sentence, and what a value must be beyond its type.
std::string doc_of(const OptionInfo& option) {
  return option.check.empty() ? option.doc : option.doc + " It " + option.check + ".";
}

std::string indented(std::string_view text, std::string_view indent) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out += indent;
    out += text.substr(0, end);
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

/// The paragraphs of `text` in lines for a terminal.
std::string wrapped(std::string_view text, std::string_view indent) {
  constexpr std::size_t width = 80;
  std::string out;
  std::string line;
  const auto end_line = [&] {
    out += line.empty() ? "\n" : std::string(indent) + line + "\n";
    line.clear();
  };
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(" \n"), text.size());
    const std::string_view word = text.substr(0, end);
    if (!line.empty() && indent.size() + line.size() + 1 + word.size() > width) end_line();
    if (!line.empty() && !word.empty()) line += ' ';
    line += word;
    if (end < text.size() && text[end] == '\n') end_line();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!line.empty()) end_line();
  return out;
}

std::string without_blank_ends(std::string_view text) {
  while (!text.empty() && text.front() == '\n') text.remove_prefix(1);
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  return std::string(text);
}

std::string short_form_of(const StageType& type) {
  if (type.main_is_map) {
    return "'- " + type.name + ": {...}' sets '" + type.main_option +
           "', unless the map names that option.";
  }
  return "'- " + type.name + ": VALUE' sets '" + type.main_option + "'.";
}

std::string described(const StageType& type) {
  std::string text =
      std::string(name_of(type.role)) + " " + type.name + ": " + type.summary + "\n\n";
  if (!type.example.empty()) text += indented(without_blank_ends(type.example), "  ") + "\n";
  for (const OptionInfo& option : type.options) {
    text += option.name + " (" + kind_of(option) + ")\n" + wrapped(doc_of(option), "    ");
  }
  if (!type.main_option.empty()) text += "\n" + short_form_of(type) + "\n";
  if (!type.details.empty()) text += "\n" + wrapped(without_blank_ends(type.details), "");
  return text;
}

/// A cell of a markdown table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string code(const std::string& text) { return "`" + cell(text) + "`"; }

std::string markdown_of(const StageType& type) {
  std::string text =
      "### " + std::string(name_of(type.role)) + " `" + type.name + "`\n\n" + type.summary + "\n";
  if (!type.example.empty()) {
    text += "\n```yaml\n" + without_blank_ends(type.example) + "\n```\n";
  }
  if (!type.options.empty()) {
    text += "\n| option | type | default | meaning |\n|---|---|---|---|\n";
    for (const OptionInfo& option : type.options) {
      const std::string shown = option.required               ? "required"
                                : option.default_text.empty() ? "-"
                                                              : code(option.default_text);
      text += "| `" + option.name + "` | " + cell(option.type) + " | " + shown + " | " +
              cell(doc_of(option)) + " |\n";
    }
  }
  if (!type.main_option.empty()) {
    text += "\nShort form: `- " + type.name + (type.main_is_map ? ": {...}" : ": VALUE") +
            "` sets `" + type.main_option +
            (type.main_is_map ? "`, unless the map names that option.\n" : "`.\n");
  }
  if (!type.details.empty()) text += "\n" + without_blank_ends(type.details) + "\n";
  return text + "\n";
}

std::string markdown_of(const Registry& registry) {
  std::string text =
      "# Stages\n\n"
      "Every stage type with its options, as the program declares them. This page is the output "
      "of\n"
      "`sluice stages --markdown`; a test compares the two.\n\n";
  for (const Role role : roles) {
    const auto types = types_of(registry, role);
    if (types.empty()) continue;
    std::string title = plural_of(role);
    title.front() = static_cast<char>(title.front() - 'a' + 'A');
    text += "## " + title + "\n\n";
    for (const StageType* type : types) text += markdown_of(*type);
  }
  text.pop_back();
  return text;
}

int describe_type(const Registry& registry, const std::string& name) {
  std::string text;
  std::vector<std::string> names;
  for (const StageType& type : registry.all()) {
    names.push_back(type.name);
    if (type.name != name) continue;
    text += (text.empty() ? "" : "\n") + described(type);
  }
  if (!text.empty()) return print_out(text);
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) hint = "'sluice stages' lists all types";
  print_mistake("there is no stage type '" + name + "'", hint);
  return number_of(ExitStatus::usage);
}

}  // namespace

int stages_command(const StagesOptions& options) {
  Registry registry;
  register_all_stages(registry);
  if (options.markdown) return print_out(markdown_of(registry));
  if (options.type) return describe_type(registry, *options.type);
  return print_out(list_of_types(registry));
}

}  // namespace sluice
