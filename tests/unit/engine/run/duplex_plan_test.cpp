// What the planner makes of a stage that is both ends of a peer.
#include <algorithm>
#include <iterator>

#include "engine/run/layout.h"
#include "engine/stage/meta_field.h"
#include "tests/unit/engine/run/plan_fixture.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DuplexPlan : public PlanFixture {
 protected:
  DuplexPlan() {
    add(Role::source, "choose", EdgeType::none);
    add(Role::duplex, "talk", EdgeType::any);
    // Two roles of one name.
    add(Role::duplex, "socket", EdgeType::records);
    add(Role::sink, "socket", EdgeType::records);
    add(Role::source, "socket", EdgeType::none);
    registry_.add(Declare<NoOptions>(Role::transform, "lines", "Reads the number of a line.")
                      .demand([](const NoOptions&, const StagePlace& place) {
                        Demand demand = declare_detail::passed_on(place);
                        demand.fields.add(name_of(MetaField::line));
                        return demand;
                      })
                      .make([](const NoOptions&, StageContext&) -> Result<Parts> {
                        Parts parts;
                        parts.add(TransformPart{});
                        return parts;
                      })
                      .done());
  }

  static StageText relay() { return {Role::duplex, "relay"}; }

  static std::vector<std::string> nodes(const PlannedPipeline& pipeline) {
    std::vector<std::string> all;
    for (const NodePlan& node : pipeline.nodes) {
      std::string text = node.name + (node.gate ? " gate" : "");
      for (const auto& edges : node.outputs) {
        for (const NodePlan::Edge edge : edges) text += " > " + pipeline.nodes[edge.target].name;
      }
      all.push_back(text);
    }
    return all;
  }

 private:
  struct NoOptions {};

  void add(Role role, std::string name, EdgeType input) {
    registry_.add(Declare<NoOptions>(role, std::move(name), "Has edges.")
                      .input(input)
                      .output(role == Role::sink ? EdgeType::none : EdgeType::any)
                      .make([role](const NoOptions&, StageContext&) -> Result<Parts> {
                        Parts parts;
                        if (role != Role::source) parts.add(SinkPart{});
                        if (role != Role::sink) parts.add(SourcePart{});
                        return parts;
                      })
                      .done());
  }
};

TEST_F(DuplexPlan, ItIsASinkAndASourceWithAGateOfItsOwn) {
  EXPECT_THAT(
      nodes(planned({toy_source(), relay(), transform("keep"), collect()})),
      ElementsAre("toy gate > relay", "relay", "relay gate > keep", "keep > collect", "collect"));
}

TEST_F(DuplexPlan, ItNeedsAnInputAndReaders) {
  EXPECT_THAT(mistakes({relay(), collect()}),
              ElementsAre("stage.no_input@1 the first stage of a pipeline must be a source"));
  EXPECT_THAT(mistakes({toy_source(), relay()}),
              ElementsAre(StartsWith("stage.unread@2 nobody reads stage 'relay'")));
}

TEST_F(DuplexPlan, AShortFormIsOneBetweenOthers) {
  const auto socket = [] { return StageText::short_form("socket"); };
  const PlannedPipeline pipeline = planned({socket(), socket(), socket()});
  std::vector<Role> roles;
  for (const PlannedStage& stage : pipeline.stages) roles.push_back(stage.type->role);
  EXPECT_THAT(roles, ElementsAre(Role::source, Role::duplex, Role::sink));
}

TEST_F(DuplexPlan, ABranchThroughAPeerHasLostItsUnits) {
  const PlannedPipeline pipeline = planned(
      {toy_source(), relay(), transform("keep").from({"toy"}), collect().from({"relay", "keep"})});
  EXPECT_EQ(pipeline.stages.back().merge, MergeOrder::arrival);
  EXPECT_FALSE(pipeline.stages.back().fork);
}

TEST_F(DuplexPlan, WhatForksBehindItMergesInItsOrder) {
  const PlannedPipeline pipeline =
      planned({toy_source(), relay(), transform("keep").id("a"),
               transform("keep").id("b").from({"relay"}), collect().from({"a", "b"})});
  EXPECT_EQ(pipeline.stages.back().merge, MergeOrder::records);
  EXPECT_EQ(pipeline.stages.back().fork, 1U);
}

TEST_F(DuplexPlan, ItAndWhatItReadsCannotBeReadOneAfterTheOther) {
  EXPECT_THAT(mistakes({toy_source(), relay(), transform("keep").from({"toy"}),
                        collect().from({"relay", "keep"}).order("input")}),
              ElementsAre(HasSubstr("cannot be read one after the other")));
}

TEST_F(DuplexPlan, ItTakesAndGivesRecordsWhereNobodyMinds) {
  const PlannedPipeline pipeline =
      planned({StageText(Role::source, "choose"), {Role::duplex, "talk"}, collect()});
  EXPECT_EQ(pipeline.stages[1].place.input_type, EdgeType::records);
  EXPECT_EQ(pipeline.stages[1].place.output_type, EdgeType::records);
}

TEST_F(DuplexPlan, WhatComesBackIsNew) {
  const PlannedPipeline pipeline =
      planned({toy_source(), transform("lines"), relay(), transform("lines"), collect()});
  // Numbers of lines are wanted of what stands above, once, and of what comes back, anew.
  std::vector<std::string> filled;
  for (const PlannedStage& stage : pipeline.stages) {
    const auto* part = std::get_if<TransformPart>(&stage.parts[0]);
    if (part != nullptr && !part->notes.empty()) filled.push_back(stage.id);
  }
  EXPECT_THAT(filled, ElementsAre("lines", "lines-2"));
  EXPECT_TRUE(pipeline.stages[2].demand.fields.names.empty());
  EXPECT_TRUE(pipeline.stages[2].output.fields.empty());
}

}  // namespace
}  // namespace sluice
