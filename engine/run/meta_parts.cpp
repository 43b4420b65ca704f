#include "engine/run/meta_parts.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/data/input_cursor.h"
#include "engine/run/layout.h"
#include "engine/stage/field_path.h"
#include "engine/stage/meta_field.h"

namespace sluice {
namespace {

using MetaFields = std::vector<MetaField>;

bool contains(const MetaFields& fields, MetaField field) {
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

class FillMeta final : public Transform {
 public:
  explicit FillMeta(MetaFields fields) : fields_(std::move(fields)) {}

  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    if (batch.record_count() == 0) return Done{};
    batch.make_table();
    for (const MetaField field : fields_) fill(field, batch);
    return Done{};
  }

 private:
  /// Records of a merge may have it already.
  static void fill(MetaField field, Batch& batch) {
    std::vector<Cell>& cells = column_of(field, batch).cells;
    InputCursor cursor(batch);
    for (const std::uint32_t row : batch.selection()) {
      if (!cells[row].is_missing()) continue;
      cursor.go_to(batch.rows()[row].offset);
      cells[row] = cell_of(field, batch, cursor);
    }
  }

  static Column& column_of(MetaField field, Batch& batch) {
    const auto columns = batch.columns();
    const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& column) {
      return column.name == name_of(field);
    });
    return found == columns.end() ? batch.add_column(name_of(field)) : *found;
  }

  static Cell cell_of(MetaField field, const Batch& batch, InputCursor& cursor) {
    const auto integer = [](std::uint64_t number) {
      return Cell::integer(static_cast<std::int64_t>(number));
    };
    const bool has_file = !batch.origin_name().empty();
    switch (field) {
      case MetaField::path:
        return has_file ? Cell::text(batch.origin_name()) : Cell();
      case MetaField::offset: {
        const std::optional<std::uint64_t> offset = cursor.offset();
        return has_file && offset ? integer(*offset) : Cell();
      }
      case MetaField::line: {
        const std::uint64_t line = cursor.line();
        return line == 0 ? Cell() : integer(line);
      }
      case MetaField::time:
        return Cell::timestamp(batch.read_time());
    }
    return {};
  }

  MetaFields fields_;
};

TransformPart fill_part(const MetaFields& fields) {
  TransformPart part = transform_part([fields] { return std::make_unique<FillMeta>(fields); });
  part.follows_earlier = contains(fields, MetaField::line) || contains(fields, MetaField::offset);
  std::string names;
  for (const MetaField field : fields) {
    names += (names.empty() ? "" : ", ") + plain_field(name_of(field));
  }
  part.notes.push_back("fills in " + names);
  return part;
}

/// What the stage reads itself, not those below it.
MetaFields read_by(const PlannedStage& stage) {
  const auto strip = [](FieldSet& set) {
    std::erase_if(set.names, [](const std::string& name) { return find_meta_field(name); });
  };
  StagePlace place = stage.place;
  strip(place.output.fields);
  for (auto& named : place.named) {
    if (named) strip(named->fields);
  }
  return meta_fields_in(stage.bound->input_demand(place).fields);
}

}  // namespace

void add_meta_parts(PlannedPipeline& pipeline) {
  std::vector<MetaFields> filled(pipeline.stages.size());  // In the records of each stage.
  for (const std::size_t number : pipeline.order) {
    PlannedStage& stage = pipeline.stages[number];
    if (stage.inputs.empty()) continue;
    const MetaFields wanted =
        only_thins(stage) ? read_by(stage) : meta_fields_in(stage.demand.fields);
    MetaFields missing;
    for (const MetaField field : meta_fields) {
      const bool is_there = std::all_of(
          stage.inputs.begin(), stage.inputs.end(),
          [&](PlannedStage::Input input) { return contains(filled[input.stage], field); });
      const bool is_wanted = contains(wanted, field);
      if (is_wanted && !is_there) missing.push_back(field);
      if (is_wanted || is_there) filled[number].push_back(field);
    }
    // What comes back from a peer is other records.
    if (stage.type->role == Role::duplex) filled[number].clear();
    if (missing.empty()) continue;
    stage.parts.add_front(fill_part(missing));
    stage.meters.insert(stage.meters.begin(), std::make_unique<PartMeter>());
  }
}

}  // namespace sluice
