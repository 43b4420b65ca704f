// Records with separated fields: CSV (RFC 4180) and the same with tabs. Fields are named by
// position, in the config, so that any part of a file can be read without its first line; or by the
// first record of each input, where the source frames records one after the other
// (separated_framing.h) and so knows it.
//
// A field may be in quotes, in which a quote is doubled; a separator or an empty text in quotes is
// what it is. A field with nothing in it, quotes neither, is null. All others are text. A quote
// that stays open, something behind a closing quote, a quote inside a CSV field without quotes (a
// TSV field may have some) and another number of fields than there are columns make a record bad.
// An empty line is bad unless there is one column. A field may hold line ends where the source
// frames records so (separated_framing.h).
#pragma once

#include <string>
#include <vector>

#include "stages/support/record_format.h"

namespace sluice {

class CsvParser final : public RecordParser {
 public:
  /// `field_of` has the number of the wanted field of each column, or not_wanted.
  static constexpr std::size_t not_wanted = ~std::size_t{0};
  CsvParser(char separator, std::vector<std::size_t> field_of)
      : separator_(separator), field_of_(std::move(field_of)) {}

  ParseProblem parse(std::string_view text, std::size_t row, TextArena& arena) override;

  /// The names in a header, with its line end or without. Nothing: it is no record, or a name is
  /// missing or there twice.
  static std::optional<std::vector<std::string>> names_in(std::string_view header, char separator);

 private:
  ParseProblem read_field(std::string_view text, std::size_t& at, Cell* cell,
                          TextArena& arena) const;

  char separator_;
  std::vector<std::size_t> field_of_;
};

/// csv, tsv.
std::optional<RecordFormat> bind_csv(const FormatOptions& options, FormatMistake& mistake);

}  // namespace sluice
