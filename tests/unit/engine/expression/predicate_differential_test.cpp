// Random conditions over random records: column by column, record by record and as one expression
// they give the same verdict. The last is an implementation of its own; none knows the others.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/expression.h"
#include "engine/expression/predicate.h"
#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

constexpr std::array<std::string_view, 7> field_names{"n", "r", "s", "b", "t", "x", "y"};

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  template <class List>
  auto one_of(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937 engine_;
};

/// The text of a condition.
class Conditions {
 public:
  explicit Conditions(Dice& dice) : dice_(dice) {}

  std::string condition(int depth) {
    if (depth == 0) return leaf();
    switch (dice_.below(7)) {
      case 0:
      case 1:
        return "(" + condition(depth - 1) + " && " + condition(depth - 1) + ")";
      case 2:
      case 3:
        return "(" + condition(depth - 1) + " || " + condition(depth - 1) + ")";
      case 4:
        return "!(" + condition(depth - 1) + ")";
      case 5:
        return "(" + condition(0) + " ? " + condition(depth - 1) + " : " + condition(0) + ")";
      default:
        return leaf();
    }
  }

 private:
  std::string leaf() {
    constexpr std::array<std::string_view, 6> signs{" == ", " != ", " < ", " <= ", " > ", " >= "};
    constexpr std::array<std::string_view, 3> relations{".contains(", ".startsWith(", ".endsWith("};
    const std::string sign(dice_.one_of(signs));
    switch (dice_.below(11)) {
      case 0:
      case 1:
      case 2:
        return field() + sign + literal();
      case 3:
        return literal() + sign + field();
      case 4:
        return field() + sign + field();
      case 5:
        return field() + " in [" + literal() + ", " + literal() + ", " + literal() + "]";
      case 6:
        return (dice_.below(4) == 0 ? std::string("\"a12b\"") : field()) +
               std::string(dice_.one_of(relations)) + (dice_.below(3) == 0 ? field() : text()) +
               ")";
      case 7:
        return "has(" + field() + ")";
      case 8:
        return field();
      case 9:
        return field() + " * 2" + sign + literal();
      default:
        return "size(" + field() + ")" + sign + literal();
    }
  }

  std::string field() { return std::string(dice_.one_of(field_names)); }
  std::string text() {
    constexpr std::array<std::string_view, 6> texts{"\"\"",     "\"a\"",      "\"12\"",
                                                    "\"a12b\"", "\"\u00e9\"", "\"true\""};
    return std::string(dice_.one_of(texts));
  }
  std::string literal() {
    constexpr std::array<std::string_view, 22> literals{"0",
                                                        "1",
                                                        "-1",
                                                        "2u",
                                                        "12",
                                                        "9007199254740992",
                                                        "9007199254740993",
                                                        "9223372036854775807",
                                                        "9223372036854775295",
                                                        "-9223372036854775808",
                                                        "18446744073709551615u",
                                                        "9223372036854775808u",
                                                        "0.0",
                                                        "1.5",
                                                        "-0.0",
                                                        "9007199254740992.0",
                                                        "9223372036854775808.0",
                                                        "1e19",
                                                        "true",
                                                        "null",
                                                        "timestamp(\"2009-02-13T23:31:30Z\")",
                                                        "duration(\"90s\")"};
    return dice_.below(4) == 0 ? text() : std::string(dice_.one_of(literals));
  }

  Dice& dice_;
};

class Cells {
 public:
  explicit Cells(Dice& dice) : dice_(dice) {}

  /// Of the type that the field's name promises, or null, or missing.
  Cell of(std::string_view field, bool is_typed) {
    switch (dice_.below(10)) {
      case 0:
        return {};
      case 1:
        return Cell::null();
      default:
        break;
    }
    if (!is_typed) return any();
    if (field == "n") return integer();
    if (field == "r") return real();
    if (field == "s") return text();
    if (field == "b") return Cell::boolean(dice_.below(2) == 0);
    if (field == "t") return time();
    return any();
  }

 private:
  Cell any() {
    switch (dice_.below(9)) {
      case 0:
        return integer();
      case 1:
        return real();
      case 2:
        return text();
      case 3:
        return Cell::boolean(dice_.below(2) == 0);
      case 4:
        return time();
      case 5:
        return Cell::duration({dice_.below(2) == 0 ? 90 : 1, 0});
      case 6:
        return decimal();
      case 7:
        return json();
      default:
        return Cell::integer(static_cast<std::int64_t>(dice_.below(4)));
    }
  }
  Cell integer() {
    constexpr std::array<std::int64_t, 10> numbers{0,
                                                   1,
                                                   -1,
                                                   12,
                                                   9007199254740992,
                                                   9007199254740993,
                                                   9223372036854775295,
                                                   9223372036854775296,
                                                   std::numeric_limits<std::int64_t>::max(),
                                                   std::numeric_limits<std::int64_t>::min()};
    return Cell::integer(dice_.one_of(numbers));
  }
  Cell real() {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const std::array<double, 11> numbers{0.0,
                                         -0.0,
                                         1.5,
                                         12.0,
                                         infinity,
                                         -infinity,
                                         1e19,
                                         9007199254740992.0,
                                         9223372036854775808.0,
                                         -9223372036854775808.0,
                                         std::nan("")};
    return Cell::real(dice_.one_of(numbers));
  }
  Cell text() {
    constexpr std::array<std::string_view, 6> texts{"", "a", "12", "a12b", "\u00e9", "true"};
    return Cell::text(dice_.one_of(texts));
  }
  Cell time() {
    return Cell::timestamp({1234567890 + static_cast<std::int64_t>(dice_.below(2)), 0});
  }
  Cell decimal() {
    constexpr std::array<std::string_view, 8> numbers{"18446744073709551615",
                                                      "9223372036854775808",
                                                      "18446744073709551616",
                                                      "1e400",
                                                      "-1e400",
                                                      "1e-400",
                                                      "-9223372036854775809",
                                                      "0.1000000000000000055511151231257827"};
    return Cell::decimal(dice_.one_of(numbers));
  }
  Cell json() {
    constexpr std::array<std::string_view, 5> values{"[]", "[1,2]", "{\"a\":1}", "{}", "[1, 2.0]"};
    return Cell::json(dice_.one_of(values));
  }

  Dice& dice_;
};

Schema schema_of(bool is_typed) {
  Schema schema;
  schema.open = !is_typed;
  if (!is_typed) return schema;
  schema.fields = {{"n", FieldType::integer}, {"r", FieldType::real},      {"s", FieldType::text},
                   {"b", FieldType::boolean}, {"t", FieldType::timestamp}, {"x", FieldType::any},
                   {"y", FieldType::any}};
  return schema;
}

std::string print(Verdict verdict) {
  return verdict == Verdict::error ? "error" : verdict == Verdict::yes ? "yes" : "no";
}

/// What one condition gives for all rows of a batch. False: it cannot be compiled.
bool compare_ways(const std::string& text, const Schema& schema, const Batch& batch) {
  ExpressionMistake mistake;
  const SyntaxNodePtr syntax = parse_expression(text, mistake);
  EXPECT_TRUE(syntax) << text << ": " << mistake.message;
  const auto predicate = Predicate::compile(*syntax, schema, mistake);
  if (!predicate) return false;
  const auto expression = Expression::compile(*syntax, schema, mistake);
  EXPECT_TRUE(expression) << text << ": " << mistake.message;
  if (!expression) return true;

  PredicateEvaluator by_columns(predicate);
  PredicateEvaluator by_records(predicate);
  ExpressionEvaluator evaluator(expression);
  std::vector<std::uint32_t> rows(batch.rows().size());
  for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
  std::vector<Verdict> verdicts;
  by_columns.evaluate(batch, rows, verdicts);
  evaluator.bind(batch);
  for (const std::uint32_t row : rows) {
    const CelValue value = evaluator.value(row);
    Verdict wanted = Verdict::error;
    if (value.type() == CelValue::Type::boolean) {
      wanted = value.boolean() ? Verdict::yes : Verdict::no;
    }
    EXPECT_EQ(print(verdicts[row]), print(wanted)) << text << " of row " << row;
    EXPECT_EQ(print(by_records.test(batch, row)), print(wanted)) << text << " of row " << row;
    if (wanted == Verdict::error && value.is_error()) {
      EXPECT_EQ(by_columns.problem(row), value.text()) << text;
      EXPECT_FALSE(value.text().empty()) << text;
    }
  }
  return true;
}

class PredicateWays : public testing::TestWithParam<bool> {};

TEST_P(PredicateWays, GiveTheSame) {
  const bool is_typed = GetParam();
  constexpr std::size_t row_count = 40;
  std::size_t compiled = 0;
  for (std::uint32_t seed = 0; seed < 400 && !HasFailure(); ++seed) {
    Dice dice(seed);
    TextBatches batches;
    std::string lines;
    for (std::size_t i = 0; i < row_count; ++i) lines += "line\n";
    const BatchPtr batch = batches.make(lines);
    batch->make_table();
    Cells cells(dice);
    for (const std::string_view name : field_names) {
      // Now and then a column is missing as a whole.
      if (dice.below(8) == 0) continue;
      Column& column = batch->add_column(name);
      for (Cell& cell : column.cells) cell = cells.of(name, is_typed);
    }
    Conditions conditions(dice);
    for (int i = 0; i < 12; ++i) {
      const std::string text = conditions.condition(static_cast<int>(dice.below(4)));
      compiled += compare_ways(text, schema_of(is_typed), *batch) ? 1 : 0;
    }
  }
  // What is refused beforehand is not compared: most must not be.
  EXPECT_GT(compiled, is_typed ? 1000U : 3000U);
}

INSTANTIATE_TEST_SUITE_P(Schemas, PredicateWays, testing::Bool(), [](const auto& is_typed) {
  return std::string(is_typed.param ? "known" : "open");
});

}  // namespace
}  // namespace sluice
