#include "engine/run/meta_parts.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/stage/meta_field.h"
#include "tests/support/stage_rig.h"
#include "tests/unit/engine/run/plan_fixture.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;

struct NoOptions {};

/// Reads `fields` of its input, and asks for what is wanted below.
StageType reader(Role role, std::string name, std::vector<MetaField> fields) {
  return Declare<NoOptions>(role, std::move(name), "Reads what is called meta.")
      .demand([fields](const NoOptions&, const StagePlace& place) {
        Demand demand = declare_detail::passed_on(place);
        for (const MetaField field : fields) demand.fields.add(name_of(field));
        return demand;
      })
      .make([role](const NoOptions&, StageContext&) -> Result<Parts> {
        Parts parts;
        if (role == Role::sink) {
          parts.add(SinkPart{});
        } else {
          parts.add(TransformPart{});
        }
        return parts;
      })
      .done();
}

class MetaParts : public PlanFixture {
 protected:
  MetaParts() {
    registry_.add(reader(Role::transform, "lines", {MetaField::line}));
    registry_.add(reader(Role::transform, "paths", {MetaField::path}));
    registry_.add(reader(Role::sink, "all", {meta_fields.begin(), meta_fields.end()}));
    registry_.add(reader(Role::transform, "plain", {}));
  }

  static StageText loading() { return toy_source().option("loader", "true"); }

  /// "STAGE: FIELD, FIELD" of each stage that has a part which fills in.
  static std::vector<std::string> filled(const PlannedPipeline& pipeline) {
    std::vector<std::string> all;
    for (const PlannedStage& stage : pipeline.stages) {
      EXPECT_EQ(stage.parts.size(), stage.meters.size());
      const auto* part = std::get_if<TransformPart>(&stage.parts[0]);
      if (part == nullptr || part->notes.empty()) continue;
      all.push_back(stage.id + ": " + part->notes.front());
    }
    return all;
  }

  static std::vector<std::string> orders(const PlannedPipeline& pipeline) {
    std::vector<std::string> all;
    for (const NodePlan& node : pipeline.nodes) {
      if (node.kind == NodePlan::Kind::order) all.push_back(node.name);
    }
    return all;
  }
};

TEST_F(MetaParts, AreForThoseWhoReadThem) {
  const PlannedPipeline pipeline = planned({loading(), transform("plain"), transform("lines"),
                                            transform("plain").id("more"), collect()});
  EXPECT_THAT(filled(pipeline), ElementsAre("lines: fills in meta.line"));
  EXPECT_THAT(orders(pipeline), ElementsAre("lines (order)"));
}

TEST_F(MetaParts, AreNotThereWhenNobodyReadsThem) {
  const PlannedPipeline pipeline = planned({loading(), transform("plain"), collect()});
  EXPECT_THAT(filled(pipeline), ElementsAre());
  EXPECT_THAT(orders(pipeline), ElementsAre());
}

TEST_F(MetaParts, FillInOnce) {
  EXPECT_THAT(
      filled(planned(
          {loading(), transform("lines"), transform("lines").id("again"), {Role::sink, "all"}})),
      ElementsAre("lines: fills in meta.line", "all: fills in meta.path, meta.offset, meta.time"));
}

TEST_F(MetaParts, StandInFrontOfWhoeverMovesTheTexts) {
  EXPECT_THAT(filled(planned({loading(), transform("plain"), transform("rewrite"),
                              transform("plain").id("more"), transform("lines"), collect()})),
              ElementsAre("rewrite: fills in meta.line"));
  EXPECT_THAT(filled(planned({loading(), transform("double"), transform("paths"), collect()})),
              ElementsAre("double: fills in meta.path"));
}

TEST_F(MetaParts, OnlyLinesNeedTheOrder) {
  EXPECT_THAT(orders(planned({loading(), transform("paths"), collect()})), ElementsAre());
}

TEST_F(MetaParts, NeedNoOrderWhereThereIsOne) {
  EXPECT_THAT(orders(planned({toy_source(), transform("lines"), collect()})), ElementsAre())
      << "nothing is loaded in parallel";
  EXPECT_THAT(
      orders(planned({loading(), transform("plain").id("s"), transform("keep").id("a").from({"s"}),
                      transform("keep").id("b").from({"s"}), transform("lines").from({"a", "b"}),
                      collect()})),
      ElementsAre())
      << "the branches begin in order";
}

TEST_F(MetaParts, OrderOnlyTheBranchThatReadsLines) {
  const PlannedPipeline pipeline =
      planned({loading(), transform("plain").id("s"), transform("lines").from({"s"}), collect("a"),
               transform("keep").from({"s"}), collect("b")});
  EXPECT_THAT(orders(pipeline), ElementsAre("lines (order)"));
  const auto order =
      std::find_if(pipeline.nodes.begin(), pipeline.nodes.end(),
                   [](const NodePlan& node) { return node.kind == NodePlan::Kind::order; });
  ASSERT_NE(order, pipeline.nodes.end());
  EXPECT_EQ(order->inputs, 1U);
  EXPECT_EQ(pipeline.nodes[order->outputs[0][0].target].name, "lines > lines");
}

TEST_F(MetaParts, FillInBehindAMergeWhatOneBranchHasNot) {
  EXPECT_THAT(
      filled(planned(
          {loading(), transform("plain").id("s"), transform("rewrite").id("a").from({"s"}),
           transform("keep").id("b").from({"s"}), transform("lines").from({"a", "b"}), collect()})),
      ElementsAre("a: fills in meta.line", "lines: fills in meta.line"));
}

/// The part that fills in for the sink `all`.
class FillingIn : public MetaParts {
 protected:
  void fill(Batch& batch) {
    PlannedPipeline pipeline = planned({loading(), {Role::sink, "all"}});
    auto made = std::get<TransformPart>(pipeline.stages.back().parts[0]).make();
    ASSERT_TRUE(made);
    ASSERT_TRUE(made.value()->apply(batch, {}));
  }
  static Cell cell(const Batch& batch, MetaField field, std::uint32_t row) {
    const Column* column = batch.find_column(name_of(field));
    return column == nullptr ? Cell() : column->cells[row];
  }
  TextBatches text_;
};

TEST_F(FillingIn, GivesTheRecordsThatAreLeftTheirPlaces) {
  const BatchPtr batch = text_.make("one\ntwo\nthree\n");
  batch->set_origin({0, 0, 40, 40});
  batch->set_origin_name(std::make_shared<const std::string>("a.log"));
  batch->set_input_place(std::make_shared<InputPlace>(10));
  batch->set_read_time({77, 5});
  std::vector<Slice> kept{{4, 10}};
  batch->keep_slices(kept, 2);
  fill(*batch);
  EXPECT_EQ(cell(*batch, MetaField::line, 0).integer(), 11);
  EXPECT_EQ(cell(*batch, MetaField::line, 1).integer(), 12);
  EXPECT_EQ(cell(*batch, MetaField::offset, 1).integer(), 48);
  EXPECT_EQ(cell(*batch, MetaField::path, 1).text(), "a.log");
  EXPECT_EQ(cell(*batch, MetaField::time, 1).timestamp(), (Timestamp{77, 5}));
}

TEST_F(FillingIn, LeavesWhatIsThere) {
  const BatchPtr batch = text_.make("one\ntwo\n");
  batch->set_input_place(std::make_shared<InputPlace>(10));
  batch->make_table();
  batch->add_column(name_of(MetaField::line)).cells[1] = Cell::integer(99);
  fill(*batch);
  EXPECT_EQ(cell(*batch, MetaField::line, 0).integer(), 10);
  EXPECT_EQ(cell(*batch, MetaField::line, 1).integer(), 99);
}

TEST_F(FillingIn, MakesNothingUp) {
  const BatchPtr batch = text_.make("one\n");
  fill(*batch);
  EXPECT_TRUE(cell(*batch, MetaField::path, 0).is_missing());
  EXPECT_TRUE(cell(*batch, MetaField::line, 0).is_missing());
  EXPECT_TRUE(cell(*batch, MetaField::offset, 0).is_missing());
}

TEST_F(FillingIn, KnowsNoOffsetThatCountsFromAPart) {
  const BatchPtr batch = text_.make("one\n");
  batch->set_origin_name(std::make_shared<const std::string>("a.gz"));
  auto place = std::make_shared<InputPlace>(3);
  place->part = 1000;
  batch->set_input_place(place);
  fill(*batch);
  EXPECT_TRUE(cell(*batch, MetaField::offset, 0).is_missing());
  EXPECT_EQ(cell(*batch, MetaField::line, 0).integer(), 3);
}

}  // namespace
}  // namespace sluice
