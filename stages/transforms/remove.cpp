// The transform `remove`: records lose the named fields.
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

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  Schema schema = input;
  schema.is_changed = true;
  schema.text_is_json = false;
  for (const FieldReference& field :
       read_fields(options.fields, input, Besides::nothing, diagnostics)) {
    std::erase_if(schema.fields,
                  [&](const Field& other) { return holds_field(field.name, other.name); });
    if (schema.open && !schema.is_removed(field.name)) schema.removed.push_back(field.name);
  }
  return schema;
}

/// The schema has made sure that nobody below wants what is removed.
Demand input_demand(const Options& options, const StagePlace& place) {
  Demand demand = declare_detail::passed_on(place);
  demand.conditions = place.output.conditions;
  if (!demand.fields.all || place.input.open) return demand;
  Diagnostics none;
  demand.fields.all = false;
  for (const Field& field : output_schema(options, place.input, none).fields) {
    demand.fields.add(field.name);
  }
  return demand;
}

}  // namespace

void register_remove(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "remove", "Takes the named fields away from records.")
          .main("fields")
          .required("fields", &Options::fields, "The fields to take away.", NotEmpty{})
          .details("A field of JSON records goes with all that is in it; the others are written as "
                   "they stood in the text. The text of a record (`raw`) stays what it was.")
          .example("- transform: remove\n"
                   "  fields: [ident, agent]\n")
          .schema(output_schema)
          .demand(input_demand)
          .make([](const Options&, StageContext&) -> Result<Parts> { return passing_parts(); })
          .done());
}

}  // namespace sluice
