#include "engine/run/planner.h"

#include "tests/unit/engine/run/plan_fixture.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Planner : public PlanFixture {};

TEST_F(Planner, SuggestsTheTypeThatWasMeant) {
  EXPECT_THAT(mistakes({toy_source(), transform("kep"), collect()}),
              ElementsAre("stage.unknown_type@2 unknown transform type 'kep' "
                          "[did you mean 'keep'?]"));
  EXPECT_THAT(mistakes({toy_source(), StageText::short_form("colect")}),
              ElementsAre(HasSubstr("[did you mean 'collect'?]")));
  EXPECT_THAT(mistakes({toy_source(), {Role::sink, "keep"}}),
              ElementsAre("stage.unknown_type@2 unknown sink type 'keep' "
                          "[there is a transform of that name]"));
  EXPECT_THAT(mistakes({toy_source(), {Role::sink, "quux"}}),
              ElementsAre(HasSubstr("[`sluice stages` lists all types]")));
}

TEST_F(Planner, AShortFormTakesItsRoleFromItsPlace) {
  const PlannedPipeline p =
      planned({StageText::short_form("file", "in"), StageText::short_form("keep"),
               StageText::short_form("file", "out")});
  ASSERT_EQ(p.stages.size(), 3U);
  EXPECT_EQ(p.stages[0].type->role, Role::source);
  EXPECT_EQ(p.stages[1].type->role, Role::transform);
  EXPECT_EQ(p.stages[2].type->role, Role::sink);
  EXPECT_EQ(p.stages[2].id, "file-2");
}

TEST_F(Planner, AShortFormSetsTheMainOptionOnce) {
  EXPECT_THAT(mistakes({StageText::short_form("file", "in").option("path", "other"), collect()}),
              ElementsAre(StartsWith("option.duplicate@")));
  EXPECT_THAT(mistakes({toy_source(), StageText::short_form("keep", "2"), collect()}),
              ElementsAre(StartsWith("stage.no_short_form@")));
}

TEST_F(Planner, NamesStagesByTypeAndNumber) {
  const PlannedPipeline p = planned({StageText(Role::source, "toy"), transform("keep"),
                                     transform("keep"), transform("keep").id("mine"), collect()});
  std::vector<std::string> ids;
  for (const PlannedStage& stage : p.stages) ids.push_back(stage.id);
  EXPECT_THAT(ids, ElementsAre("toy", "keep", "keep-2", "mine", "collect"));
}

TEST_F(Planner, RefusesTwoStagesOfOneName) {
  EXPECT_THAT(
      mistakes({toy_source(), transform("keep").id("a"), transform("keep").id("a"), collect()}),
      ElementsAre("stage.duplicate_id@3 two stages are called 'a' "
                  "[the other is in line 2]"));
}

TEST_F(Planner, EveryStageButASinkMustBeRead) {
  EXPECT_THAT(mistakes({toy_source(), transform("keep"), collect().from({"toy"})}),
              ElementsAre("stage.unread@2 nobody reads stage 'keep' [end the pipeline with a sink, "
                          "or name 'keep' in a `from`]"));
}

TEST_F(Planner, ShowsTheCircle) {
  EXPECT_THAT(mistakes({toy_source(), transform("keep").id("a").from({"toy", "c"}),
                        transform("keep").id("b"), transform("keep").id("c"), collect()}),
              ElementsAre(StartsWith("pipeline.cycle@")));
  EXPECT_THAT(mistakes().front(),
              HasSubstr("the stages read from each other in a circle: a -> b -> c -> a"));
  EXPECT_THAT(mistakes({toy_source(), transform("keep").id("a").from({"a"}), collect()}),
              ElementsAre("pipeline.cycle@2 the stages read from each other in a circle: a -> a"));
}

TEST_F(Planner, EdgesMustCarryWhatIsRead) {
  EXPECT_THAT(mistakes({StageText(Role::source, "stream"), collect()}),
              ElementsAre("edge.type@2 stage 'collect' reads records, but 'stream' gives bytes "
                          "[set `framing: lines` on the source]"));
}

TEST_F(Planner, ResolvesWhoReadsWhom) {
  const PlannedPipeline p = planned(
      {toy_source(), transform("split"), collect("a"), collect("b").from({"split.odd", "toy"})});
  using Input = PlannedStage::Input;
  EXPECT_THAT(p.stages[0].inputs, ElementsAre());
  EXPECT_THAT(p.stages[2].inputs, ElementsAre(Input{1, 0}));
  EXPECT_THAT(p.stages[3].inputs, ElementsAre(Input{1, 1}, Input{0, 0}));
}

TEST_F(Planner, RefusesInputsThatAreNotThere) {
  EXPECT_THAT(mistakes({toy_source("lines"), collect().from({"line"})}),
              ElementsAre("stage.unknown_from@2 there is no stage 'line' [did you mean 'lines'?]"));
  EXPECT_THAT(mistakes({toy_source(), transform("split"), collect().from({"split.od"})}),
              ElementsAre(HasSubstr("has no output 'od' [did you mean 'odd'?]")));
  EXPECT_THAT(mistakes({toy_source(), collect("a"), collect("b").from({"a"})}),
              ElementsAre(StartsWith("stage.from_sink@3")));
  EXPECT_THAT(mistakes({toy_source("a"), toy_source("b").from({"a"}), collect()}),
              ElementsAre(StartsWith("stage.from_source@2")));
  EXPECT_THAT(mistakes({toy_source(), collect().from({"toy", "toy"})}),
              ElementsAre(StartsWith("stage.duplicate_from@2")));
  EXPECT_THAT(mistakes({transform("keep"), collect()}),
              ElementsAre(StartsWith("stage.no_input@1")));
  EXPECT_THAT(mistakes({toy_source(), collect("a"), collect("b")}),
              ElementsAre(StartsWith("stage.no_input@3")));
}

TEST_F(Planner, SuggestsAnOutputOfThoseThatOptionsMake) {
  const auto read = [&](const std::string& output) {
    return mistakes({toy_source(), transform("deal").option("ways", "3"), collect("a"),
                     collect("b").from({"deal." + output})});
  };
  EXPECT_THAT(read("w3"), ElementsAre("stage.unknown_output@4 transform 'deal' has no output 'w3' "
                                      "[did you mean 'w1'?]"));
  EXPECT_THAT(read("rest"), ElementsAre(HasSubstr("[it has w1, w2, w0]")));
  // What outputs a stage has whose options are wrong nobody knows.
  EXPECT_THAT(
      mistakes({toy_source(), transform("deal").option("ways", "0"), collect().from({"deal.w1"})}),
      ElementsAre(StartsWith("option.range@")));
}

TEST_F(Planner, TheMainOutputUnderBothItsNamesIsOneInput) {
  EXPECT_THAT(mistakes({toy_source(), transform("deal"), collect().from({"deal", "deal.w0"})}),
              ElementsAre(StartsWith("stage.duplicate_from@3")));
}

TEST_F(Planner, ReportsWhatOnlyShowsWhenAStageIsMade) {
  EXPECT_THAT(mistakes({toy_source(), transform("broken"), collect()}),
              ElementsAre("stage.invalid@2 stage 'broken': bad pattern"));
}

TEST_F(Planner, ReportsTheMistakesOfAllPipelinesAtOnce) {
  EXPECT_FALSE(plan({pipeline({toy_source(), transform("kep"),
                               transform("keep").option("one_in", "0"), collect()},
                              "first"),
                     pipeline({toy_source(), StageText(Role::sink, "collect")}, "second")}));
  EXPECT_THAT(mistakes(), ElementsAre(StartsWith("stage.unknown_type@2"),
                                      StartsWith("option.range@"), StartsWith("option.missing@2")));
}

TEST_F(Planner, PlansThePipelinesThatWereNamed) {
  const std::vector<StageText> stages{toy_source(), collect()};
  const auto some = plan({pipeline(stages, "one"), pipeline(stages, "two")}, {}, {"two"});
  ASSERT_TRUE(some);
  ASSERT_EQ(some->pipelines.size(), 1U);
  EXPECT_EQ(some->pipelines.front().name, "two");
  EXPECT_FALSE(plan({pipeline(stages, "one")}, {}, {"on"}));
  EXPECT_THAT(mistakes(), ElementsAre("pipeline.unknown@0 there is no pipeline 'on' "
                                      "[did you mean 'one'?]"));
}

// --- order ---------------------------------------------------------------------------------------

TEST_F(Planner, OrderIsForSeveralInputs) {
  EXPECT_THAT(mistakes({toy_source(), collect().order("input")}),
              ElementsAre(StartsWith("stage.order@2 `order` is for a stage with several inputs")));
  EXPECT_THAT(mistakes({toy_source().order("time"), collect()}),
              ElementsAre(StartsWith("stage.order@1 `order` is for a stage with several inputs")));
  EXPECT_THAT(
      mistakes({toy_source("a"), toy_source("b"), collect().from({"a", "b"}).order("size")}),
      ElementsAre("stage.order@3 unknown order 'size' [one of arrival, input, time]"));
  EXPECT_THAT(
      mistakes({toy_source("a"), toy_source("b"), collect().from({"a", "b"}).order("time")}),
      ElementsAre(StartsWith("config.not_available@3")));
}

TEST_F(Planner, OrderInputReadsSourcesOneAfterTheOther) {
  const PlannedPipeline p = planned({toy_source("a"), transform("keep").id("left"), toy_source("b"),
                                     collect().from({"left", "b"}).order("input")});
  EXPECT_EQ(p.stages.back().merge, MergeOrder::input);
}

TEST_F(Planner, OrderInputCannotHoldABranchOfAFanOut) {
  EXPECT_THAT(
      mistakes({toy_source(), transform("keep").id("a"), transform("keep").id("b").from({"toy"}),
                collect().from({"a", "b"}).order("input")}),
      ElementsAre("stage.order@4 'a' and 'b' cannot be read one after the other: both come from "
                  "'toy', so all of 'b' would have to be held until the other one has ended "
                  "[leave `order` out: such branches are merged in the order of 'toy']"));
}

TEST_F(Planner, OrderInputSeesTheFanOutFromAfar) {
  const auto both_from = [](const std::string& id) {
    return HasSubstr("both come from '" + id + "'");
  };
  EXPECT_THAT(mistakes({toy_source(), transform("pack"), transform("multiply").from({"pack"}),
                        transform("keep").from({"pack"}), toy_source("other"),
                        collect().from({"other", "multiply", "keep"}).order("input")}),
              ElementsAre(both_from("pack")));
  EXPECT_THAT(mistakes({toy_source(), transform("split"),
                        collect().from({"split", "split.odd"}).order("input")}),
              ElementsAre(both_from("split")));
  EXPECT_THAT(
      mistakes({toy_source(), transform("keep"), collect().from({"toy", "keep"}).order("input")}),
      ElementsAre(both_from("toy")));
}

// --- Memory --------------------------------------------------------------------------------------

class PlannedMemory : public Planner {
 protected:
  /// A pipeline with one gate.
  std::optional<Plan> plan_with(ByteSize memory, std::optional<ByteSize> buffer = {},
                                std::optional<unsigned> tokens = {},
                                std::optional<unsigned> threads = {}) {
    return plan({pipeline({toy_source(), collect()})}, {threads, memory, buffer, tokens});
  }
};

TEST_F(PlannedMemory, TakesATokenPerThreadAndTwoMore) {
  const auto made = plan_with(1_GiB, {}, {}, 5);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->threads, 5U);
  const BufferPoolSizes& sizes = made->pipelines.front().gates.front().sizes;
  EXPECT_EQ(sizes.count, 7U);
  EXPECT_EQ(sizes.size, 512U << 10);
  EXPECT_EQ(made->memory_bound.bytes, BufferPool::memory_bound(sizes));
}

TEST_F(PlannedMemory, UsesTheCpusThereAre) { EXPECT_EQ(plan_with(1_GiB)->threads, 2U); }

TEST_F(PlannedMemory, TakesFewerTokensFirst) {
  const auto made = plan_with(2_MiB);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->pipelines.front().gates.front().sizes.count, 3U);
  EXPECT_EQ(made->buffer, 512_KiB);
  EXPECT_LE(made->memory_bound, 2_MiB);
}

TEST_F(PlannedMemory, ThenSmallerBuffers) {
  const auto made = plan_with(500_KiB);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->pipelines.front().gates.front().sizes.count, 3U);
  EXPECT_EQ(made->buffer, 128_KiB);
  EXPECT_LE(made->memory_bound, 500_KiB);
}

TEST_F(PlannedMemory, ThenItIsAMistake) {
  EXPECT_FALSE(plan_with(100_KiB));
  EXPECT_THAT(mistakes(), ElementsAre(StartsWith("engine.memory@0 the buffers need ")));
}

TEST_F(PlannedMemory, LeavesWhatTheUserFixed) {
  const auto tokens = plan_with(1_MiB, {}, 7);
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->pipelines.front().gates.front().sizes.count, 7U);
  EXPECT_EQ(tokens->buffer, 128_KiB);
  const auto buffer = plan_with(1_MiB, 300_KiB);
  ASSERT_TRUE(buffer);
  EXPECT_EQ(buffer->buffer, 300_KiB);
  EXPECT_EQ(buffer->pipelines.front().gates.front().sizes.count, 3U);
  EXPECT_FALSE(plan_with(1_MiB, 300_KiB, 4));
}

TEST_F(PlannedMemory, CountsAllPipelines) {
  const auto made = plan({pipeline({toy_source(), collect()}, "one"),
                          pipeline({toy_source(), transform("multiply"), collect()}, "two")});
  ASSERT_TRUE(made);
  std::uint64_t bound = 0;
  for (const PlannedPipeline& p : made->pipelines) {
    for (const GatePlan& gate : p.gates) bound += BufferPool::memory_bound(gate.sizes);
  }
  EXPECT_EQ(made->memory_bound.bytes, bound);
  EXPECT_EQ(made->pipelines[1].gates.size(), 2U);
}

}  // namespace
}  // namespace sluice
