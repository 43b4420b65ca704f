#include "engine/run/merge_node.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/stage_rig.h"

namespace sluice {
namespace {

/// A merge between this test, which plays the branches, and a node that writes down what comes out.
class MergeTest : public ::testing::Test {
 protected:
  class Taker final : public Node {
   public:
    using Node::Node;
    std::vector<std::string> seen;

   protected:
    /// "TEXT@UNIT.INDEX", "|" behind the last of a unit, "$" behind the last of all.
    void on_batch(BatchPtr batch, std::uint16_t /*port*/) override {
      const OrderKey key = batch->key();
      seen.push_back(text_of(*batch) + "@" + std::to_string(key.unit) + "." +
                     std::to_string(key.index) + (key.last ? "|" : "") +
                     (batch->end_of_stream() ? "$" : ""));
      EXPECT_EQ(batch->keys().size(), 1U);
    }
  };

  ~MergeTest() override { graph_.wait_idle(); }

  MergeNode& merge(MergeOrder order, std::size_t inputs) {
    merge_ = std::make_unique<MergeNode>(services_, "merge", order, inputs);
    taker_.set_id(graph_.add_node([this](Work&& work) { taker_.run(std::move(work)); }, true));
    merge_->connect(0, taker_, graph_.add_edge(taker_.id(), 0));
    return *merge_;
  }

  /// One letter per line of `lines`, over bytes that all batches of a unit share.
  BatchPtr batch(std::string_view lines, OrderKey key, bool end = false) {
    BatchPtr batch = text_.make(lines);
    batch->set_key(key);
    if (end) batch->set_end_of_stream();
    return batch;
  }
  /// A batch of a branch: its unit in the fork's numbering on top of that of the source.
  BatchPtr branch(std::string_view lines, OrderKey key, OrderKey outer) {
    BatchPtr batch = text_.make(lines);
    batch->set_key(outer);
    batch->push_key(key);
    return batch;
  }
  void arrive(std::uint16_t port, BatchPtr batch) {
    merge_->run({std::move(batch), Work::Kind::batch, port});
  }
  std::vector<std::string> seen() {
    graph_.wait_idle();
    return taker_.seen;
  }

  FlowArena arena_{1};
  RunState state_;
  TextBatches text_;
  FlowGraph graph_{arena_};
  RunServices services_{graph_, state_, Clock::system()};
  Taker taker_{services_, "taker"};
  std::unique_ptr<MergeNode> merge_;
};

using Seen = std::vector<std::string>;

TEST_F(MergeTest, ArrivalKeepsTheOrderOfEachInput) {
  merge(MergeOrder::arrival, 2);
  arrive(0, batch("b", {1, 0, true}));
  EXPECT_EQ(merge_->held(), 1U);
  arrive(1, batch("x", {0, 0, true}, true));
  arrive(0, batch("a", {0, 0, true}));
  arrive(0, batch("", {2, 0, true}, true));
  EXPECT_EQ(seen(), (Seen{"x@0.0|", "a@1.0|", "b@2.0|", "@3.0|$"})) << "it ends with the last";
  EXPECT_EQ(merge_->held(), 0U);
}

TEST_F(MergeTest, InputReadsOneAfterTheOther) {
  merge(MergeOrder::input, 3);
  arrive(2, batch("z", {0, 0, true}, true));
  arrive(1, batch("y", {0, 0, true}, true));
  arrive(0, batch("a", {0, 0, true}));
  EXPECT_EQ(seen(), (Seen{"a@0.0|"}));
  EXPECT_EQ(merge_->held(), 2U);
  arrive(0, batch("", {1, 0, true}, true));
  EXPECT_EQ(seen(), (Seen{"a@0.0|", "@1.0|", "y@2.0|", "z@3.0|$"}));
}

TEST_F(MergeTest, RecordsComeInTheOrderOfTheirBytes) {
  merge(MergeOrder::records, 2);
  const BatchPtr whole = text_.make("a\nb\nc\nd\n");
  whole->make_table();
  const auto part = [&](std::vector<std::uint32_t> rows) {
    BatchPtr some = state_.batches().clone(*whole);
    some->set_key({7, 3, false});
    some->push_key({0, 0, true});
    some->keep_rows(rows);
    return some;
  };
  arrive(1, part({0, 3}));
  EXPECT_EQ(seen(), Seen{});
  arrive(0, part({1, 3}));
  // The source's key is back, and a record that took both branches stands twice.
  EXPECT_EQ(seen(), (Seen{"a\nb\nd\nd\n@7.3"}));
}

TEST_F(MergeTest, RecordsOfOneBranchPassAsTheyAre) {
  merge(MergeOrder::records, 2);
  arrive(0, branch("", {0, 0, true}, {0, 0, true}));
  arrive(1, branch("a\n", {0, 0, true}, {0, 0, true}));
  arrive(0, branch("", {1, 0, true}, {1, 0, true}));
  arrive(1, branch("", {1, 0, true}, {1, 0, true}));
  EXPECT_EQ(seen(), (Seen{"a\n@0.0|", "@1.0|"}));
}

TEST_F(MergeTest, PiecesComeBranchByBranchWithinAUnit) {
  merge(MergeOrder::pieces, 2);
  arrive(1, branch("x", {0, 0, true}, {0, 0, true}));
  arrive(0, branch("b", {0, 1, true}, {0, 0, true}));
  EXPECT_EQ(seen(), Seen{});
  arrive(0, branch("a", {0, 0, false}, {0, 0, true}));
  arrive(1, branch("y", {1, 0, true}, {1, 0, true}));
  arrive(0, branch("c", {1, 0, true}, {1, 0, true}));
  EXPECT_EQ(seen(), (Seen{"a@0.0", "b@0.1", "x@0.2|", "c@1.0", "y@1.1|"}));
}

TEST_F(MergeTest, PiecesOfOneOuterUnitAreNumberedOn) {
  merge(MergeOrder::pieces, 2);
  for (std::uint64_t unit = 0; unit < 2; ++unit) {
    const OrderKey outer{5, static_cast<std::uint32_t>(unit), unit == 1};
    arrive(0, branch("a", {unit, 0, true}, outer));
    arrive(1, branch("x", {unit, 0, true}, outer));
  }
  EXPECT_EQ(seen(), (Seen{"a@5.0", "x@5.1", "a@5.2", "x@5.3|"}));
}

TEST_F(MergeTest, WhatIsClearedIsGone) {
  merge(MergeOrder::input, 2);
  arrive(1, batch("x", {0, 0, true}));
  arrive(0, batch("b", {1, 0, true}));
  EXPECT_EQ(merge_->held(), 2U);
  merge_->clear(LetGo::lost);
  EXPECT_EQ(merge_->held(), 0U);
  EXPECT_EQ(seen(), Seen{});
}

}  // namespace
}  // namespace sluice
