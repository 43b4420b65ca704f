#include "stages/support/encoding.h"

#include <algorithm>
#include <memory>

#include "engine/expression/field_reference.h"
#include "engine/stage/field_path.h"
#include "stages/support/record_encoder.h"

namespace sluice {
namespace {

/// The encoding that a path's extension names, a compression's taken off first.
Encoding by_extension(std::string_view path) {
  for (const std::string_view suffix : {".gz", ".zst"}) {
    if (path.ends_with(suffix)) path.remove_suffix(suffix.size());
  }
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson")) return Encoding::jsonl;
  if (path.ends_with(".csv")) return Encoding::csv;
  return Encoding::automatic;
}

Encoding choose(const EncodingOptions& options, std::string_view path, const Schema& schema) {
  if (options.encoding != Encoding::automatic) return options.encoding;
  const bool has_fields = schema.open || !schema.fields.empty();
  // Lines that nobody parsed are copied whatever the file is called.
  const Encoding named = has_fields ? by_extension(path) : Encoding::automatic;
  if (named != Encoding::automatic) return named;
  if (!options.fields.empty()) return Encoding::jsonl;
  return schema.has_text && !schema.is_changed ? Encoding::raw : Encoding::jsonl;
}

bool is_number(FieldType type) { return type == FieldType::integer || type == FieldType::real; }

void add_named_fields(const EncodingOptions& options, const Schema& schema, EncodingPlan& plan,
                      Diagnostics& diagnostics) {
  for (const ExpressionText& written : options.fields) {
    ExpressionMistake mistake;
    const SyntaxNodePtr syntax = parse_expression(written.text, mistake);
    std::optional<FieldReference> field;
    if (syntax && is_field_path(*syntax)) {
      field = resolve_field(*syntax, schema, mistake);
    } else if (syntax) {
      mistake = {"a field is named here, such as status or http.status", {}, syntax->range};
    }
    if (!field) {
      written.report(mistake, "expression.invalid", diagnostics);
      continue;
    }
    const std::string title = field->name.empty() ? "raw" : plain_field(field->name);
    plan.outputs.push_back({field->name, title, is_number(field->type)});
  }
}

/// What the text's own fields of that name would say is out of date. The field of a parser's
/// mistakes is only there when the text is not read at all.
void add_removed(const Schema& schema, EncodingPlan& plan) {
  plan.removed = schema.removed;
  for (const Field& field : schema.fields) {
    if (field.name != error_field) plan.removed.push_back(field.name);
  }
}

void check(const EncodingOptions& options, const Schema& schema, const EncodingPlan& plan,
           Diagnostics& diagnostics) {
  const Mark mark = options.fields.empty() ? Mark{} : options.fields.front().mark;
  if (plan.encoding == Encoding::raw) {
    if (!schema.has_text) {
      diagnostics.add("encoding.no_text", mark,
                      "encoding 'raw' is the original text of records, and results have none",
                      "use jsonl, csv or table");
    } else if (!options.fields.empty()) {
      diagnostics.add("option.conflict", mark, "option 'fields': encoding 'raw' is the whole text",
                      "use jsonl, csv or table");
    }
    return;
  }
  if (!plan.outputs.empty() || plan.keeps_text || plan.edits_text) return;
  if (schema.open) {
    diagnostics.add("encoding.fields", mark,
                    "these records may have any fields, and a table needs to know them",
                    "name them, as in `fields: [time, level]`");
  } else {
    diagnostics.add("encoding.fields", mark, "these records have no fields to write",
                    "put a 'parse' above, or use raw");
  }
}

}  // namespace

EncodingPlan plan_encoding(const EncodingOptions& options, std::string_view path,
                           const Schema& schema, Diagnostics& diagnostics) {
  EncodingPlan plan;
  const std::size_t mistakes = diagnostics.all().size();
  plan.encoding = choose(options, path, schema);
  add_named_fields(options, schema, plan, diagnostics);
  if (options.fields.empty() && plan.encoding != Encoding::raw) {
    plan.keeps_text = plan.encoding == Encoding::jsonl && schema.text_is_json;
    plan.edits_text =
        plan.encoding == Encoding::jsonl && schema.open && schema.edits_json && !plan.keeps_text;
    if (plan.edits_text) add_removed(schema, plan);
    if (!schema.open || plan.keeps_text || plan.edits_text) {
      for (const Field& field : schema.fields) {
        plan.outputs.push_back({field.name, plain_field(field.name), is_number(field.type)});
      }
    }
  }
  if (diagnostics.all().size() == mistakes) check(options, schema, plan, diagnostics);
  return plan;
}

Demand demand_of(const EncodingPlan& plan) {
  Demand demand;
  if (plan.encoding == Encoding::raw) return demand;
  for (const EncodingPlan::Output& output : plan.outputs) {
    // Of a text that is kept only the bad records have anything to say.
    const bool is_read = !plan.keeps_text || output.field == error_field;
    if (!output.field.empty() && is_read) demand.fields.add(output.field);
  }
  return demand;
}

Parts encoding_parts(const EncodingPlan& plan) {
  Parts parts;
  if (plan.encoding == Encoding::raw) return parts;
  parts.emplace_back(ExpanderPart{make_record_encoder(plan)});
  return parts;
}

}  // namespace sluice
