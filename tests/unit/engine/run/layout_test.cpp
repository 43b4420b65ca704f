#include "engine/run/layout.h"

#include <algorithm>

#include "tests/unit/engine/run/plan_fixture.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class Layout : public PlanFixture {
 protected:
  /// "KIND NAME -> NAME, NAME" of each node, the merge's order behind its kind.
  static std::vector<std::string> picture(const PlannedPipeline& p) {
    static const std::vector<std::string> kinds{"source",   "chain",    "gather", "expander",
                                                "observer", "sink",     "fork",   "merge",
                                                "order",    "overflow", "limit"};
    static const std::vector<std::string> orders{"arrival", "input", "records", "pieces"};
    std::vector<std::string> all;
    for (const NodePlan& node : p.nodes) {
      std::string text = kinds[static_cast<std::size_t>(node.kind)];
      if (node.kind == NodePlan::Kind::merge) {
        text += ":" + orders[static_cast<std::size_t>(node.merge)];
      }
      text += " " + node.name;
      std::string separator = " -> ";
      for (const auto& edges : node.outputs) {
        for (const NodePlan::Edge edge : edges) {
          text += std::exchange(separator, ", ") + p.nodes[edge.target].name;
        }
      }
      all.push_back(text);
    }
    return all;
  }

  static std::vector<std::string> gate_names(const PlannedPipeline& p) {
    std::vector<std::string> names;
    for (const GatePlan& gate : p.gates) names.push_back(gate.name);
    return names;
  }

  static const BufferPoolSizes& gate(const PlannedPipeline& p, const std::string& name) {
    return std::find_if(p.gates.begin(), p.gates.end(),
                        [&](const GatePlan& g) { return g.name == name; })
        ->sizes;
  }
};

TEST_F(Layout, FusesWhatRunsInParallel) {
  EXPECT_THAT(
      picture(planned({toy_source(), transform("keep"), transform("keep"), collect()})),
      ElementsAre("source toy -> keep > keep-2", "chain keep > keep-2 -> collect", "sink collect"));
}

TEST_F(Layout, AnObserverStandsAlone) {
  const PlannedPipeline p =
      planned({toy_source().option("loader", "true"), transform("watch").option("name", "w"),
               transform("keep"), collect()});
  EXPECT_THAT(picture(p),
              ElementsAre("source toy -> toy", "chain toy -> watch", "observer watch -> keep",
                          "chain keep -> collect", "sink collect"));
  EXPECT_THAT(gate_names(p), ElementsAre("toy"));
}

TEST_F(Layout, ABranchThatDropsHasRoomOfItsOwn) {
  EngineSpec engine;
  engine.tokens = 5;
  engine.buffer = 64_KiB;
  std::optional<Plan> made =
      plan({pipeline({toy_source(), collect(),
                      transform("hold").from({"toy"}).when_full("drop_newest"), collect("live")})},
           engine);
  ASSERT_TRUE(made);
  const PlannedPipeline& p = made->pipelines.front();
  EXPECT_THAT(picture(p),
              ElementsAre("source toy -> collect, hold (overflow)", "sink collect",
                          "overflow hold (overflow) -> hold", "chain hold -> live", "sink live"));
  // 65 KiB of `hold` take two buffers: they are room of the branch and tokens of the source.
  EXPECT_EQ(gate(p, "toy").count, 5U + 5U + 2U);
  EXPECT_EQ(p.nodes[2].room, 5U + 2U);
}

TEST_F(Layout, BranchesThatDropMergeAsTheyArrive) {
  EXPECT_THAT(picture(planned({toy_source(), transform("keep").id("a"),
                               transform("keep").id("b").from({"toy"}).when_full("drop_oldest"),
                               collect().from({"a", "b"})})),
              ElementsAre("source toy -> a, b (overflow)", "chain a -> collect (merge)",
                          "overflow b (overflow) -> b", "chain b -> collect (merge)",
                          "merge:arrival collect (merge) -> collect", "sink collect"));
}

TEST_F(Layout, ALimitStandsBehindEverySource) {
  PipelineSpec spec = pipeline({toy_source("one").option("loader", "true"), toy_source("two"),
                                collect().from({"one", "two"})});
  spec.limit = LimitSpec{5, {}};
  std::optional<Plan> made = plan({std::move(spec)});
  ASSERT_TRUE(made);
  EXPECT_THAT(picture(made->pipelines.front()),
              ElementsAre("source one -> one", "chain one -> one (limit)",
                          "limit one (limit) -> collect (merge)", "source two -> two (limit)",
                          "limit two (limit) -> collect (merge)",
                          "merge:arrival collect (merge) -> collect", "sink collect"));
}

TEST_F(Layout, ABufferAddsTokensToTheGatesAboveIt) {
  EngineSpec engine;
  engine.tokens = 5;
  engine.buffer = 64_KiB;
  const auto tokens_of = [&](const std::vector<StageText>& stages) {
    std::optional<Plan> made = plan({pipeline(stages)}, engine);
    std::vector<std::string> all;
    for (const GatePlan& gate : made->pipelines.front().gates) {
      all.push_back(gate.name + " " + std::to_string(gate.sizes.count));
    }
    return all;
  };
  // 65 KiB take two buffers.
  EXPECT_THAT(tokens_of({toy_source(), transform("keep"), transform("hold"), transform("multiply"),
                         transform("hold"), transform("hold"), collect()}),
              ElementsAre("toy 7", "multiply 9"));
  EXPECT_THAT(
      tokens_of({toy_source("a"), toy_source("b"), transform("hold").from({"a", "b"}), collect()}),
      ElementsAre("a 7", "b 7"));
}

TEST_F(Layout, TheTokensOfABufferCountInTheMemoryBound) {
  EngineSpec engine;
  engine.tokens = 5;
  engine.buffer = 64_KiB;
  const std::optional<Plan> without = plan({pipeline({toy_source(), collect()})}, engine);
  const std::optional<Plan> with =
      plan({pipeline({toy_source(), transform("hold"), collect()})}, engine);
  EXPECT_EQ(with->memory_bound.bytes * 5, without->memory_bound.bytes * 7);
  engine.memory = with->memory_bound;
  EXPECT_TRUE(plan({pipeline({toy_source(), transform("hold"), collect()})}, engine));
  engine.memory.bytes -= 1;
  EXPECT_FALSE(plan({pipeline({toy_source(), transform("hold"), collect()})}, engine));
}

TEST_F(Layout, ALoaderBeginsTheChain) {
  EXPECT_THAT(
      picture(planned({toy_source().option("loader", "true"),
                       transform("keep"),
                       transform("double"),
                       {Role::sink, "void"}})),
      ElementsAre("source toy -> toy > keep > double > void", "chain toy > keep > double > void"));
}

TEST_F(Layout, AFanOutEndsAChain) {
  EXPECT_THAT(picture(planned({toy_source(), transform("keep"), transform("keep").id("more"),
                               collect("a"), collect("b").from({"keep"})})),
              ElementsAre("source toy -> keep", "chain keep -> more, b", "chain more -> a",
                          "sink a", "sink b"));
}

TEST_F(Layout, AnOutputThatIsReadEndsAChain) {
  EXPECT_THAT(picture(planned({toy_source(), transform("split"), transform("keep"), collect("a"),
                               collect("b").from({"split.odd"})})),
              ElementsAre("source toy -> split", "chain split -> keep, b", "chain keep -> a",
                          "sink a", "sink b"));
  EXPECT_THAT(
      picture(planned({toy_source(), transform("split"), transform("keep"), collect()})),
      ElementsAre("source toy -> split > keep", "chain split > keep -> collect", "sink collect"));
}

TEST_F(Layout, OutputsThatOptionsDecideHaveEdgesOfTheirOwn) {
  const PlannedPipeline p =
      planned({toy_source(), transform("deal").option("ways", "4"), collect("a").from({"deal.w2"}),
               collect("b").from({"deal.w0"}), collect("c").from({"deal", "deal.w3"})});
  EXPECT_THAT(picture(p),
              UnorderedElementsAre("source toy -> deal",
                                   "chain deal -> deal (fork), deal (fork), deal (fork)",
                                   "fork deal (fork) -> b, c (merge)", "fork deal (fork) -> a",
                                   "fork deal (fork) -> c (merge)", "merge:records c (merge) -> c",
                                   "sink a", "sink b", "sink c"));
  EXPECT_TRUE(p.stages[1].place.is_output_read);
  ASSERT_EQ(p.stages[1].place.named.size(), 3U);
  EXPECT_FALSE(p.stages[1].place.named[0].has_value());
  EXPECT_TRUE(p.stages[1].place.named[1].has_value());
}

TEST_F(Layout, TheMainOutputNeedNoReader) {
  const PlannedPipeline p = planned(
      {toy_source(), transform("deal").option("ways", "3"), collect("a").from({"deal.w1"})});
  EXPECT_THAT(picture(p), ElementsAre("source toy -> deal", "chain deal -> a", "sink a"));
  EXPECT_FALSE(p.stages[1].place.is_output_read);
}

TEST_F(Layout, ASinkOfThreePartsTakesThreeNodes) {
  EXPECT_THAT(picture(planned({toy_source(), {Role::sink, "press"}})),
              ElementsAre("source toy -> press", "gather press -> press", "chain press -> press",
                          "sink press"));
}

// --- Gates ---------------------------------------------------------------------------------------

TEST_F(Layout, OnlySourcesGathersAndExpandersHaveGates) {
  const PlannedPipeline p = planned({toy_source(), transform("keep"), transform("multiply"),
                                     transform("pack"), transform("double"), collect()});
  EXPECT_THAT(gate_names(p), ElementsAre("toy", "multiply", "pack"));
  for (const NodePlan& node : p.nodes) {
    const bool expected = node.kind == NodePlan::Kind::source ||
                          node.kind == NodePlan::Kind::gather ||
                          node.kind == NodePlan::Kind::expander;
    EXPECT_EQ(node.gate.has_value(), expected) << node.name;
  }
}

TEST_F(Layout, BuffersAreAsLargeAsWhatGoesIntoThem) {
  EngineSpec engine;
  engine.buffer = 64_KiB;
  engine.tokens = 5;
  const auto made = plan(
      {pipeline(
          {StageText::short_form("file", "in"), transform("multiply"), {Role::sink, "press"}})},
      engine);
  ASSERT_TRUE(made);
  const PlannedPipeline& p = made->pipelines.front();
  EXPECT_EQ(gate(p, "file").count, 5U);
  EXPECT_EQ(gate(p, "file").size, 64U << 10);
  EXPECT_EQ(gate(p, "file").kept, 200U << 10) << "a usual batch of this source";
  EXPECT_EQ(gate(p, "file").capacity, (200U << 10) + (1U << 20))
      << "the longest record fits behind";
  EXPECT_EQ(gate(p, "multiply").capacity, 64U << 10);
  EXPECT_EQ(gate(p, "press").size, 100U << 10) << "a gather says what it fills";
}

TEST_F(Layout, ScratchIsPaidByTheGateAbove) {
  const PlannedPipeline pressed = planned({toy_source(), {Role::sink, "press"}});
  EXPECT_EQ(gate(pressed, "toy").scratch, 0U);
  EXPECT_EQ(gate(pressed, "press").scratch, 2 * (100U << 10) + 10);

  // Two rewrites of one token need room for both, and the second reads what the first wrote.
  const PlannedPipeline twice =
      planned({toy_source(), transform("double"), transform("double"), collect()});
  const std::size_t first = 2 * gate(twice, "toy").capacity + 10;
  EXPECT_EQ(gate(twice, "toy").scratch, first + (2 * first + 10));
  EXPECT_EQ(twice.nodes[1].parts[0].scratch, first);
  EXPECT_EQ(twice.nodes[1].parts[1].scratch, 2 * first + 10);
}

TEST_F(Layout, ScratchBehindAMergeIsPaidByAllGatesAbove) {
  const PlannedPipeline p =
      planned({toy_source("small"), StageText(Role::source, "file").option("path", "large"),
               transform("double").from({"small", "file"}), collect()});
  const std::size_t most = 2 * gate(p, "file").capacity + 10;
  EXPECT_EQ(gate(p, "small").scratch, most);
  EXPECT_EQ(gate(p, "file").scratch, most);
}

TEST_F(Layout, AMergeByRecordMayHoldEveryRecordOncePerBranch) {
  const PlannedPipeline p =
      planned({toy_source(), transform("keep").id("a"), transform("keep").id("b").from({"toy"}),
               transform("rewrite").from({"a", "b"}), collect()});
  EXPECT_EQ(gate(p, "toy").scratch, 3 * 2 * gate(p, "toy").capacity);
}

// --- Merges and forks ----------------------------------------------------------------------------

TEST_F(Layout, BranchesThatDoNotMeetNeedNoFork) {
  EXPECT_THAT(picture(planned({toy_source(), collect("a"), collect("b").from({"toy"})})),
              ElementsAre("source toy -> a, b", "sink a", "sink b"));
}

TEST_F(Layout, SourcesMergeAsTheyArrive) {
  EXPECT_THAT(picture(planned({toy_source("a"), toy_source("b"), collect().from({"a", "b"})})),
              UnorderedElementsAre("source a -> collect (merge)", "source b -> collect (merge)",
                                   "merge:arrival collect (merge) -> collect", "sink collect"));
  EXPECT_THAT(picture(planned(
                  {toy_source("a"), toy_source("b"), collect().from({"a", "b"}).order("input")})),
              UnorderedElementsAre("source a -> collect (merge)", "source b -> collect (merge)",
                                   "merge:input collect (merge) -> collect", "sink collect"));
}

TEST_F(Layout, ThinnedBranchesMergeByRecord) {
  const PlannedPipeline p =
      planned({toy_source(), transform("keep").id("a"), transform("keep").id("b").from({"toy"}),
               collect().from({"a", "b"})});
  EXPECT_THAT(picture(p),
              UnorderedElementsAre("source toy -> toy (fork)", "fork toy (fork) -> a, b",
                                   "chain a -> collect (merge)", "chain b -> collect (merge)",
                                   "merge:records collect (merge) -> collect", "sink collect"));
  EXPECT_EQ(p.stages.back().fork, 0U);
}

TEST_F(Layout, BranchesThatGrewMergeByPiece) {
  EXPECT_THAT(
      picture(planned({toy_source(), transform("multiply"), transform("keep").from({"toy"}),
                       collect().from({"multiply", "keep"})})),
      UnorderedElementsAre("source toy -> toy (fork)", "fork toy (fork) -> multiply, keep",
                           "expander multiply -> collect (merge)", "chain keep -> collect (merge)",
                           "merge:pieces collect (merge) -> collect", "sink collect"));
}

TEST_F(Layout, BranchesWithNewTextsMergeByPiece) {
  const PlannedPipeline p =
      planned({toy_source(), transform("rewrite"), transform("keep").from({"toy"}),
               collect().from({"rewrite", "keep"})});
  EXPECT_THAT(picture(p), testing::Contains("merge:pieces collect (merge) -> collect"));
  EXPECT_EQ(gate(p, "toy").scratch, 3 * gate(p, "toy").capacity);
}

TEST_F(Layout, ABranchThatWasGatheredHasLostItsUnits) {
  const PlannedPipeline p =
      planned({toy_source(), transform("pack"), transform("keep").from({"toy"}),
               collect().from({"pack", "keep"})});
  EXPECT_EQ(p.stages.back().merge, MergeOrder::arrival);
  EXPECT_FALSE(p.stages.back().fork);
  for (const NodePlan& node : p.nodes) EXPECT_NE(node.kind, NodePlan::Kind::fork);
}

TEST_F(Layout, ADiamondInADiamondHasTwoForks) {
  const PlannedPipeline p =
      planned({toy_source(), transform("keep").id("in"), transform("keep").id("a"),
               transform("keep").id("b").from({"in"}), transform("keep").id("ab").from({"a", "b"}),
               transform("keep").id("c").from({"toy"}), collect().from({"ab", "c"})});
  EXPECT_EQ(p.stages[4].merge, MergeOrder::records);
  EXPECT_EQ(p.stages[4].fork, 1U);
  EXPECT_EQ(p.stages[6].merge, MergeOrder::records);
  EXPECT_EQ(p.stages[6].fork, 0U);
  EXPECT_EQ(std::count_if(p.nodes.begin(), p.nodes.end(),
                          [](const NodePlan& n) { return n.kind == NodePlan::Kind::fork; }),
            2);
}

TEST_F(Layout, EveryNodeStandsBehindThoseItReads) {
  const PlannedPipeline p =
      planned({toy_source("late"), transform("keep").id("last").from({"first", "late"}),
               transform("keep").id("first").from({"early"}), toy_source("early"),
               collect().from({"last"})});
  for (std::size_t number = 0; number < p.nodes.size(); ++number) {
    for (const auto& edges : p.nodes[number].outputs) {
      for (const NodePlan::Edge edge : edges) EXPECT_GT(edge.target, number);
    }
  }
}

}  // namespace
}  // namespace sluice
