#include "stages/support/bad_records.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "engine/base/escape.h"

namespace sluice {
namespace {

constexpr std::size_t excerpt_bytes = 80;

Cell copied_text(std::string_view text, TextArena& arena) {
  char* copy = arena.allocate(text.size());
  std::memcpy(copy, text.data(), text.size());
  return Cell::text({copy, text.size()});
}

}  // namespace

BadRecords BadRecords::in_place(OnError policy, const StagePlace& place, StageContext& context,
                                std::size_t errors) {
  const bool has_reader = errors < place.named.size() && place.named[errors].has_value();
  bool wants_reason = false;
  if (has_reader) {
    const FieldSet& fields = place.named[errors]->fields;
    wants_reason = fields.all || std::find(fields.names.begin(), fields.names.end(), error_field) !=
                                     fields.names.end();
  }
  return {policy, has_reader, wants_reason, context};
}

void BadRecords::add(std::uint32_t row, std::string reason, std::size_t offset) {
  bad_.push_back({row, std::move(reason), offset});
}

Status BadRecords::settle(Batch& batch, Batch* errors) {
  kept_.clear();
  if (bad_.empty()) return Done{};
  Status result = Done{};
  if (has_reader_) {
    count(batch, BadRecord::dead_lettered);
    if (errors != nullptr) send(batch, *errors);
    take_out(batch);
  } else if (policy_ == OnError::fail) {
    Error error;
    error.code = ErrorCode::corrupt_input;
    error.message = describe(batch, bad_.front());
    error.file = batch.origin_name();
    error.offset = batch.input_offset(batch.rows()[bad_.front().row].offset);
    result = std::move(error);
  } else if (policy_ == OnError::drop) {
    count(batch, BadRecord::rejected);
    take_out(batch);
  } else {
    count(batch, BadRecord::kept);
    kept_.swap(bad_);
  }
  bad_.clear();
  return result;
}

std::string BadRecords::describe(const Batch& batch, const Bad& bad) {
  const std::string_view text = batch.text(batch.rows()[bad.row]);
  std::string words = bad.reason;
  if (bad.offset > 0) words += " (byte " + std::to_string(bad.offset) + " of the record)";
  words += ": " + escape(text.substr(0, excerpt_bytes));
  if (text.size() > excerpt_bytes) words += "...";
  return words;
}

/// Once per reason, shape and batch, since a log full of bad records must not be slow as well.
void BadRecords::count(const Batch& batch, BadRecord fate) const {
  struct Group {
    std::uint64_t count = 0;
    const Bad* first = nullptr;
  };
  std::unordered_map<std::string, Group> groups;
  std::string key;
  for (const Bad& bad : bad_) {
    key = bad.reason;
    key += '\0';
    key += shape_of(batch.text(batch.rows()[bad.row]));
    Group& group = groups[key];
    if (group.count++ == 0) group.first = &bad;
  }
  for (const auto& [shape, group] : groups) {
    const Bad& first = *group.first;
    context_.bad(fate, first.reason, shape.substr(first.reason.size() + 1), group.count,
                 BadSample::of(batch, first.row, first.offset));
  }
}

void BadRecords::take_out(Batch& batch) {
  selection_.clear();
  auto bad = bad_.begin();
  for (const std::uint32_t row : batch.selection()) {
    if (bad != bad_.end() && bad->row == row) {
      ++bad;
    } else {
      selection_.push_back(row);
    }
  }
  batch.keep_rows(selection_);
}

void BadRecords::send(Batch& batch, Batch& errors) const {
  std::vector<Slice> rows(batch.rows().begin(), batch.rows().end());
  std::vector<std::uint32_t> selection;
  for (const Bad& bad : bad_) selection.push_back(bad.row);
  if (!errors.is_table()) errors.set_rows(rows);
  errors.keep_rows(selection);
  if (!wants_reason_) return;
  Column& column = errors.add_column(error_field);
  for (const Bad& bad : bad_) column.cells[bad.row] = copied_text(bad.reason, errors.arena());
}

}  // namespace sluice
