// Where several edges meet.
#pragma once

#include <vector>

#include "engine/run/node.h"
#include "engine/run/reorder.h"

namespace sluice {

enum class MergeOrder : std::uint8_t {
  arrival,  ///< As they come; each input keeps its own order.
  input,    ///< All of the first input, then all of the second, ...
  records,  ///< Branches of one fan-out that only thinned: record by record, in the source's order.
  pieces,   ///< Branches of one fan-out: per batch of the fan-out, branch by branch.
};

/// Serial. `arrival` and `input` number what they pass on afresh; `records` and `pieces` undo the
/// renumbering of the fork. It never holds a piece back behind data that took its tokens later,
/// which is what keeps a diamond with few tokens from coming to a halt.
class MergeNode final : public Node {
 public:
  MergeNode(const RunServices& services, std::string name, MergeOrder order, std::size_t inputs);

  void clear(LetGo why) override;
  std::size_t held() const override;

 protected:
  void on_batch(BatchPtr batch, std::uint16_t port) override;

 private:
  void pass_on_arrival(std::uint16_t port);
  void pass_by_input();
  void pass_by_record();
  void pass_by_piece();
  void emit_renumbered(BatchPtr batch);
  /// One batch with the records of all `parts`, which lie over the same bytes.
  BatchPtr merge_records(std::vector<BatchPtr>& parts) const;

  MergeOrder order_;
  std::vector<Reorder> inputs_;
  std::uint64_t unit_ = 0;         ///< Of what is passed on (arrival, input).
  std::size_t current_ = 0;        ///< The input whose turn it is.
  std::uint32_t outer_index_ = 0;  ///< Within the unit below the fork's.
};

}  // namespace sluice
