// What the transforms `encode` and `decode` share: fields of records go through a coder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/stage/option_errors.h"
#include "engine/stage/stage_type.h"
#include "stages/support/bad_records.h"
#include "stages/support/byte_encoding.h"
#include "stages/support/field_list.h"

namespace sluice {

/// Which fields, and where the results go.
struct FieldCoding {
  struct Field {
    std::string from;  ///< Empty: the record's text.
    std::string to;    ///< `from` itself: in its place.
  };
  std::vector<Field> fields;

  /// What `fields` and `into` name; reports what is wrong with them.
  static FieldCoding of(const std::vector<ExpressionText>& fields,
                        const std::optional<ExpressionText>& into, const Schema& input,
                        Diagnostics& diagnostics);

  Schema output_schema(const Schema& input) const;
  Demand input_demand(const StagePlace& place) const;

  using MakeCoder = std::unique_ptr<ByteCoder> (*)(const ByteCoding&);
  /// `verb` is what the plan says of it: "decodes".
  Parts parts(std::string_view verb, MakeCoder make_coder, const ByteCoding& coding,
              OnError on_error, StageContext& context, const StagePlace& place) const;
};

/// Reports a field that is named twice, and `into` for several fields.
void check_coded_fields(const std::vector<ExpressionText>& fields,
                        const std::optional<ExpressionText>& into, const OptionErrors& errors);

}  // namespace sluice
