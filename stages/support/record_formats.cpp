#include <array>

#include "stages/support/access_log_parser.h"
#include "stages/support/csv_parser.h"
#include "stages/support/json_parser.h"
#include "stages/support/log_format_parser.h"
#include "stages/support/logfmt_parser.h"
#include "stages/support/record_format.h"
#include "stages/support/regex_parser.h"
#include "stages/support/syslog_parser.h"

namespace sluice {

std::span<const RecordFormatType> record_formats() {
  static const std::array<RecordFormatType, 8> types{{
      {"combined", {}, bind_access_log},
      {"common", {}, bind_access_log},
      {"json", {}, bind_json},
      {"logfmt", {}, bind_logfmt},
      {"csv", {"columns", "header"}, bind_csv},
      {"tsv", {"columns", "header"}, bind_csv},
      {"syslog", {"year", "zone"}, bind_syslog},
      {"regex", {"pattern"}, bind_regex},
  }};
  return types;
}

std::optional<LocalZone> find_zone(const FormatOptions& options, FormatMistake& mistake) {
  std::optional<LocalZone> zone = LocalZone::find(options.zone);
  if (!zone) {
    mistake = {"zone", "option 'zone': unknown zone '" + options.zone + "'",
               "UTC, an offset such as +01:00, or a name such as Europe/Berlin"};
  }
  return zone;
}

const RecordFormatType* find_record_format(std::string_view format) {
  static const RecordFormatType log_format{"log_format", {}, bind_log_format};
  for (const RecordFormatType& type : record_formats()) {
    if (type.name == format) return &type;
  }
  return format.find('$') == std::string_view::npos ? nullptr : &log_format;
}

}  // namespace sluice
