#include "engine/run/merge_node.h"

#include <algorithm>
#include <utility>

#include "engine/run/batch_lease.h"

namespace sluice {

MergeNode::MergeNode(const RunServices& services, std::string name, MergeOrder order,
                     std::size_t inputs)
    : Node(services, std::move(name)), order_(order), inputs_(inputs) {}

void MergeNode::on_batch(BatchPtr batch, std::uint16_t port) {
  inputs_[port].put(std::move(batch));
  switch (order_) {
    case MergeOrder::arrival:
      pass_on_arrival(port);
      return;
    case MergeOrder::input:
      pass_by_input();
      return;
    case MergeOrder::records:
      pass_by_record();
      return;
    case MergeOrder::pieces:
      pass_by_piece();
      return;
  }
}

void MergeNode::emit_renumbered(BatchPtr batch) {
  const OrderKey key{unit_++, 0, true};
  batch->set_keys({&key, 1});
  emit(std::move(batch));
}

void MergeNode::pass_on_arrival(std::uint16_t port) {
  while (BatchPtr batch = inputs_[port].take()) {
    // The stream ends when every input has ended.
    if (batch->end_of_stream() && ++current_ < inputs_.size()) batch->clear_end_of_stream();
    emit_renumbered(std::move(batch));
  }
}

void MergeNode::pass_by_input() {
  for (std::size_t input = 0; input <= current_ && input < inputs_.size(); ++input) {
    while (BatchPtr batch = inputs_[input].take()) {
      const bool ended = batch->end_of_stream();
      if (ended && ++current_ < inputs_.size()) batch->clear_end_of_stream();
      emit_renumbered(std::move(batch));
      if (ended) break;
    }
  }
}

void MergeNode::pass_by_record() {
  // Each branch carries exactly one batch per unit here.
  while (std::all_of(inputs_.begin(), inputs_.end(), [](const Reorder& r) { return r.ready(); })) {
    std::vector<BatchPtr> parts;
    parts.reserve(inputs_.size());
    for (Reorder& input : inputs_) parts.push_back(input.take());
    BatchPtr merged = merge_records(parts);
    merged->pop_key();
    emit(std::move(merged));
  }
}

BatchPtr MergeNode::merge_records(std::vector<BatchPtr>& parts) const {
  std::size_t with_records = 0;
  for (const BatchPtr& part : parts) with_records += part->record_count() > 0 ? 1 : 0;
  if (with_records <= 1) {
    for (BatchPtr& part : parts) {
      if (part->record_count() > 0) return std::move(part);
    }
    return std::move(parts.front());
  }
  std::vector<Batch::RowPlace> places;
  for (std::uint32_t part = 0; part < parts.size(); ++part) {
    parts[part]->make_table();
    for (const std::uint32_t row : parts[part]->selection()) places.push_back({part, row});
  }
  const auto slice_of = [&](Batch::RowPlace place) { return parts[place.part]->rows()[place.row]; };
  // Stable: a record that took two branches stands twice, in the order of the branches.
  std::stable_sort(places.begin(), places.end(), [&](Batch::RowPlace a, Batch::RowPlace b) {
    return slice_of(a).offset < slice_of(b).offset;
  });
  std::vector<Slice> rows;
  rows.reserve(places.size());
  for (const Batch::RowPlace place : places) rows.push_back(slice_of(place));
  BatchPtr merged = clone_leased(services_.state.batches(), *parts.front());
  merged->set_rows(rows);
  merged->take_columns(parts, places);
  return merged;
}

void MergeNode::pass_by_piece() {
  while (true) {
    Reorder& input = inputs_[current_];
    BatchPtr batch = input.take();
    if (!batch) return;
    const bool branch_done = batch->key().last;
    const bool unit_done = branch_done && current_ + 1 == inputs_.size();
    batch->pop_key();
    OrderKey outer = batch->key();
    outer.index = outer_index_;
    outer.last = outer.last && unit_done;
    outer_index_ = outer.last ? 0 : outer_index_ + 1;
    batch->set_key(outer);
    if (batch->end_of_stream() && !unit_done) batch->clear_end_of_stream();
    emit(std::move(batch));
    if (branch_done) current_ = (current_ + 1) % inputs_.size();
  }
}

void MergeNode::clear(LetGo why) {
  for (Reorder& input : inputs_) clear_waiting(input, why);
}

std::size_t MergeNode::held() const {
  std::size_t held = 0;
  for (const Reorder& input : inputs_) held += input.waiting();
  return held;
}

}  // namespace sluice
