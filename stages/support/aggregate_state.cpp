#include "stages/support/aggregate_state.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "engine/data/compare.h"
#include "stages/support/cell_hash.h"

namespace sluice {
namespace {

constexpr std::size_t no_source = ~std::size_t{0};
/// Begins the serial form. The last byte is its version.
constexpr std::string_view signature("SLCAGG\0\1", 8);
constexpr std::size_t checksum_bytes = sizeof(std::uint64_t);

constexpr std::array<Cell::Type, 10> cell_types{
    Cell::Type::missing,   Cell::Type::null,    Cell::Type::boolean, Cell::Type::integer,
    Cell::Type::real,      Cell::Type::decimal, Cell::Type::text,    Cell::Type::json,
    Cell::Type::timestamp, Cell::Type::duration};

constexpr std::uint32_t bit(Cell::Type type) noexcept {
  return std::uint32_t{1} << static_cast<unsigned>(type);
}

template <class Takes>
std::uint32_t types_that(Takes takes) {
  std::uint32_t types = 0;
  for (const Cell::Type type : cell_types) types |= takes(type) ? bit(type) : 0;
  return types;
}

Error damaged(std::string why) {
  Error error;
  error.code = ErrorCode::corrupt_input;
  error.message = "the state of an aggregate " + std::move(why);
  return error;
}

}  // namespace

AggregateState::AggregateState(std::shared_ptr<const AggregateSpec> spec)
    : spec_(std::move(spec)), table_(spec_->keys.size(), spec_->seed) {
  for (const AggregateInput& key : spec_->keys) {
    checks_.push_back(
        {sources_.size(), key.window ? bit(Cell::Type::timestamp) : ~bit(Cell::Type::missing)});
    sources_.emplace_back(key, true);
  }
  if (spec_->closes_windows()) tally_ = std::make_unique<WindowTally>(*spec_->window());
  for (const AggregateColumn& column : spec_->columns) {
    const auto same = std::find_if(parts_.begin(), parts_.end(), [&](const Part& part) {
      return shares_states(part.column, column);
    });
    part_of_.push_back(static_cast<std::size_t>(same - parts_.begin()));
    if (same != parts_.end()) continue;
    parts_.push_back({column, make_accumulator(column)});
    source_of_.push_back(column.input ? source_of(*column.input) : no_source);
    const std::uint32_t types =
        types_that([&](Cell::Type type) { return works_with(column.function, type); });
    const bool takes_all = types == types_that([](Cell::Type) { return true; });
    if (column.input && !takes_all) checks_.push_back({source_of_.back(), types});
  }
}

std::size_t AggregateState::source_of(const AggregateInput& input) {
  const auto known = std::find_if(sources_.begin(), sources_.end(), [&](const BoundInput& source) {
    return same_input(source.input(), input);
  });
  const auto number = static_cast<std::size_t>(known - sources_.begin());
  if (known == sources_.end()) sources_.emplace_back(input, false);
  return number;
}

bool AggregateState::is_good(const Check& check, std::uint32_t row) const noexcept {
  const Cell* cells = sources_[check.source].cells();
  const Cell::Type type = cells == nullptr ? Cell::Type::missing : cells[row].type();
  return (check.types & bit(type)) != 0;
}

std::string AggregateState::why_bad(std::uint32_t row) const {
  for (const BoundInput& source : sources_) {
    if (const std::string* problem = source.problem_of(row)) return *problem;
  }
  for (const Check& check : checks_) {
    if (!is_good(check, row)) return sources_[check.source].why_unfit(row);
  }
  return {};
}

std::span<const std::uint32_t> AggregateState::good_rows(std::span<const std::uint32_t> rows,
                                                         std::vector<BadRow>& bad) {
  const bool has_problems = std::any_of(sources_.begin(), sources_.end(),
                                        [](const auto& source) { return source.has_problems(); });
  const bool all_good =
      !has_problems && std::all_of(checks_.begin(), checks_.end(), [&](const Check& check) {
        return std::all_of(rows.begin(), rows.end(),
                           [&](std::uint32_t row) { return is_good(check, row); });
      });
  if (all_good) return rows;
  good_.clear();
  for (const std::uint32_t row : rows) {
    std::string reason = why_bad(row);
    if (reason.empty()) {
      good_.push_back(row);
    } else {
      bad.push_back({row, std::move(reason)});
    }
  }
  return good_;
}

std::span<const std::uint32_t> AggregateState::timely_rows(std::span<const std::uint32_t> rows) {
  if (!tally_) return rows;
  const BoundInput& windows = sources_.front();
  timely_.clear();
  for (const std::uint32_t row : rows) {
    if (tally_->take(windows.time(row), windows.cells()[row].timestamp())) timely_.push_back(row);
  }
  return timely_;
}

void AggregateState::add(const Batch& batch, std::span<const std::uint32_t> rows,
                         std::vector<BadRow>& bad) {
  texts_ = TextArena();
  for (BoundInput& source : sources_) source.bind(batch, rows, texts_);
  const auto good = timely_rows(good_rows(rows, bad));
  if (good.empty()) return;
  std::vector<const Cell*> key;
  for (std::size_t i = 0; i < spec_->keys.size(); ++i) key.push_back(sources_[i].cells());
  table_.find_or_add(key, good, groups_of_);
  resize();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Cell* cells = source_of_[i] == no_source ? nullptr : sources_[source_of_[i]].cells();
    parts_[i].states->add({cells, good, groups_of_, batch.key()});
  }
}

void AggregateState::resize() {
  for (Part& part : parts_) part.states->resize(table_.size());
}

void AggregateState::merge(const AggregateState& other, const std::function<bool(Key)>& wants) {
  std::vector<std::uint32_t> groups(other.groups());
  if (!wants) {
    table_.find_or_add(other.table_, groups);
  } else {
    for (std::uint32_t group = 0; group < groups.size(); ++group) {
      const Key key = other.key(group);
      groups[group] = wants(key) ? table_.find_or_add(key) : no_group;
    }
  }
  resize();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i].states->merge(*other.parts_[i].states, groups);
  }
}

void AggregateState::add_empty_group() {
  table_.find_or_add(std::span<const Cell>());
  resize();
}

std::vector<std::uint32_t> AggregateState::ordered() const {
  std::vector<std::uint32_t> groups(table_.size());
  std::iota(groups.begin(), groups.end(), 0U);
  std::sort(groups.begin(), groups.end(), [this](std::uint32_t a, std::uint32_t b) {
    const auto key_a = table_.key(a);
    const auto key_b = table_.key(b);
    return std::lexicographical_compare(
        key_a.begin(), key_a.end(), key_b.begin(), key_b.end(),
        [](const Cell& x, const Cell& y) { return order(x, y) < 0; });
  });
  return groups;
}

void AggregateState::result(std::uint32_t group, std::vector<Cell>& cells, TextArena& texts) const {
  const auto key = table_.key(group);
  cells.assign(key.begin(), key.end());
  for (std::size_t i = 0; i < part_of_.size(); ++i) {
    cells.push_back(parts_[part_of_[i]].states->result(group, spec_->columns[i], texts));
  }
}

// --- One group as bytes --------------------------------------------------------------------------

void AggregateState::write_group(std::uint32_t group, std::string& bytes) const {
  StateWriter out(bytes);
  for (const Cell& cell : table_.key(group)) out.cell(cell);
  for (const Part& part : parts_) part.states->write(group, out);
}

bool AggregateState::read_groups(std::span<const std::string_view> groups) {
  std::vector<std::unique_ptr<Accumulator>> states;
  for (const Part& part : parts_) states.push_back(make_accumulator(part.column));
  std::vector<std::uint32_t> numbers;
  std::vector<Cell> key(spec_->keys.size());
  for (const std::string_view group : groups) {
    StateReader in(group);
    for (Cell& cell : key) cell = in.cell();
    if (!in.ok()) return false;
    numbers.push_back(table_.find_or_add(key));
    for (const auto& part : states) {
      if (!part->read(in, 1)) return false;
    }
    if (in.left() != 0) return false;
  }
  resize();
  for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].states->merge(*states[i], numbers);
  return true;
}

// --- Serial form: signature, fingerprint, number of groups, keys, states, checksum ---------------

std::uint64_t AggregateState::fingerprint() const {
  std::uint64_t hash = hash_more(spec_->keys.size(), parts_.size());
  const auto add = [&hash](const AggregateInput& input) {
    hash = hash_more(hash, hash_bytes(input.name));
    hash = hash_more(hash, input.expression ? 1 : 0);
    hash = hash_more(hash, input.window ? static_cast<std::uint64_t>(input.window->every_ns) : 0);
  };
  for (const AggregateInput& key : spec_->keys) add(key);
  for (const Part& part : parts_) {
    hash = hash_more(hash, static_cast<std::uint64_t>(part.column.function));
    if (part.column.input) add(*part.column.input);
    for (const Cell& bound : part.column.bounds)
      hash = hash_more(hash, uniform_hash(key_cell(bound)));
  }
  return hash;
}

std::string AggregateState::serialized() const {
  std::string bytes(signature);
  StateWriter out(bytes);
  out.number(fingerprint());
  out.number(static_cast<std::uint32_t>(groups()));
  for (std::uint32_t group = 0; group < groups(); ++group) {
    for (const Cell& cell : table_.key(group)) out.cell(cell);
  }
  for (const Part& part : parts_) {
    for (std::uint32_t group = 0; group < groups(); ++group) part.states->write(group, out);
  }
  out.number(hash_bytes(bytes));
  return bytes;
}

Result<std::unique_ptr<AggregateState>> AggregateState::from_serialized(
    std::shared_ptr<const AggregateSpec> spec, std::string_view bytes) {
  if (bytes.size() < signature.size() + checksum_bytes || !bytes.starts_with(signature)) {
    return damaged("is none, or of another version");
  }
  StateReader checksum(bytes.substr(bytes.size() - checksum_bytes));
  bytes.remove_suffix(checksum_bytes);
  if (checksum.number<std::uint64_t>() != hash_bytes(bytes)) return damaged("is damaged");
  auto state = std::make_unique<AggregateState>(std::move(spec));
  StateReader in(bytes.substr(signature.size()));
  if (in.number<std::uint64_t>() != state->fingerprint()) {
    return damaged("is of other fields or functions");
  }
  if (!state->read_all(in)) return damaged("does not make sense");
  return state;
}

bool AggregateState::read_all(StateReader& in) {
  // A group has a byte at least: one of its key or of a state.
  const std::size_t groups = in.count(1);
  if (spec_->keys.empty() && groups > 1) return in.fail();
  std::vector<Cell> key(spec_->keys.size());
  for (std::uint32_t group = 0; group < groups; ++group) {
    for (Cell& cell : key) {
      cell = in.cell();
      if (cell.is_missing()) return in.fail();
    }
    if (table_.find_or_add(key) != group) return in.fail();
  }
  for (Part& part : parts_) {
    if (!part.states->read(in, groups)) return false;
  }
  return in.ok() && in.left() == 0;
}

}  // namespace sluice
