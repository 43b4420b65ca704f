#include "config/expand.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/base/utf8.h"

namespace sluice {
namespace {

constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
constexpr std::string_view vars_prefix = "vars.";
/// A hint costs a comparison with every variable: after so many mistakes there are no more.
constexpr std::size_t hinted_mistakes = 20;

bool is_letter(char c) { return letters.find(c) != std::string_view::npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What to do when a variable is unset.
enum class Fallback : std::uint8_t { error, use_default, error_with_message };

/// The inside of a `${...}`.
struct Reference {
  bool is_var = false;    ///< Of `vars`, else of the environment.
  std::string_view name;  ///< Without "vars.".
  Fallback fallback = Fallback::error;
  std::string_view rest;  ///< The default or the message.
};

/// Nothing if `inside` is not a reference.
std::optional<Reference> parse_reference(std::string_view inside) {
  Reference reference;
  const std::size_t operation = inside.find(':');
  reference.name = inside.substr(0, operation);
  if (operation != std::string_view::npos) {
    const std::string_view tail = inside.substr(operation);
    const std::string_view sign = tail.substr(0, 2);
    if (sign != ":-" && sign != ":?") return std::nullopt;
    reference.fallback = sign == ":-" ? Fallback::use_default : Fallback::error_with_message;
    reference.rest = tail.substr(2);
    if (reference.rest.find("${") != std::string_view::npos) return std::nullopt;
  }
  reference.is_var = reference.name.substr(0, vars_prefix.size()) == vars_prefix;
  if (reference.is_var) reference.name.remove_prefix(vars_prefix.size());
  const bool is_var = reference.is_var;
  const auto allowed = [is_var](char c) {
    return is_letter(c) || is_digit(c) || (is_var && (c == '-' || c == '.'));
  };
  if (reference.name.empty() || (!is_var && is_digit(reference.name[0]))) return std::nullopt;
  if (!std::all_of(reference.name.begin(), reference.name.end(), allowed)) return std::nullopt;
  return reference;
}

/// Places within the text of a scalar, asked for from left to right. The mark of a scalar on one
/// line without escapes is exactly as long as its text and its quotes; any other is marked whole.
class Places {
 public:
  explicit Places(const Value& scalar) : text_(scalar.text()), mark_(scalar.mark()) {
    const std::uint32_t quote = scalar.quoted() ? 1 : 0;
    exact_ = mark_.line != 0 && utf8_count(text_) + 2 * std::size_t{quote} == mark_.length;
    column_ = mark_.column + quote;
  }

  const Mark& whole() const noexcept { return mark_; }

  Mark at(std::size_t offset, std::size_t length) {
    if (!exact_) return mark_;
    column_ += static_cast<std::uint32_t>(utf8_count(text_.substr(counted_, offset - counted_)));
    counted_ = offset;
    const std::size_t columns = utf8_count(text_.substr(offset, length));
    return {mark_.line, column_, static_cast<std::uint32_t>(columns)};
  }

 private:
  std::string_view text_;
  Mark mark_;
  bool exact_ = false;
  std::size_t counted_ = 0;  ///< Bytes before column_.
  std::uint32_t column_ = 0;
};

class Expander {
 public:
  Expander(Value* vars, const EnvironmentVariables& environment, Diagnostics& diagnostics);

  /// Expands everything below `value` but the vars themselves. Recursion is as deep as the tree.
  void expand_tree(Value& value);
  void expand_vars();

 private:
  enum class State : std::uint8_t { waiting, active, done, failed };
  struct Var {
    Value* value = nullptr;
    State state = State::waiting;
  };

  /// False if there was a mistake, which has been reported; the scalar is then as it was.
  bool expand_scalar(Value& scalar);
  /// Appends what `written`, a whole `${...}`, stands for to `out`.
  bool append_reference(std::string_view written, Mark mark, std::string& out);
  bool append_fallback(const Reference& reference, Mark mark, std::string& out);
  /// Expands `var` if that has not been done.
  bool prepare(const std::string& name, Var& var, Mark mark);
  bool fits(std::size_t bytes, Mark mark);

  const EnvironmentVariables& environment_;
  Diagnostics& diagnostics_;
  std::unordered_map<std::string, Var> vars_;
  std::vector<std::string> var_names_;  ///< As written, for hints and for the order of messages.
  std::vector<std::string> active_;     ///< The vars being expanded, each for the one before it.
  std::size_t total_bytes_ = 0;
  bool total_reported_ = false;
};

Expander::Expander(Value* vars, const EnvironmentVariables& environment, Diagnostics& diagnostics)
    : environment_(environment), diagnostics_(diagnostics) {
  if (vars == nullptr) return;
  for (Entry& entry : vars->entries()) {
    vars_[entry.key].value = &entry.value;
    var_names_.push_back(entry.key);
  }
}

void Expander::expand_vars() {
  for (const std::string& name : var_names_) {
    Var& var = vars_.at(name);
    prepare(name, var, var.value->mark());
  }
}

void Expander::expand_tree(Value& value) {
  if (value.kind() == Value::Kind::scalar) expand_scalar(value);
  for (Value& item : value.items()) expand_tree(item);
  for (Entry& entry : value.entries()) expand_tree(entry.value);
}

bool Expander::expand_scalar(Value& scalar) {
  const std::string_view text = scalar.text();
  std::size_t dollar = text.find("${");
  if (dollar == std::string_view::npos) return true;
  Places places(scalar);
  std::string out;
  std::size_t copied = 0;
  bool all_good = true;
  for (; dollar != std::string_view::npos; dollar = text.find("${", copied)) {
    if (dollar > copied && text[dollar - 1] == '$') {
      out += text.substr(copied, dollar - 1 - copied);
      out += "${";
      copied = dollar + 2;
      continue;
    }
    out += text.substr(copied, dollar - copied);
    const std::size_t end = text.find('}', dollar);
    if (end == std::string_view::npos) {
      diagnostics_.add("expand.syntax", places.at(dollar, 2), "'${' without a '}'",
                       "write '$${' for a plain '${'");
      return false;
    }
    const std::size_t length = end + 1 - dollar;
    // The references after a bad one are looked at too: all mistakes in one run.
    const Mark mark = places.at(dollar, length);
    if (!append_reference(text.substr(dollar, length), mark, out)) all_good = false;
    if (!fits(out.size(), mark)) return false;
    copied = end + 1;
  }
  out += text.substr(copied);
  if (!all_good || !fits(out.size(), places.whole())) return false;
  total_bytes_ += out.size();
  scalar = Value::scalar(std::move(out), scalar.mark(), scalar.quoted());
  return true;
}

bool Expander::append_reference(std::string_view written, Mark mark, std::string& out) {
  const auto reference = parse_reference(written.substr(2, written.size() - 3));
  if (!reference) {
    diagnostics_.add(
        "expand.syntax", mark, "'" + std::string(written) + "' is not a variable",
        "write ${NAME}, ${NAME:-default}, ${NAME:?message} or ${vars.name}; '$${' is a "
        "plain '${'");
    return false;
  }
  std::optional<std::string> found;
  if (!reference->is_var) {
    if (environment_) found = environment_(reference->name);
  } else if (const auto var = vars_.find(std::string(reference->name)); var != vars_.end()) {
    if (!prepare(var->first, var->second, mark)) return false;
    if (var->second.value->kind() != Value::Kind::null) found = var->second.value->text();
  }
  const bool usable = found && (reference->fallback == Fallback::error || !found->empty());
  if (!usable) return append_fallback(*reference, mark, out);
  out += *found;
  return true;
}

bool Expander::append_fallback(const Reference& reference, Mark mark, std::string& out) {
  if (reference.fallback == Fallback::use_default) {
    out += reference.rest;
    return true;
  }
  const std::string name(reference.name);
  if (reference.fallback == Fallback::error_with_message && !reference.rest.empty()) {
    diagnostics_.add(
        "expand.unset", mark,
        (reference.is_var ? "vars." + name : name) + ": " + std::string(reference.rest));
  } else if (reference.is_var) {
    std::string hint;
    if (diagnostics_.all().size() < hinted_mistakes) hint = did_you_mean(name, var_names_);
    if (hint.empty()) hint = "add it to 'vars', or give it with --set vars." + name + "=VALUE";
    diagnostics_.add("expand.unset", mark, "'vars' has no '" + name + "'", std::move(hint));
  } else {
    diagnostics_.add("expand.unset", mark, "environment variable '" + name + "' is not set",
                     "write '${" + name + ":-default}' to have a default");
  }
  return false;
}

bool Expander::prepare(const std::string& name, Var& var, Mark mark) {
  if (var.state == State::done || var.state == State::failed) return var.state == State::done;
  if (var.state == State::active) {
    std::string circle;
    const auto first = std::find(active_.begin(), active_.end(), name);
    for (auto step = first; step != active_.end(); ++step) circle += *step + " -> ";
    diagnostics_.add("expand.cycle", mark, "vars need each other in a circle: " + circle + name);
    return false;
  }
  if (active_.size() == ExpandLimits::depth) {
    diagnostics_.add(
        "expand.cycle", mark,
        "vars need each other more than " + std::to_string(ExpandLimits::depth) + " deep");
    return false;
  }
  var.state = State::active;
  active_.push_back(name);
  const bool expanded = var.value->kind() != Value::Kind::scalar || expand_scalar(*var.value);
  active_.pop_back();
  var.state = expanded ? State::done : State::failed;
  return expanded;
}

bool Expander::fits(std::size_t bytes, Mark mark) {
  if (bytes > ExpandLimits::scalar_bytes) {
    diagnostics_.add("expand.size", mark, "more than 64 KiB once the variables are expanded");
    return false;
  }
  if (total_bytes_ + bytes <= ExpandLimits::total_bytes) return true;
  if (!total_reported_) {
    diagnostics_.add("expand.size", mark, "more than 16 MiB of expanded text in the config");
  }
  total_reported_ = true;
  return false;
}

}  // namespace

void expand(Value& config, const EnvironmentVariables& environment, Diagnostics& diagnostics) {
  const auto is_vars = [](const Entry& entry) { return entry.key == "vars"; };
  std::vector<Entry>& entries = config.entries();
  const auto vars = std::find_if(entries.begin(), entries.end(), is_vars);
  Expander expander(vars == entries.end() ? nullptr : &vars->value, environment, diagnostics);
  expander.expand_vars();
  if (config.kind() != Value::Kind::map) return expander.expand_tree(config);
  for (Entry& entry : entries) {
    if (!is_vars(entry)) expander.expand_tree(entry.value);
  }
}

}  // namespace sluice
