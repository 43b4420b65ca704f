// The serial form of an aggregate's state, on any bytes: that they are refused, or make a state
// which can be asked, merged and written again; and that a damaged byte of a true one is noticed.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "stages/support/aggregate_state.h"
#include "stages/support/cell_hash.h"
#include "stages/support/state_bytes.h"

namespace {

using namespace sluice;

/// Every function of one field, by one field.
std::shared_ptr<const AggregateSpec> make_spec() {
  auto spec = std::make_shared<AggregateSpec>();
  spec->keys = {{"k", FieldType::any}};
  spec->max_groups = 1000;
  AggregateColumn column;
  column.name = "n";
  spec->columns.push_back(column);
  column.input = AggregateInput{"v", FieldType::any};
  for (const AggregateFunctionInfo& info : aggregate_functions) {
    column.function = info.function;
    column.quantile = 0.5;
    column.bounds.clear();
    if (info.function == AggregateFunction::histogram) column.bounds = {Cell::integer(10)};
    spec->columns.push_back(column);
  }
  return spec;
}

void ask(const AggregateState& state) {
  TextArena texts;
  std::vector<Cell> cells;
  for (const std::uint32_t group : state.ordered()) state.result(group, cells, texts);
}

/// What is read is what is written.
void check_again(const std::shared_ptr<const AggregateSpec>& spec, const AggregateState& state) {
  ask(state);
  const std::string bytes = state.serialized();
  const auto again = AggregateState::from_serialized(spec, bytes);
  if (!again || again.value()->groups() != state.groups()) std::abort();
  AggregateState merged(spec);
  merged.merge(state);
  merged.merge(*again.value());
  if (merged.groups() != state.groups()) std::abort();
  ask(merged);
}

/// The state's header and checksum are right, so that what is between them gets its turn.
std::string dressed(const std::shared_ptr<const AggregateSpec>& spec, std::string_view body) {
  const std::string nothing = AggregateState(spec).serialized();
  std::string bytes = nothing.substr(0, 16);
  bytes += body;
  StateWriter(bytes).number(hash_bytes(bytes));
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static const std::shared_ptr<const AggregateSpec> spec = make_spec();

  const auto plain = AggregateState::from_serialized(spec, input);
  if (plain) check_again(spec, *plain.value());

  const std::string bytes = dressed(spec, input);
  if (const auto state = AggregateState::from_serialized(spec, bytes)) {
    check_again(spec, *state.value());
    std::string damaged = bytes;
    char& byte = damaged[static_cast<unsigned char>(input.empty() ? 0 : input.back()) * 131U %
                         damaged.size()];
    byte = static_cast<char>(byte ^ (1U << (size % 8)));
    if (AggregateState::from_serialized(spec, damaged)) std::abort();
  }

  AggregateState groups(spec);
  const std::string_view one[] = {input};  // NOLINT(*-avoid-c-arrays)
  if (groups.read_groups(one)) ask(groups);
  return 0;
}
