#include "tests/conformance/conformance_test.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/escape.h"
#include "engine/expression/expression.h"
#include "tests/conformance/proto_value.h"

namespace sluice::conformance {
namespace {

struct Variable {
  std::string_view name;
  CelValue value;
};

/// What a test gives and wants, read once for both of its runs.
class OneTest {
 public:
  explicit OneTest(const ProtoMessage& test) : test_(test), expression_(test.scalar("expr")) {}

  Report run() {
    std::string unfit = read();
    if (!unfit.empty()) return {Result::left_out, std::move(unfit)};
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(expression_, mistake);
    if (!syntax) return compare_mistake(mistake);
    unfit = why_left_out(*syntax);
    if (!unfit.empty()) return {Result::left_out, std::move(unfit)};
    const bool is_checked = test_.scalar("disable_check") != "true";
    Report report = run_once(*syntax, is_checked);
    if (report.result != Result::passed || !is_checked) return report;
    report = run_once(*syntax, false);
    if (report.result != Result::passed) report.reason += " (with types not checked)";
    return report;
  }

 private:
  /// Why the test is about something else; empty after having read it.
  std::string read() {
    schema_.has_text = false;
    for (const ProtoField& field : test_.fields) {
      std::string unfit;
      if (field.name == "bindings") unfit = read_variable(field.message);
      if (field.name == "type_env") unfit = read_declaration(field.message);
      if (field.name == "value") {
        expected_ = read_value(field.message, memory_);
        if (expected_.is_error()) unfit = "gives " + std::string(expected_.text());
      }
      if (field.name == "eval_error") wants_error_ = true;
      if (field.name == "unknown" || field.name == "any_unknowns") unfit = "gives an unknown";
      if (field.name == "typed_result") unfit = "asks for the type that a checker deduces";
      if (!unfit.empty()) return unfit;
    }
    return {};
  }

  std::string read_variable(const ProtoMessage& binding) {
    const ProtoMessage& value = binding.message("value").message("value");
    Variable variable;
    variable.name = binding.scalar("key");
    variable.value = read_value(value, memory_);
    if (variable.value.is_error()) {
      return "has a variable that is " + std::string(variable.value.text());
    }
    variables_.push_back(variable);
    declare(variable.name, FieldType::any);
    return {};
  }

  std::string read_declaration(const ProtoMessage& declaration) {
    const std::string_view name = declaration.scalar("name");
    if (declaration.find("function") != nullptr) {
      return "declares the function " + std::string(name);
    }
    constexpr std::array<std::pair<std::string_view, FieldType>, 5> primitives{
        {{"BOOL", FieldType::boolean},
         {"INT64", FieldType::integer},
         {"UINT64", FieldType::integer},
         {"DOUBLE", FieldType::real},
         {"STRING", FieldType::text}}};
    const ProtoMessage& type = declaration.message("ident").message("type");
    const std::string_view message = type.scalar("message_type");
    FieldType known = FieldType::any;
    if (message == "google.protobuf.Timestamp") {
      known = FieldType::timestamp;
    } else if (message == "google.protobuf.Duration") {
      known = FieldType::duration;
    } else if (!message.empty()) {
      return "has a variable that is the message " + std::string(message);
    }
    for (const auto& [primitive, field_type] : primitives) {
      if (type.scalar("primitive") == primitive) known = field_type;
    }
    declare(name, known);
    return {};
  }

  void declare(std::string_view name, FieldType type) {
    auto& fields = schema_.fields;
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.name == name; });
    if (found == fields.end()) {
      fields.push_back({std::string(name), type});
    } else if (type != FieldType::any) {
      found->type = type;
    }
  }

  /// Why the expression is about what there is not: messages.
  static std::string why_left_out(const SyntaxNode& node) {
    if (node.kind == SyntaxNode::Kind::message) return "makes the message " + node.name;
    if (node.kind == SyntaxNode::Kind::name &&
        (node.name == "TestAllTypes" || node.name == "NestedTestAllTypes")) {
      return "names the message " + node.name;
    }
    if (node.target) {
      if (std::string unfit = why_left_out(*node.target); !unfit.empty()) return unfit;
    }
    for (const SyntaxNodePtr& argument : node.arguments) {
      if (std::string unfit = why_left_out(*argument); !unfit.empty()) return unfit;
    }
    return {};
  }

  Report run_once(const SyntaxNode& syntax, bool is_checked) const {
    ExpressionOptions options;
    options.check_types = is_checked;
    options.container = std::string(test_.scalar("container"));
    ExpressionMistake mistake;
    const auto expression = Expression::compile(syntax, schema_, options, mistake);
    if (!expression) return compare_mistake(mistake);
    std::vector<CelValue> fields;
    for (const std::string& name : expression->fields()) {
      const auto found =
          std::find_if(variables_.begin(), variables_.end(),
                       [&](const Variable& variable) { return variable.name == name; });
      fields.push_back(found == variables_.end() ? CelValue::error({}) : found->value);
    }
    ExpressionEvaluator evaluator(expression);
    const CelValue value = evaluator.value_of(fields);
    const bool is_right = wants_error_ ? value.is_error() : same(value, expected_);
    return is_right ? Report{} : failure(print(value));
  }

  Report compare_mistake(const ExpressionMistake& mistake) const {
    if (wants_error_) return {};
    return failure("the mistake: " + mistake.message +
                   (mistake.hint.empty() ? "" : " (" + mistake.hint + ")"));
  }

  Report failure(const std::string& got) const {
    return {Result::failed, escape(expression_) + "\n      expected " +
                                (wants_error_ ? "an error" : print(expected_)) + "\n      got " +
                                got};
  }

  const ProtoMessage& test_;
  std::string expression_;
  FunctionContext memory_;
  Schema schema_;
  std::vector<Variable> variables_;
  CelValue expected_ = CelValue::boolean(true);  ///< So a test without a result means it.
  bool wants_error_ = false;
};

}  // namespace

Report run_test(const ProtoMessage& test) { return OneTest(test).run(); }

}  // namespace sluice::conformance
