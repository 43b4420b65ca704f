// The transform `rename`: fields get other names.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/stage/field_path.h"
#include "engine/stage/registry.h"
#include "stages/support/field_list.h"

namespace sluice {
namespace {

struct Options {
  std::vector<NamedExpression> fields;
};

/// One field under its old and its new name.
struct Renaming {
  FieldReference from;
  std::string to;
};
using Renamings = std::vector<Renaming>;

ExpressionText old_name(const NamedExpression& named) {
  ExpressionText written(named.name);
  written.mark = named.name_mark;
  return written;
}

Renamings read(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  Renamings renamings;
  for (const NamedExpression& named : options.fields) {
    auto from = read_field(old_name(named), input, Besides::nothing, diagnostics);
    auto to = read_new_name(named.expression, diagnostics);
    if (from && to) renamings.push_back({std::move(*from), std::move(*to)});
  }
  return renamings;
}

const Renaming* renaming_of(const Renamings& renamings, std::string_view old_field) {
  const auto found = std::find_if(renamings.begin(), renamings.end(), [&](const Renaming& one) {
    return holds_field(one.from.name, old_field);
  });
  return found == renamings.end() ? nullptr : &*found;
}

/// The name above of what is called `name` below.
std::string name_above(const Renamings& renamings, std::string_view name) {
  for (const Renaming& one : renamings) {
    if (holds_field(one.to, name)) {
      return one.from.name + std::string(name.substr(one.to.size()));
    }
  }
  return std::string(name);
}

void check_names(const Options& options, const Renamings& renamings, const Schema& input,
                 Diagnostics& diagnostics) {
  for (std::size_t i = 0; i < renamings.size(); ++i) {
    const std::string& to = renamings[i].to;
    const auto report = [&](const std::string& why) {
      options.fields[i].expression.report({why, {}, {}}, "rename.taken", diagnostics);
    };
    const bool stays = input.find(to) != nullptr && renaming_of(renamings, to) == nullptr;
    if (stays) report("these records have a field '" + plain_field(to) + "' already");
    for (std::size_t j = 0; j < i; ++j) {
      if (holds_field(renamings[j].to, to) || holds_field(to, renamings[j].to)) {
        report("'" + plain_field(to) + "' is the new name of two fields");
      }
      if (holds_field(renamings[j].from.name, renamings[i].from.name) ||
          holds_field(renamings[i].from.name, renamings[j].from.name)) {
        report("'" + plain_field(renamings[i].from.name) + "' is renamed twice");
      }
    }
  }
}

Schema output_schema(const Options& options, const Schema& input, Diagnostics& diagnostics) {
  const std::size_t mistakes = diagnostics.all().size();
  const Renamings renamings = read(options, input, diagnostics);
  if (diagnostics.all().size() == mistakes) check_names(options, renamings, input, diagnostics);
  Schema schema = input;
  schema.is_changed = true;
  schema.text_is_json = false;
  for (Field& field : schema.fields) {
    if (const Renaming* one = renaming_of(renamings, field.name)) {
      field.name = one->to + field.name.substr(one->from.name.size());
    }
  }
  if (!schema.open) return schema;
  for (const Renaming& one : renamings) {
    if (!schema.is_removed(one.from.name)) schema.removed.push_back(one.from.name);
    if (schema.find(one.to) == nullptr) schema.fields.push_back({one.to, one.from.type});
  }
  return schema;
}

Demand input_demand(const Options& options, const StagePlace& place) {
  Diagnostics none;
  const Renamings renamings = read(options, place.input, none);
  Demand demand;
  demand.fields.all = place.output.fields.all;
  for (const std::string& name : place.output.fields.names) {
    demand.fields.add(name_above(renamings, name));
  }
  demand.conditions = place.output.conditions;
  for (auto& clause : demand.conditions) {
    for (TextCondition& condition : clause) {
      if (!condition.field.empty()) condition.field = name_above(renamings, condition.field);
    }
  }
  return demand;
}

/// Names of columns, above and below.
using ColumnNames = std::vector<std::pair<std::string, std::string>>;

class Rename final : public Transform {
 public:
  explicit Rename(std::shared_ptr<const ColumnNames> names) : names_(std::move(names)) {}

  Status apply(Batch& batch, NamedOutputs /*outputs*/) override {
    if (!batch.is_table()) return Done{};
    for (Column& column : batch.columns()) {
      for (const auto& [above, below] : *names_) {
        if (column.name != above) continue;
        column.name = below;
        break;
      }
    }
    return Done{};
  }

 private:
  std::shared_ptr<const ColumnNames> names_;
};

Result<Parts> make(const Options& options, StageContext& /*context*/, const StagePlace& place) {
  Diagnostics none;
  const Renamings renamings = read(options, place.input, none);
  const auto names = std::make_shared<ColumnNames>();
  for (const std::string& below : place.output.fields.names) {
    std::string above = name_above(renamings, below);
    if (above != below) names->emplace_back(std::move(above), below);
  }
  // Somebody who wants all columns gets them under their new names as well.
  if (place.output.fields.all) {
    for (const Renaming& one : renamings) names->emplace_back(one.from.name, one.to);
  }
  TransformPart part = transform_part([names = std::shared_ptr<const ColumnNames>(names)] {
    return std::make_unique<Rename>(names);
  });
  Parts parts;
  parts.add(std::move(part));
  return parts;
}

void check(const Options& options, const OptionErrors& errors) {
  for (const NamedExpression& named : options.fields) {
    if (!named.name.empty()) continue;
    errors.add("fields", "option.type", "option 'fields': expected a map of old names to new ones",
               "as in `fields: {status: code}`");
    return;
  }
}

}  // namespace

void register_rename(Registry& registry) {
  registry.add(
      Declare<Options>(Role::transform, "rename", "Gives fields other names.")
          .main_map("fields")
          .required("fields", &Options::fields, "The fields, each as `OLD: NEW`.", NotEmpty{})
          .details(
              "All are renamed at once, so `{a: b, b: a}` exchanges two fields. A new name that a "
              "field has already is a mistake where the fields are known; of JSON records such a "
              "field is replaced. Where fields are written, a renamed one keeps its place, except "
              "for those of JSON records, which go to the end. The text of a record (`raw`) stays "
              "what it was.")
          .example("- transform: rename\n"
                   "  fields: {status: code, client: address}\n")
          .check(check)
          .schema(output_schema)
          .demand(input_demand)
          .make_in_place(make)
          .done());
}

}  // namespace sluice
