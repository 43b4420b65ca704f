#include "stages/support/encoding.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "engine/expression/field_reference.h"
#include "engine/stage/field_path.h"
#include "stages/support/compression.h"
#include "stages/support/record_encoder.h"
#include "stages/support/record_envelope.h"

namespace sluice {
namespace {

/// The encoding that a path's extension names, a compression's taken off first.
Encoding by_extension(std::string_view path) {
  path = without_compression_suffix(path);
  if (path.ends_with(".jsonl") || path.ends_with(".ndjson")) return Encoding::jsonl;
  if (path.ends_with(".csv")) return Encoding::csv;
  if (path.ends_with(".tsv")) return Encoding::tsv;
  return Encoding::automatic;
}

Encoding choose(const EncodingOptions& options, std::string_view path, const Schema& schema) {
  if (options.encoding != Encoding::automatic) return options.encoding;
  if (!options.text_template.empty()) return Encoding::text_template;
  const bool has_fields = schema.open || !schema.fields.empty();
  // Lines that nobody parsed are copied whatever the file is called.
  const Encoding named = has_fields ? by_extension(path) : Encoding::automatic;
  if (named != Encoding::automatic) return named;
  if (!options.fields.empty()) return Encoding::jsonl;
  return schema.has_text && !schema.is_changed ? Encoding::raw : Encoding::jsonl;
}

bool is_number(FieldType type) { return type == FieldType::integer || type == FieldType::real; }

/// The output that `text` names; nothing after filling `mistake`.
std::optional<EncodingPlan::Output> read_output(std::string_view text, const Schema& schema,
                                                ExpressionMistake& mistake) {
  const SyntaxNodePtr syntax = parse_expression(text, mistake);
  if (!syntax) return std::nullopt;
  if (!is_field_path(*syntax)) {
    mistake = {"a field is named here, such as status or http.status", {}, syntax->range};
    return std::nullopt;
  }
  const std::optional<FieldReference> field = resolve_field(*syntax, schema, mistake);
  if (!field) return std::nullopt;
  const std::string title = field->name.empty() ? "raw" : plain_field(field->name);
  return EncodingPlan::Output{field->name, title, is_number(field->type)};
}

void add_named_fields(const EncodingOptions& options, const Schema& schema, EncodingPlan& plan,
                      Diagnostics& diagnostics) {
  for (const ExpressionText& written : options.fields) {
    ExpressionMistake mistake;
    if (auto output = read_output(written.text, schema, mistake)) {
      plan.outputs.push_back(std::move(*output));
    } else {
      written.report(mistake, "expression.invalid", diagnostics);
    }
  }
}

/// Reads a template into a plan, and stops at the first mistake.
class TemplateReader {
 public:
  TemplateReader(std::string_view text, const Schema& schema, EncodingPlan& plan)
      : text_(text), schema_(schema), plan_(plan) {}

  bool read(ExpressionMistake& mistake) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      const bool is_brace = c == '{' || c == '}';
      if (!is_brace || text_.substr(at_ + 1, 1) == text_.substr(at_, 1)) {
        literal_ += c;
        at_ += is_brace ? 2 : 1;
      } else if (c == '}') {
        mistake = {"a '}' without a '{'", "`}}` stands for that character", range(at_, at_ + 1)};
        return false;
      } else if (!read_field(mistake)) {
        return false;
      }
    }
    if (!literal_.ends_with('\n')) literal_ += '\n';
    plan_.literals.push_back(std::move(literal_));
    return true;
  }

 private:
  bool read_field(ExpressionMistake& mistake) {
    const std::size_t begin = at_ + 1;
    const std::size_t end = closing_brace(begin);
    if (end == std::string_view::npos) {
      mistake = {"a '{' without a '}'", "`{{` stands for that character", range(at_, at_ + 1)};
      return false;
    }
    auto output = read_output(text_.substr(begin, end - begin), schema_, mistake);
    if (!output) {
      mistake.range = range(begin + mistake.range.begin, begin + mistake.range.end);
      return false;
    }
    plan_.literals.push_back(std::exchange(literal_, {}));
    plan_.outputs.push_back(std::move(*output));
    at_ = end + 1;
    return true;
  }

  static TextRange range(std::size_t begin, std::size_t end) {
    return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
  }

  /// Keys in quotes may have braces in them.
  std::size_t closing_brace(std::size_t from) const {
    char quote = '\0';
    for (std::size_t at = from; at < text_.size(); ++at) {
      const char c = text_[at];
      if (quote != '\0') {
        if (c == quote) quote = '\0';
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '}') {
        return at;
      }
    }
    return std::string_view::npos;
  }

  std::string_view text_;
  const Schema& schema_;
  EncodingPlan& plan_;
  std::size_t at_ = 0;
  std::string literal_;  ///< Since the last field.
};

/// True when the options are about a template, which is dealt with.
bool add_template(const EncodingOptions& options, const Schema& schema, EncodingPlan& plan,
                  Diagnostics& diagnostics) {
  const ExpressionText& written = options.text_template.text;
  const bool is_chosen = plan.encoding == Encoding::text_template;
  if (!is_chosen && written.empty()) return false;
  ExpressionMistake mistake;
  if (written.empty()) {
    diagnostics.add("encoding.template", {}, "encoding 'template' needs the option 'template'",
                    "write one, as in `template: '{status} {path}'`");
  } else if (!is_chosen) {
    diagnostics.add("option.conflict", written.mark,
                    "option 'template' is for encoding 'template' only", "leave one of them out");
  } else if (!options.fields.empty()) {
    diagnostics.add("option.conflict", options.fields.front().mark,
                    "option 'fields': a template names its fields itself");
  } else if (!TemplateReader(written.text, schema, plan).read(mistake)) {
    written.report(mistake, "expression.invalid", diagnostics);
  }
  return true;
}

/// What the text's own fields of that name would say is out of date. The field of a parser's
/// mistakes is only there when the text is not read at all.
void add_removed(const Schema& schema, EncodingPlan& plan) {
  plan.removed = schema.removed;
  for (const Field& field : schema.fields) {
    if (field.name != error_field) plan.removed.push_back(field.name);
  }
}

/// Reports an encoding that makes lines whatever is said, or no JSON.
void check_framing_of(const EncodingPlan& plan, Diagnostics& diagnostics) {
  if (is_plain_lines(plan.framing)) return;
  const std::string encoding = OptionType<Encoding>::print(plan.encoding);
  const bool makes_lines = plan.encoding == Encoding::csv || plan.encoding == Encoding::tsv ||
                           plan.encoding == Encoding::table;
  const bool makes_json = plan.encoding == Encoding::jsonl || plan.encoding == Encoding::raw;
  if (makes_lines) {
    diagnostics.add("option.conflict", {}, "encoding '" + encoding + "' is made of lines",
                    "leave `framing: lines`, or use another encoding, such as jsonl");
  } else if (plan.framing.framing == OutputFraming::json_seq && !makes_json) {
    diagnostics.add("option.conflict", {},
                    "framing 'json_seq' is for JSON, and encoding '" + encoding + "' makes none",
                    "use `encoding: jsonl`");
  }
}

void check(const EncodingOptions& options, const Schema& schema, const EncodingPlan& plan,
           Diagnostics& diagnostics) {
  const Mark mark = options.fields.empty() ? Mark{} : options.fields.front().mark;
  if (plan.encoding == Encoding::raw) {
    if (!schema.has_text) {
      diagnostics.add("encoding.no_text", mark,
                      "encoding 'raw' is the original text of records, and results have none",
                      "use another one, such as jsonl");
    } else if (!options.fields.empty()) {
      diagnostics.add("option.conflict", mark, "option 'fields': encoding 'raw' is the whole text",
                      "use another one, such as jsonl");
    }
    return;
  }
  if (!plan.outputs.empty() || plan.keeps_text || plan.edits_text) return;
  if (schema.open) {
    diagnostics.add("encoding.fields", mark,
                    "these records may have any fields, and this encoding needs to know them",
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
  plan.utf8 = options.utf8;
  plan.framing = options;
  check_framing_of(plan, diagnostics);
  if (add_template(options, schema, plan, diagnostics)) return plan;
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

std::size_t EncodingPlan::own_outputs() const noexcept {
  return envelope ? envelope->own_outputs : outputs.size();
}

PlannedText plan_text(const ExpressionText& written, const Schema& schema, EncodingPlan& plan,
                      Diagnostics& diagnostics) {
  EncodingPlan text;
  ExpressionMistake mistake;
  if (!TemplateReader(written.text, schema, text).read(mistake)) {
    written.report(mistake, "expression.invalid", diagnostics);
    return {{""}, {}};
  }
  if (!written.text.ends_with('\n')) text.literals.back().pop_back();
  PlannedText planned{std::move(text.literals), {}};
  for (EncodingPlan::Output& output : text.outputs) {
    planned.outputs.push_back(plan.outputs.size());
    plan.outputs.push_back(std::move(output));
  }
  return planned;
}

std::optional<std::size_t> plan_field(const ExpressionText& written, const Schema& schema,
                                      EncodingPlan& plan, Diagnostics& diagnostics) {
  ExpressionMistake mistake;
  auto output = read_output(written.text, schema, mistake);
  if (!output) {
    written.report(mistake, "expression.invalid", diagnostics);
    return std::nullopt;
  }
  plan.outputs.push_back(*std::move(output));
  return plan.outputs.size() - 1;
}

Demand demand_of(const EncodingPlan& plan) {
  Demand demand;
  for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
    const EncodingPlan::Output& output = plan.outputs[i];
    // Of a text that is kept only the bad records have anything to say.
    const bool is_own = i < plan.own_outputs();
    const bool is_kept = plan.keeps_text && output.field != error_field;
    const bool is_read = !is_own || (plan.encoding != Encoding::raw && !is_kept);
    if (!output.field.empty() && is_read) demand.fields.add(output.field);
  }
  return demand;
}

Parts encoding_parts(const EncodingPlan& plan, std::shared_ptr<const EarlierOutput> earlier) {
  const bool is_left = plan.encoding == Encoding::raw && is_plain_lines(plan.framing);
  if (is_left && !plan.envelope) return {};
  return record_encoder_parts(plan, std::move(earlier));
}

}  // namespace sluice
