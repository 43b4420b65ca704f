// The options of bodies for log stores: which fields of a record their APIs get to see.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/expression/marked_text.h"
#include "engine/stage/declare.h"
#include "stages/support/encoding.h"
#include "stages/support/http_body.h"

namespace sluice {

/// `labels: {NAME: TEXT}`.
struct LabelTexts {
  std::vector<NamedExpression> all;
};

template <>
struct OptionType<LabelTexts> {
  static std::string name() { return "map of names to texts with fields in braces"; }
  static bool parse(const Value& value, LabelTexts& to, std::string& why);
  static std::string print(const LabelTexts& value);
  static std::vector<std::string> choices() { return {}; }
};

/// What Elasticsearch is to do with a document.
enum class BulkAction : std::uint8_t { create, index };

template <>
struct EnumNames<BulkAction> {
  static constexpr std::array<std::pair<std::string_view, BulkAction>, 2> names{
      {{"create", BulkAction::create}, {"index", BulkAction::index}}};
};

struct LogStoreOptions {
  BulkAction action = BulkAction::create;
  TemplateText index;
  ExpressionText document_id;
  LabelTexts labels;
  ExpressionText timestamp;
};

/// Reports options that `form` has no use for, and those that it lacks.
void check_log_store(BodyForm form, const LogStoreOptions& options, const OptionErrors& errors);

/// Adds what bodies of that form need to the plan of their records. Reports fields that there are
/// not.
void plan_log_store(BodyForm form, const LogStoreOptions& options, const Schema& schema,
                    EncodingPlan& plan, Diagnostics& diagnostics);

/// Adds the options of LogStoreOptions.
template <class Options>
Declare<Options>& declare_log_store_options(Declare<Options>& type) {
  return type
      .template option<BulkAction>("action", &Options::action,
                                   "Of `body: elasticsearch`: `create` is for data streams, too; "
                                   "`index` replaces a document "
                                   "of the same `document_id`.")
      .template option<TemplateText>(
          "index", &Options::index,
          "Of `body: elasticsearch`: the index or data stream, text with fields in braces, as in "
          "`logs-{service}`. Not needed if `url` names it.")
      .template option<ExpressionText>(
          "document_id", &Options::document_id,
          "Of `body: elasticsearch`: the field that is the id of a document. With one, a record "
          "that is sent twice is stored once.")
      .template option<LabelTexts>("labels", &Options::labels,
                                   "Of `body: loki`: the labels of a record, as in `{job: web, "
                                   "level: '{level}'}`. One whose "
                                   "text is empty is left out.")
      .template option<ExpressionText>(
          "timestamp", &Options::timestamp,
          "The field that is the time of a record, one that a parser made or text of RFC 3339. Of "
          "`body: loki` it is when the record was read, if not given; of `body: elasticsearch` it "
          "becomes `@timestamp`.");
}

}  // namespace sluice
