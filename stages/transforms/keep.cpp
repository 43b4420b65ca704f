// The transform `keep`: records have the named fields and no others.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/stage/registry.h"
#include "stages/support/field_list.h"
#include "stages/support/passing.h"

namespace sluice {
namespace {

struct Options {
  std::vector<ExpressionText> fields;
};

std::vector<FieldReference> kept_fields(const Options& options, const Schema& input,
                                        Diagnostics& diagnostics) {
  return read_fields(options.fields, input, Besides::nothing, diagnostics);
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  Schema schema;
  for (const FieldReference& field : kept_fields(options, input, diagnostics)) {
    if (schema.find(field.name) == nullptr) schema.fields.push_back({field.name, field.type});
  }
  schema.has_text = input.has_text;
  schema.is_changed = true;
  return schema;
}

/// What is wanted below, which can only be what is kept.
Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand;
  demand.conditions = place.output.conditions;
  Diagnostics none;
  if (place.output.fields.all) add_to(demand.fields, kept_fields(options, place.input, none));
  for (const std::string& name : place.output.fields.names) demand.fields.add(name);
  return demand;
}

}  // namespace

void register_keep(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "keep", "Leaves records the named fields and no others.")
          .main("fields")
          .required("fields", &Options::fields, "The fields to keep, in the order of outputs.",
                    NotEmpty{})
          .details(
              "Fields that nobody keeps are not parsed. What a sink writes as JSON lines, CSV or a "
              "table has these fields in this order. The text of a record (`raw`) stays what it "
              "was. A record that a parser could not read keeps the field `error` only if it is "
              "named.")
          .example("- transform: keep\n"
                   "  fields: [time, status, path]\n")
          .schema(output_schema)
          .demand(input_demand)
          .make([](const Options&, StageContext&) -> Result<Parts> { return passing_parts(); })
          .done());
}

}  // namespace sluice
