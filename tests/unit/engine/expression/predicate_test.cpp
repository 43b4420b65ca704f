// Conditions: what they answer, and that the evaluator for columns agrees with the one for records.
#include "engine/expression/predicate.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

using Alternatives = std::vector<std::vector<TextCondition>>;

Schema open_schema() {
  Schema schema;
  schema.open = true;
  return schema;
}

Schema closed_schema() {
  Schema schema;
  schema.fields = {{"status", FieldType::integer}, {"path", FieldType::text}};
  return schema;
}

std::shared_ptr<const Predicate> compile(const std::string& text, const Schema& schema) {
  ExpressionMistake mistake;
  const SyntaxNodePtr syntax = parse_expression(text, mistake);
  return syntax ? Predicate::compile(*syntax, schema, mistake) : nullptr;
}

std::string mistake_in(const std::string& text, const Schema& schema) {
  ExpressionMistake mistake;
  const SyntaxNodePtr syntax = parse_expression(text, mistake);
  if (syntax && Predicate::compile(*syntax, schema, mistake)) return {};
  return mistake.message + "|" + mistake.hint;
}

/// One record whose fields a, b, ... have the given cells.
class OneRecord {
 public:
  explicit OneRecord(std::vector<Cell> cells) : batch_(batches_.make("the text\n")) {
    static const std::vector<std::string> names{"a", "b", "c"};
    batch_->make_table();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      batch_->add_column(names[i]).cells[0] = cells[i];
    }
  }
  Verdict test(const std::string& text) {
    PredicateEvaluator evaluator(compile(text, open_schema()));
    std::vector<Verdict> verdicts;
    const std::uint32_t row = 0;
    evaluator.evaluate(*batch_, {&row, 1}, verdicts);
    EXPECT_EQ(verdicts.at(0), evaluator.test(*batch_, 0)) << text;
    return verdicts.at(0);
  }

 private:
  TextBatches batches_;
  BatchPtr batch_;
};

TEST(Predicate, ComparesNumbersByTheirValue) {
  OneRecord record({Cell::integer(9007199254740993), Cell::real(2.5), Cell::decimal("1e400")});
  EXPECT_EQ(record.test("a == 9007199254740993"), Verdict::yes);
  EXPECT_EQ(record.test("a == 9007199254740992.0"), Verdict::no);
  EXPECT_EQ(record.test("a > 9007199254740992.0"), Verdict::yes);
  EXPECT_EQ(record.test("b < 3"), Verdict::yes);
  EXPECT_EQ(record.test("3 > b"), Verdict::yes);
  EXPECT_EQ(record.test("b in [1, 2.5]"), Verdict::yes);
  EXPECT_EQ(record.test("b <= a"), Verdict::yes);
}

TEST(Predicate, ErrorsAreAbsorbedWhereTheOtherSideDecides) {
  OneRecord record({Cell::text("x"), Cell::null()});
  EXPECT_EQ(record.test("a > 1"), Verdict::error);
  EXPECT_EQ(record.test("a == 1"), Verdict::no);
  EXPECT_EQ(record.test("missing == 1"), Verdict::error);
  EXPECT_EQ(record.test("missing == 1 || a == 'x'"), Verdict::yes);
  EXPECT_EQ(record.test("missing == 1 && a == 'y'"), Verdict::no);
  EXPECT_EQ(record.test("missing == 1 && a == 'x'"), Verdict::error);
  EXPECT_EQ(record.test("!(missing == 1)"), Verdict::error);
  EXPECT_EQ(record.test("has(missing)"), Verdict::no);
  EXPECT_EQ(record.test("b == null"), Verdict::yes);
  EXPECT_EQ(record.test("b > 1"), Verdict::error);
  EXPECT_EQ(record.test("raw.contains('text') && !raw.endsWith('\\n')"), Verdict::yes);
}

TEST(Predicate, MistakesAreFoundBeforeTheRun) {
  const Schema schema = closed_schema();
  EXPECT_EQ(mistake_in("statsu >= 500", schema),
            "these records have no field 'statsu'|did you mean 'status'?");
  EXPECT_EQ(mistake_in("status >= '500'", schema),
            "cannot compare int >= string|numbers stand without quotes");
  EXPECT_EQ(mistake_in("status.contains('5')", schema),
            "'contains' is for texts, and this is int|");
  EXPECT_EQ(mistake_in("path", schema), "a condition is true or false, and this is string|");
  EXPECT_EQ(mistake_in("status + 1 > 3", schema), "");
  EXPECT_EQ(mistake_in("path.size() + 'x' == ''", schema),
            "cannot compute int + string|string(x) makes a text of a number");
  EXPECT_EQ(mistake_in("meta.line > 3 && meta.path.endsWith('.log')", schema), "");
  EXPECT_EQ(mistake_in("meta.lines > 3", schema),
            "there are meta.path, meta.line, meta.offset and meta.time|a data field of that name "
            "is record[\"meta\"]");
  EXPECT_EQ(mistake_in("meta.line == '3'", schema),
            "cannot compare int == string|numbers stand without quotes");
  Schema results = schema;
  results.has_text = false;
  EXPECT_EQ(mistake_in("meta.line > 3", results),
            "these records have no original text, and so no place in a file|");
  EXPECT_EQ(mistake_in("record['status'] == 200", schema), "");
}

TEST(Predicate, SaysWhatTheTextOfAMatchMustHold) {
  const auto words = [](const std::string& text) {
    std::string all;
    for (const auto& clause : compile(text, open_schema())->conditions()) {
      all += all.empty() ? "" : " & ";
      for (const TextCondition& one : clause) all += one.field + "~" + one.literal + ";";
    }
    return all;
  };
  EXPECT_EQ(words("a == 'x' && b.contains('y')"), "a~x; & b~y;");
  EXPECT_EQ(words("a == 'x' || b == 'y'"), "a~x;b~y;");
  EXPECT_EQ(words("a == 'x' || b > 1"), "");
  EXPECT_EQ(words("!(a == 'x')"), "");
  EXPECT_EQ(words("a in ['x', 'y'] && c != 'z'"), "a~x;a~y;");
  EXPECT_EQ(words("a == 'x' && meta.line == 4"), "a~x;") << "the text does not hold its number";
  EXPECT_EQ(words("a == 'x' || meta.path == 'y'"), "");
}

/// Random conditions over random cells: both evaluators must agree on every row.
class RandomPredicates {
 public:
  explicit RandomPredicates(unsigned seed) : random_(seed) {}

  Cell cell() {
    switch (random_() % 9) {
      case 0:
        return {};
      case 1:
        return Cell::null();
      case 2:
        return Cell::boolean(random_() % 2 == 0);
      case 3:
        return Cell::real(static_cast<double>(random_() % 5) / 2);
      case 4:
        return Cell::decimal("18446744073709551616");
      case 5:
        return Cell::json("[1]");
      case 6:
        return Cell::text(random_() % 2 == 0 ? "ab" : "b");
      default:
        return Cell::integer(static_cast<int>(random_() % 5) - 1);
    }
  }

  std::string condition(int depth) {
    const auto choice = random_() % (depth == 0 ? 8 : 11);
    switch (choice) {
      case 0:
        return field() + comparison() + constant();
      case 1:
        return constant() + comparison() + field();
      case 2:
        return field() + ".contains('b')";
      case 3:
        return "has(" + field() + ")";
      case 4:
        return field() + " in [1, 'ab', 1.5]";
      case 5:
        return field() + comparison() + field();
      case 6:
        return "(" + field() + " + 1.5" + comparison() + field() + ")";
      case 7:
        return "[" + field() + ", 1].exists(x, x" + comparison() + constant() + ")";
      case 8:
        return "!(" + condition(depth - 1) + ")";
      case 9:
        return "(" + condition(depth - 1) + " && " + condition(depth - 1) + ")";
      default:
        return "(" + condition(depth - 1) + " || " + condition(depth - 1) + ")";
    }
  }

 private:
  std::string field() { return std::string(1, static_cast<char>('a' + random_() % 3)); }
  std::string comparison() {
    static const std::vector<std::string> all{" == ", " != ", " < ", " <= ", " > ", " >= "};
    return all[random_() % all.size()];
  }
  std::string constant() {
    static const std::vector<std::string> all{"0", "1", "1.5", "'ab'", "true", "2u"};
    return all[random_() % all.size()];
  }

  std::mt19937 random_;
};

Verdict by_expression(ExpressionEvaluator& evaluator, std::uint32_t row) {
  const CelValue value = evaluator.value(row);
  if (value.type() != CelValue::Type::boolean) return Verdict::error;
  return value.boolean() ? Verdict::yes : Verdict::no;
}

TEST(Predicate, ColumnsAndRecordsGiveTheSame) {
  TextBatches batches;
  for (unsigned seed = 0; seed < 300; ++seed) {
    RandomPredicates random(seed);
    constexpr std::uint32_t rows = 40;
    const BatchPtr batch = batches.make(std::string(rows, '\n'));
    batch->make_table();
    for (const char* name : {"a", "b", "c"}) {
      for (Cell& cell : batch->add_column(name).cells) cell = random.cell();
    }
    std::vector<std::uint32_t> some;
    for (std::uint32_t row = seed % 2; row < rows; row += 1 + seed % 3) some.push_back(row);
    const std::string text = random.condition(4);
    const auto predicate = compile(text, open_schema());
    ASSERT_NE(predicate, nullptr) << text;
    ExpressionMistake mistake;
    const auto expression =
        Expression::compile(*parse_expression(text, mistake), open_schema(), mistake);
    ASSERT_NE(expression, nullptr) << text << ": " << mistake.message;
    ExpressionEvaluator whole(expression);
    whole.bind(*batch);
    PredicateEvaluator evaluator(predicate);
    std::vector<Verdict> verdicts;
    evaluator.evaluate(*batch, some, verdicts);
    ASSERT_EQ(verdicts.size(), some.size());
    for (std::size_t i = 0; i < some.size(); ++i) {
      EXPECT_EQ(verdicts[i], evaluator.test(*batch, some[i])) << text << " row " << some[i];
      EXPECT_EQ(verdicts[i], by_expression(whole, some[i])) << text << " row " << some[i];
    }
  }
}

}  // namespace
}  // namespace sluice
