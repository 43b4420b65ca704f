// Expressions: values by the rules of CEL, errors of records, mistakes found beforehand.
#include "engine/expression/expression.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/stage/meta_field.h"
#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

Schema test_schema() {
  Schema schema;
  schema.fields = {{"status", FieldType::integer}, {"path", FieldType::text},
                   {"took", FieldType::real},      {"items", FieldType::any},
                   {"time", FieldType::timestamp}, {"nothing", FieldType::any}};
  return schema;
}

/// What an expression gives for one record, as text; "error: ..." and "mistake: ..." otherwise.
class OneRecord {
 public:
  OneRecord() : batch_(batches_.make("the text\n")) {
    batch_->make_table();
    batch_->add_column("status").cells[0] = Cell::integer(404);
    batch_->add_column("path").cells[0] = Cell::text("/a/b.html");
    batch_->add_column("took").cells[0] = Cell::real(0.5);
    batch_->add_column("items").cells[0] = Cell::json(R"([{"n":1,"s":"x\n"},{"n":2.5},null])");
    batch_->add_column("time").cells[0] = Cell::timestamp({1234567890, 0});
    batch_->add_column(name_of(MetaField::line)).cells[0] = Cell::integer(7);
    batch_->add_column(name_of(MetaField::time)).cells[0] = Cell::timestamp({1234567890, 0});
  }

  std::string of(const std::string& text) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(text, mistake);
    const auto expression = syntax ? Expression::compile(*syntax, test_schema(), mistake) : nullptr;
    if (!expression) return "mistake: " + mistake.message + "|" + mistake.hint;
    ExpressionEvaluator evaluator(expression);
    evaluator.bind(*batch_);
    const CelValue value = evaluator.value(0);
    if (value.is_error()) return "error: " + std::string(value.text());
    std::string out;
    append_text(out, value);
    return out;
  }

 private:
  TextBatches batches_;
  BatchPtr batch_;
};

struct Case {
  const char* expression;
  const char* result;
};

class ExpressionValues : public testing::TestWithParam<Case> {};

TEST_P(ExpressionValues, AreThoseOfTheSpecification) {
  EXPECT_EQ(OneRecord().of(GetParam().expression), GetParam().result) << GetParam().expression;
}

INSTANTIATE_TEST_SUITE_P(
    Fields, ExpressionValues,
    testing::Values(Case{"status", "404"}, Case{"took * 1000", "500"},
                    Case{"status + 0.5", "404.5"}, Case{"raw", "the text"}, Case{"items[0].n", "1"},
                    Case{"items[1]['n']", "2.5"}, Case{"items.size()", "3"},
                    Case{"items[0].s.size()", "2"}, Case{"items[3]", "error: index out of range"},
                    Case{"items[1].s", "error: no such key"},
                    Case{"nothing", "error: no field 'nothing'"},
                    Case{"nothing == 1 || status == 404", "true"}, Case{"has(nothing)", "false"},
                    Case{"has(items)", "true"}, Case{"items.exists(i, i == null)", "true"},
                    Case{"items.filter(i, i != null).map(i, i.n * 2.0)", "[2, 5]"},
                    Case{"time.getFullYear()", "2009"},
                    Case{"time.getHours('Australia/Sydney')", "10"},
                    Case{"type(status) == int", "true"}, Case{"meta.line + 1", "8"},
                    Case{"meta.time.getFullYear()", "2009"}, Case{"has(meta.path)", "false"},
                    Case{"meta.path", "error: no field 'meta.path'"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, ExpressionValues,
    testing::Values(Case{"9223372036854775807 + 1", "error: integer overflow"},
                    Case{"-(-9223372036854775808)", "error: integer overflow"},
                    Case{"1 / 0", "error: division by zero"}, Case{"7 % -3", "1"},
                    Case{"-7 / 2", "-3"}, Case{"0u - 1u", "error: integer overflow"},
                    Case{"1.0 / 0.0", "Infinity"}, Case{"1 == 1.0 && 1u == 1", "true"},
                    Case{"9007199254740993 == 9007199254740992.0", "false"},
                    Case{"18446744073709551615u > 1.0", "true"}, Case{"int(-1.9)", "-1"},
                    Case{"math.greatest(1, 2.5, 2u)", "2.5"}, Case{"math.round(-1.5)", "-2"},
                    Case{"math.bitShiftRight(-1024, 3)", "2305843009213693824"},
                    Case{"2 in [1, 2.0]", "true"}, Case{"{1: 'a'}[1.0]", "a"}));

INSTANTIATE_TEST_SUITE_P(
    Texts, ExpressionValues,
    testing::Values(
        Case{"'tacocat'.substring(4)", "cat"}, Case{"'a,b'.split(',')", "[a, b]"},
        Case{"'ta©o'.charAt(2)", "©"}, Case{"'a b a'.replace('a', 'c', 1)", "c b a"},
        Case{"' x '.trim()", "x"}, Case{"'ABC'.lowerAscii()", "abc"},
        Case{"'abc'.reverse()", "cba"}, Case{"['x', 'y'].join('-')", "x-y"},
        Case{"'%d %s %.2f %x'.format([1, 'a', 2.5, 255])", "1 a 2.50 ff"},
        Case{"path.matches('^/a.*html$')", "true"}, Case{"size('ÿ')", "1"},
        Case{"strings.quote('a\"b')", "\"a\\\"b\""}, Case{"base64.encode(b'hello')", "aGVsbG8="},
        Case{"string(base64.decode('aGVsbG8'))", "hello"},
        Case{"'abc'.substring(2, 9)", "mistake: always goes wrong: index out of range|"},
        Case{"hash('a') == hash('a') && hash('a') != hash('b') && hash('a') >= 0", "true"}));

INSTANTIATE_TEST_SUITE_P(
    TimesAndNetworks, ExpressionValues,
    testing::Values(Case{"timestamp('2009-02-13T23:31:30Z') + duration('1h')",
                         "2009-02-14T00:31:30Z"},
                    Case{"duration('90m').getHours()", "1"},
                    Case{"parseTimestamp('13/Feb/2009:23:31:30 +0100', '%d/%b/%Y:%H:%M:%S %z')",
                         "2009-02-13T22:31:30Z"},
                    Case{"parseTimestamp('2009-07-01 12:00', '%F %R', 'Europe/Berlin')",
                         "2009-07-01T10:00:00Z"},
                    Case{"cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"},
                    Case{"cidr('192.168.0.1/24').masked()", "192.168.0.0/24"},
                    Case{"ip('2001:DB8::1')", "2001:db8::1"}, Case{"isIP('1.2.3.4.5')", "false"}));

// `items` may be anything, so what does not fit shows only with the record at hand.
INSTANTIATE_TEST_SUITE_P(
    Mismatches, ExpressionValues,
    testing::Values(
        Case{"items + 1", "error: no '+' of 'items' (list) and int"},
        Case{"1 - items", "error: no '-' of int and 'items' (list)"},
        Case{"-items", "error: no '-' of 'items' (list)"},
        Case{"items < time", "error: no '<' of 'items' (list) and 'time' (timestamp)"},
        Case{"status > 1 && items", "error: no '&&' of 'items' (list)"},
        Case{"!items", "error: no '!' of 'items' (list)"},
        Case{"items ? 1 : 2", "error: no '?:' of 'items' (list)"},
        Case{"items['a']", "error: no 'a' of 'items' (list)"},
        Case{"items[0].n.x", "error: no 'x' of int"},
        Case{"items[0].n[1]", "error: no '[]' of int and int"},
        Case{"1 in items[0].n", "error: no 'in' of int and int"},
        Case{"items[0].n.exists(x, x > 1)", "error: no 'exists' of int"},
        Case{"items.startsWith('a')", "error: no 'startsWith' of 'items' (list) with string"},
        Case{"path.contains(items)", "error: no 'contains' of 'path' (string) with 'items' (list)"},
        Case{"items + 1 > 2 || status == 404", "true"}));

INSTANTIATE_TEST_SUITE_P(
    Mistakes, ExpressionValues,
    testing::Values(
        Case{"statsu", "mistake: these records have no field 'statsu'|did you mean 'status'?"},
        Case{"path.startWith('a')",
             "mistake: there is no function 'startWith'|did you mean 'startsWith'?"},
        Case{"path + 1", "mistake: cannot compute string + int|string(x) makes a text of a number"},
        Case{"status >= '500'",
             "mistake: cannot compare int >= string|numbers stand without quotes"},
        Case{"timestamp('x')", "mistake: always goes wrong: a text that is no timestamp|"},
        Case{"status && true", "mistake: a condition is true or false, and this is int|"}));

TEST(Expression, KnowsItsTypeAndFields) {
  ExpressionMistake mistake;
  const auto compile = [&](const char* text) {
    return Expression::compile(*parse_expression(text, mistake), test_schema(), mistake);
  };
  EXPECT_EQ(compile("took * 2")->type(), FieldType::real);
  EXPECT_EQ(compile("path + 'x'")->type(), FieldType::text);
  EXPECT_EQ(compile("time - duration('1s')")->type(), FieldType::timestamp);
  EXPECT_EQ(compile("status > 1 && path != ''")->fields(),
            (std::vector<std::string>{"status", "path"}));
}

}  // namespace
}  // namespace sluice
