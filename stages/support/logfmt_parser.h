// logfmt: `key=value` pairs with blanks between them, in whatever order, as Heroku and the Go
// libraries go-logfmt/logfmt and logrus write it.
//
//   level=info msg="user \"bob\" in" took=12.5 retry
//
// A value may be in quotes, with the escapes of a JSON string in it. A key without `=` is true; one
// with nothing behind the `=` is an empty text. A value without quotes that is a number as JSON
// writes it, of at most 15 digits and without an exponent, leading zeros or zeros at the end of a
// fraction (so that it is written again as it was), is a number. Of a key that occurs twice the
// last one counts. A quote inside an unquoted value, an unclosed quote, an unknown escape,
// something directly behind a closing quote and an empty key make a record bad. An empty record has
// no fields.
#pragma once

#include <string>
#include <vector>

#include "stages/support/record_format.h"

namespace sluice {

class LogfmtParser final : public RecordParser {
 public:
  /// `wanted` are names of fields (stage/field_path.h); `a.b` is the key `a.b`.
  explicit LogfmtParser(const std::vector<std::string>& wanted);

  ParseProblem parse(std::string_view text, std::size_t row, TextArena& arena) override;

 private:
  std::size_t find(std::string_view key) const noexcept;
  ParseProblem take_quoted(std::string_view text, std::size_t& at, std::size_t field,
                           std::size_t row, TextArena& arena) const;

  std::vector<std::string> keys_;
};

/// What a value without quotes means: a number, a boolean or a text.
Cell bare_logfmt_cell(std::string_view text) noexcept;

std::optional<RecordFormat> bind_logfmt(const FormatOptions& options, FormatMistake& mistake);

}  // namespace sluice
