// Logs as an nginx `log_format` describes them (ngx_http_log_module): literal text, and variables
// as `$name` or `${name}`, each of which becomes a field of that name.
//
//   $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent
//
// A field goes on to the first place where the literal behind it stands; between quotes, to the
// first quote that no backslash stands in front of; at the end of the format, to the end of the
// record. A list of upstreams (`0.1, 0.2 : 0.3`) is one field; an address in front of a colon goes
// on to the last colon of its word (IPv6). `-` is null. Values are given as they are written,
// escapes (`\x22`) included. Status, sizes and counts are integers, times in seconds are doubles;
// what is neither makes a record bad, and so does a literal that is not there, and text behind the
// last one.
#pragma once

#include <string>
#include <vector>

#include "stages/support/record_format.h"

namespace sluice {

/// A variable of a log_format and the literal text behind it, up to the next variable or the end.
struct LogFormatField {
  std::string name;
  FieldType type = FieldType::text;
  bool is_list = false;     ///< It may hold `, ` and ` : `.
  bool is_quoted = false;   ///< A quote stands in front of it and one behind it.
  bool is_address = false;  ///< It may hold colons (IPv6), and one stands behind it.
  std::string behind;
};

class LogFormatParser final : public RecordParser {
 public:
  /// `front` is the literal in front of the first field.
  LogFormatParser(std::string front, std::vector<LogFormatField> fields,
                  const std::vector<std::string>& wanted);

  ParseProblem parse(std::string_view text, std::size_t row, TextArena& arena) override;

 private:
  std::string front_;
  std::vector<LogFormatField> fields_;
  std::vector<std::size_t> wanted_of_;  ///< By field of the format.
};

std::optional<RecordFormat> bind_log_format(const FormatOptions& options, FormatMistake& mistake);

}  // namespace sluice
