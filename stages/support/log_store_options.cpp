#include "stages/support/log_store_options.h"

#include <algorithm>
#include <memory>

#include "stages/support/record_envelope.h"

namespace sluice {
namespace {

/// Of Prometheus, whose names Loki has.
bool is_label_name(std::string_view name) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace

bool OptionType<LabelTexts>::parse(const Value& value, LabelTexts& to, std::string& why) {
  if (value.kind() != Value::Kind::map) {
    why = "expected a map, as in `{job: web, level: '{level}'}`";
    return false;
  }
  if (!OptionType<std::vector<NamedExpression>>::parse(value, to.all, why)) return false;
  for (const NamedExpression& label : to.all) {
    if (is_label_name(label.name)) continue;
    why = "'" + label.name + "': a label has a name of letters, digits and `_`";
    return false;
  }
  return true;
}

std::string OptionType<LabelTexts>::print(const LabelTexts& value) {
  return OptionType<std::vector<NamedExpression>>::print(value.all);
}

void check_log_store(BodyForm form, const LogStoreOptions& options, const OptionErrors& errors) {
  const auto only_for = [&](std::string_view option, std::string_view body, bool is_it) {
    if (is_it || !errors.given(option)) return;
    errors.add(option, "option.conflict",
               "option '" + std::string(option) + "' is for `body: " + std::string(body) + "`");
  };
  const bool is_elasticsearch = form == BodyForm::elasticsearch;
  const bool is_loki = form == BodyForm::loki;
  for (const char* option : {"action", "index", "document_id"}) {
    only_for(option, "elasticsearch", is_elasticsearch);
  }
  only_for("labels", "loki", is_loki);
  only_for("timestamp", "elasticsearch` and `loki", is_elasticsearch || is_loki);
  if (is_loki && options.labels.all.empty()) {
    errors.add("labels", "option.missing", "`body: loki` needs the option 'labels'",
               "as in `labels: {job: web}`");
  }
}

void plan_log_store(BodyForm form, const LogStoreOptions& options, const Schema& schema,
                    EncodingPlan& plan, Diagnostics& diagnostics) {
  if (form != BodyForm::elasticsearch && form != BodyForm::loki) return;
  auto envelope = std::make_shared<RecordEnvelope>();
  envelope->own_outputs = plan.outputs.size();
  ExpressionText timestamp = options.timestamp;
  if (form == BodyForm::loki) {
    envelope->kind = EnvelopeKind::loki;
    for (const NamedExpression& label : options.labels.all) {
      envelope->labels.emplace_back(label.name,
                                    plan_text(label.expression, schema, plan, diagnostics));
    }
    if (timestamp.empty()) timestamp = ExpressionText("meta.time");
  } else {
    envelope->action = OptionType<BulkAction>::print(options.action);
    if (!options.index.empty()) {
      envelope->index = plan_text(options.index.text, schema, plan, diagnostics);
    }
    if (!options.document_id.empty())
      envelope->id = plan_field(options.document_id, schema, plan, diagnostics);
  }
  if (!timestamp.empty()) envelope->timestamp = plan_field(timestamp, schema, plan, diagnostics);
  plan.envelope = std::move(envelope);
}

}  // namespace sluice
