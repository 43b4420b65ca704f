// The text of an expression as an option of a stage holds it, with its place in the config.
#pragma once

#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/value.h"
#include "engine/expression/syntax.h"
#include "engine/stage/option.h"

namespace sluice {

struct ExpressionText {
  std::string text;
  Mark mark;
  /// The text stands in one line of the config just as it is, so that each of its bytes has a
  /// column.
  bool is_exact = false;
  bool is_quoted = false;
  std::vector<TextPart> parts;  ///< See Value::parts.

  ExpressionText() = default;
  explicit ExpressionText(const Value& value);
  explicit ExpressionText(std::string written) : text(std::move(written)) {}

  bool empty() const noexcept { return text.empty(); }
  /// The place of a part of it, as far as that is on one line; of all of it, where that cannot be
  /// told.
  Mark place_of(TextRange range) const;
  /// Reports a mistake in it under `code`.
  void report(const ExpressionMistake& mistake, std::string code, Diagnostics& diagnostics) const;
};

template <>
struct OptionType<ExpressionText> {
  static std::string name() { return "expression"; }
  static bool parse(const Value& value, ExpressionText& to, std::string& why);
  static std::string print(const ExpressionText& value) { return value.text; }
  static std::vector<std::string> choices() { return {}; }
};

/// `NAME: EXPRESSION`, one of several.
struct NamedExpression {
  std::string name;  ///< Empty: not given.
  Mark name_mark;
  ExpressionText expression;
};

/// A map of names to expressions, or a list of expressions without names.
template <>
struct OptionType<std::vector<NamedExpression>> {
  static std::string name() { return "map of names to expressions, or list of expressions"; }
  static bool parse(const Value& value, std::vector<NamedExpression>& to, std::string& why);
  static std::string print(const std::vector<NamedExpression>& value);
  static std::vector<std::string> choices() { return {}; }
};

}  // namespace sluice
