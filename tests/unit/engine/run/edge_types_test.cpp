#include "engine/run/edge_types.h"

#include "tests/unit/engine/run/plan_fixture.h"

namespace sluice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class EdgeTypes : public PlanFixture {
 protected:
  EdgeTypes() {
    add(Role::source, "choose", EdgeType::none, EdgeType::any);
    add(Role::transform, "shrink", EdgeType::any, EdgeType::bytes);
    add(Role::transform, "unpack", EdgeType::bytes, EdgeType::any);
    add(Role::transform, "recode", EdgeType::any, EdgeType::any);
    add(Role::transform, "look_on", EdgeType::any, EdgeType::same);
    add(Role::sink, "take_any", EdgeType::any, EdgeType::none);
    add(Role::sink, "raw_bytes", EdgeType::bytes, EdgeType::none);
  }

  /// The output type of each stage but the last.
  std::vector<EdgeType> types(const std::vector<StageText>& stages) {
    const PlannedPipeline p = planned(stages);
    std::vector<EdgeType> all;
    for (std::size_t i = 0; i + 1 < p.stages.size(); ++i) {
      all.push_back(p.stages[i].place.output_type);
    }
    return all;
  }

  static StageText source() { return {Role::source, "choose"}; }
  static StageText sink(std::string type) { return {Role::sink, std::move(type)}; }

  static constexpr EdgeType bytes = EdgeType::bytes;
  static constexpr EdgeType records = EdgeType::records;

 private:
  struct NoOptions {};

  void add(Role role, std::string name, EdgeType input, EdgeType output) {
    registry_.add(Declare<NoOptions>(role, std::move(name), "Has edges.")
                      .input(input)
                      .output(output)
                      .make([role](const NoOptions&, StageContext&) -> Result<Parts> {
                        Parts parts;
                        if (role == Role::source) {
                          parts.add(SourcePart{});
                        } else if (role == Role::sink) {
                          parts.add(SinkPart{});
                        } else {
                          parts.add(TransformPart{});
                        }
                        return parts;
                      })
                      .done());
  }
};

TEST_F(EdgeTypes, AnOpenOutputGoesByItsReaders) {
  EXPECT_THAT(types({source(), collect()}), ElementsAre(records));
  EXPECT_THAT(types({source(), sink("raw_bytes")}), ElementsAre(bytes));
  EXPECT_THAT(types({source(), transform("unpack"), collect()}), ElementsAre(bytes, records));
  EXPECT_THAT(types({source(), transform("unpack"), sink("raw_bytes")}), ElementsAre(bytes, bytes));
}

TEST_F(EdgeTypes, WithoutAWishASourceGivesRecordsAndAStageOfBytesBytes) {
  EXPECT_THAT(types({source(), sink("take_any")}), ElementsAre(records));
  EXPECT_THAT(types({source(), transform("unpack"), sink("take_any")}), ElementsAre(bytes, bytes));
}

TEST_F(EdgeTypes, WhoMakesBytesWouldRatherHaveBytes) {
  EXPECT_THAT(types({source(), transform("shrink"), sink("take_any")}), ElementsAre(bytes, bytes));
  EXPECT_THAT(types({source(), transform("recode"), collect()}), ElementsAre(bytes, records));
  EXPECT_THAT(types({source(), transform("keep"), transform("shrink"), sink("take_any")}),
              ElementsAre(records, records, bytes));
}

TEST_F(EdgeTypes, AnOnlookerPassesTheWishOn) {
  EXPECT_THAT(types({source(), transform("look_on"), sink("take_any")}),
              ElementsAre(records, records));
  EXPECT_THAT(types({source(), transform("look_on"), transform("shrink"), sink("take_any")}),
              ElementsAre(bytes, bytes, bytes));
  EXPECT_THAT(types({source(), transform("look_on"), collect()}), ElementsAre(records, records));
}

TEST_F(EdgeTypes, ReadersThatDisagreeAreTold) {
  EXPECT_THAT(mistakes({source().id("s"), transform("unpack").from({"s"}), collect("a"),
                        collect("b").from({"s"})}),
              ElementsAre(StartsWith("edge.type@2 stage 'unpack' reads bytes, but 's' gives "
                                     "records")));
}

TEST_F(EdgeTypes, StreamsOfBytesAreOnlyReadOneAfterTheOther) {
  const auto two = [&](std::string order) {
    StageText end = sink("raw_bytes").from({"a", "b"});
    if (!order.empty()) end = std::move(end).order(std::move(order));
    return std::vector<StageText>{source().id("a"), source().id("b"), std::move(end)};
  };
  EXPECT_THAT(mistakes(two("")), ElementsAre(HasSubstr("reads several streams of bytes")));
  EXPECT_THAT(mistakes(two("arrival")), ElementsAre(HasSubstr("[set `order: input`")));
  EXPECT_THAT(types(two("input")), ElementsAre(bytes, bytes));
}

}  // namespace
}  // namespace sluice
