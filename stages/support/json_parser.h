// JSON objects, one per record (RFC 8259): simdjson finds where the parts of a record begin, and
// one walk over them checks each and makes cells of the wanted fields.
//
// What JSON forbids makes a record bad, wherever in the record it is: broken structure, numbers
// and words that are none, control characters in strings, invalid UTF-8 and escapes, something
// behind the object, arrays and objects more than 64 deep. Of a key that occurs twice the last one
// counts. Integers that do not fit 64 bits, and numbers beyond a double, are kept as they are
// written (Cell::Type::decimal).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "stages/support/record_format.h"

namespace sluice {

class JsonParser final : public RecordParser {
 public:
  /// `wanted` are names of fields (stage/field_path.h).
  explicit JsonParser(const std::vector<std::string>& wanted);
  ~JsonParser() override;

  ParseProblem parse(std::string_view text, std::size_t row, TextArena& arena) override;

 private:
  struct Walk;

  std::unique_ptr<Walk> walk_;
};

std::optional<RecordFormat> bind_json(const FormatOptions& options, FormatMistake& mistake);

}  // namespace sluice
