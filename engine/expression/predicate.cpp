#include "engine/expression/predicate.h"

#include <algorithm>
#include <utility>

#include "engine/data/compare.h"
#include "engine/stage/meta_field.h"

namespace sluice {
namespace {

using Comparison = Predicate::Comparison;
using Relation = TextCondition::Relation;
using Node = Predicate::Node;
using Operand = Predicate::Operand;

Verdict verdict(bool yes) noexcept { return yes ? Verdict::yes : Verdict::no; }

bool holds(Comparison comparison, std::partial_ordering order) noexcept {
  switch (comparison) {
    case Comparison::equal:
      return order == 0;
    case Comparison::unequal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::less_equal:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::greater_equal:
      return order >= 0;
  }
  return false;
}

Verdict compare_cells(Comparison comparison, const Cell& left, const Cell& right) noexcept {
  if (left.is_missing() || right.is_missing()) return Verdict::error;
  if (comparison == Comparison::equal) return verdict(equal(left, right));
  if (comparison == Comparison::unequal) return verdict(!equal(left, right));
  const auto order = compare(left, right);
  return order ? verdict(holds(comparison, *order)) : Verdict::error;
}

bool relates(Relation relation, std::string_view text, std::string_view literal) noexcept {
  switch (relation) {
    case Relation::equals:
      return text == literal;
    case Relation::starts_with:
      return text.starts_with(literal);
    case Relation::ends_with:
      return text.ends_with(literal);
    case Relation::contains:
      return text.find(literal) != std::string_view::npos;
  }
  return false;
}

Verdict relate_cells(Relation relation, const Cell& left, const Cell& right) noexcept {
  if (left.type() != Cell::Type::text || right.type() != Cell::Type::text) return Verdict::error;
  return verdict(relates(relation, left.text(), right.text()));
}

/// A clause of too many alternatives is worth nothing to a search.
constexpr std::size_t most_alternatives = 16;

using Clauses = std::vector<std::vector<TextCondition>>;

class Implications {
 public:
  explicit Implications(const Predicate& predicate) : predicate_(predicate) {}

  Clauses of(std::size_t number) const {
    const Node& node = predicate_.nodes()[number];
    switch (node.kind) {
      case Node::Kind::compare:
        return of_comparison(node);
      case Node::Kind::relate:
        return of_operands(node, node.relation);
      case Node::Kind::all: {
        Clauses all;
        for (const std::size_t child : node.children) {
          for (auto& clause : of(child)) all.push_back(std::move(clause));
        }
        return all;
      }
      case Node::Kind::any:
        return of_any(node);
      default:
        return {};
    }
  }

 private:
  Clauses of_comparison(const Node& node) const {
    if (node.comparison != Comparison::equal) return {};
    return of_operands(node, Relation::equals);
  }

  Clauses of_operands(const Node& node, Relation relation) const {
    const Cell& constant = node.right.constant;
    if (node.left.kind == Operand::Kind::constant || node.right.kind != Operand::Kind::constant) {
      return {};
    }
    TextCondition condition;
    condition.relation = relation;
    if (node.left.kind == Operand::Kind::field) {
      condition.field = predicate_.fields()[node.left.field];
      if (find_meta_field(condition.field)) return {};  // No text says where it stands.
    }
    if (constant.type() == Cell::Type::text) {
      condition.literal = constant.text();
    } else if (constant.type() == Cell::Type::integer && constant.integer() >= 0) {
      condition.literal = std::to_string(constant.integer());
      condition.is_number = true;
    }
    if (condition.literal.empty()) return {};
    return {{std::move(condition)}};
  }

  /// One clause that has an alternative for each child; none when a child implies nothing.
  Clauses of_any(const Node& node) const {
    std::vector<TextCondition> alternatives;
    for (const std::size_t child : node.children) {
      Clauses clauses = of(child);
      if (clauses.empty()) return {};
      for (TextCondition& condition : clauses.front()) {
        alternatives.push_back(std::move(condition));
      }
    }
    if (alternatives.empty() || alternatives.size() > most_alternatives) return {};
    return {std::move(alternatives)};
  }

  const Predicate& predicate_;
};

}  // namespace

std::vector<std::vector<TextCondition>> Predicate::conditions() const {
  return Implications(*this).of(root());
}

PredicateEvaluator::PredicateEvaluator(std::shared_ptr<const Predicate> predicate)
    : predicate_(std::move(predicate)),
      columns_(predicate_->fields().size()),
      whole_(predicate_->whole()) {
  for (const auto& expression : predicate_->expressions()) evaluators_.emplace_back(expression);
}

void PredicateEvaluator::bind(const Batch& batch) {
  batch_ = &batch;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    columns_[i] = batch.find_column(predicate_->fields()[i]);
  }
  for (ExpressionEvaluator& evaluator : evaluators_) evaluator.bind(batch);
}

Cell PredicateEvaluator::cell_of(const Operand& operand, std::uint32_t row) const {
  switch (operand.kind) {
    case Operand::Kind::constant:
      return operand.constant;
    case Operand::Kind::raw:
      return Cell::text(batch_->text(batch_->rows()[row]));
    case Operand::Kind::field:
      break;
  }
  const Column* column = columns_[operand.field];
  return column == nullptr ? Cell() : column->cells[row];
}

// --- Record by record ----------------------------------------------------------------------------

Verdict PredicateEvaluator::test(const Batch& batch, std::uint32_t row) {
  bind(batch);
  return test_node(predicate_->root(), row);
}

Verdict PredicateEvaluator::test_node(std::size_t number, std::uint32_t row) {
  const Node& node = predicate_->nodes()[number];
  switch (node.kind) {
    case Node::Kind::truth: {
      const Cell cell = cell_of(node.left, row);
      if (cell.type() != Cell::Type::boolean) return Verdict::error;
      return verdict(cell.boolean());
    }
    case Node::Kind::compare:
      return compare_cells(node.comparison, cell_of(node.left, row), cell_of(node.right, row));
    case Node::Kind::relate:
      return relate_cells(node.relation, cell_of(node.left, row), cell_of(node.right, row));
    case Node::Kind::has:
      return verdict(!cell_of(node.left, row).is_missing());
    case Node::Kind::negate: {
      const Verdict child = test_node(node.children.front(), row);
      if (child == Verdict::error) return child;
      return verdict(child == Verdict::no);
    }
    case Node::Kind::other: {
      const CelValue value = evaluators_[node.expression].value(row);
      if (value.type() != CelValue::Type::boolean) return Verdict::error;
      return verdict(value.boolean());
    }
    case Node::Kind::all:
    case Node::Kind::any:
      break;
  }
  const Verdict decisive = node.kind == Node::Kind::all ? Verdict::no : Verdict::yes;
  Verdict result = node.kind == Node::Kind::all ? Verdict::yes : Verdict::no;
  for (const std::size_t child : node.children) {
    const Verdict one = test_node(child, row);
    if (one == decisive) return decisive;
    if (one == Verdict::error) result = Verdict::error;
  }
  return result;
}

std::string_view PredicateEvaluator::problem(std::uint32_t row) {
  whole_.bind(*batch_);
  const CelValue value = whole_.value(row);
  if (value.is_error()) return value.text();
  problem_ = "the condition is neither true nor false but ";
  problem_ += name_of(value.type());
  return problem_;
}

// --- Column by column ----------------------------------------------------------------------------

void PredicateEvaluator::evaluate(const Batch& batch, Rows rows, std::vector<Verdict>& verdicts) {
  bind(batch);
  run(predicate_->root(), rows, verdicts);
}

void PredicateEvaluator::run(std::size_t number, Rows rows, std::vector<Verdict>& out) {
  const Node& node = predicate_->nodes()[number];
  out.resize(rows.size());
  switch (node.kind) {
    case Node::Kind::compare:
      run_compare(node, rows, out.data());
      return;
    case Node::Kind::relate:
      run_relate(node, rows, out.data());
      return;
    case Node::Kind::negate:
      run(node.children.front(), rows, out);
      for (Verdict& one : out) {
        if (one != Verdict::error) one = verdict(one == Verdict::no);
      }
      return;
    case Node::Kind::all:
      run_children(node, Verdict::no, rows, out);
      return;
    case Node::Kind::any:
      run_children(node, Verdict::yes, rows, out);
      return;
    case Node::Kind::truth:
    case Node::Kind::has:
    case Node::Kind::other:
      for (std::size_t i = 0; i < rows.size(); ++i) out[i] = test_node(number, rows[i]);
      return;
  }
}

/// Each child looks at the rows only that no child before it has decided.
void PredicateEvaluator::run_children(const Node& node, Verdict decisive, Rows rows,
                                      std::vector<Verdict>& out) {
  std::fill(out.begin(), out.end(), decisive == Verdict::no ? Verdict::yes : Verdict::no);
  std::vector<std::uint32_t> open(rows.begin(), rows.end());
  std::vector<std::uint32_t> places(rows.size());
  for (std::uint32_t i = 0; i < places.size(); ++i) places[i] = i;
  std::vector<Verdict> verdicts;
  for (const std::size_t child : node.children) {
    run(child, open, verdicts);
    std::size_t left = 0;
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (verdicts[i] != out[places[i]] && out[places[i]] != Verdict::error) {
        out[places[i]] = verdicts[i];
      }
      if (verdicts[i] == decisive) {
        out[places[i]] = decisive;
        continue;
      }
      open[left] = open[i];
      places[left++] = places[i];
    }
    open.resize(left);
    places.resize(left);
  }
}

namespace {

template <class Test>
void for_cells(const Column* column, std::span<const std::uint32_t> rows, Verdict* out, Test test) {
  if (column == nullptr) {
    std::fill_n(out, rows.size(), test(Cell()));
    return;
  }
  const Cell* cells = column->cells.data();
  for (std::size_t i = 0; i < rows.size(); ++i) out[i] = test(cells[rows[i]]);
}

/// Integers against an integer in a loop of its own, all else as records are compared.
template <class Holds>
void compare_integers(const Column* column, std::span<const std::uint32_t> rows, Verdict* out,
                      Comparison comparison, const Cell& constant, Holds holds) {
  const std::int64_t right = constant.integer();
  for_cells(column, rows, out, [&](const Cell& cell) {
    if (cell.type() == Cell::Type::integer) return verdict(holds(cell.integer(), right));
    return compare_cells(comparison, cell, constant);
  });
}

void compare_with_integer(const Column* column, std::span<const std::uint32_t> rows, Verdict* out,
                          Comparison comparison, const Cell& constant) {
  const auto with = [&](auto holds) {
    compare_integers(column, rows, out, comparison, constant, holds);
  };
  switch (comparison) {
    case Comparison::equal:
      return with(std::equal_to<>());
    case Comparison::unequal:
      return with(std::not_equal_to<>());
    case Comparison::less:
      return with(std::less<>());
    case Comparison::less_equal:
      return with(std::less_equal<>());
    case Comparison::greater:
      return with(std::greater<>());
    case Comparison::greater_equal:
      return with(std::greater_equal<>());
  }
}

}  // namespace

void PredicateEvaluator::run_compare(const Node& node, Rows rows, Verdict* out) const {
  const bool is_simple =
      node.left.kind == Operand::Kind::field && node.right.kind == Operand::Kind::constant;
  if (!is_simple) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      out[i] =
          compare_cells(node.comparison, cell_of(node.left, rows[i]), cell_of(node.right, rows[i]));
    }
    return;
  }
  const Column* column = columns_[node.left.field];
  const Cell& constant = node.right.constant;
  if (constant.type() == Cell::Type::integer) {
    compare_with_integer(column, rows, out, node.comparison, constant);
    return;
  }
  if (constant.type() == Cell::Type::text && node.comparison == Comparison::equal) {
    const std::string_view text = constant.text();
    for_cells(column, rows, out, [&](const Cell& cell) {
      if (cell.type() == Cell::Type::text) return verdict(cell.text() == text);
      return compare_cells(Comparison::equal, cell, constant);
    });
    return;
  }
  for_cells(column, rows, out,
            [&](const Cell& cell) { return compare_cells(node.comparison, cell, constant); });
}

void PredicateEvaluator::run_relate(const Node& node, Rows rows, Verdict* out) const {
  if (node.left.kind == Operand::Kind::field && node.right.kind == Operand::Kind::constant) {
    for_cells(columns_[node.left.field], rows, out, [&](const Cell& cell) {
      return relate_cells(node.relation, cell, node.right.constant);
    });
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    out[i] = relate_cells(node.relation, cell_of(node.left, rows[i]), cell_of(node.right, rows[i]));
  }
}

}  // namespace sluice
