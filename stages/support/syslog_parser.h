// Syslog as files and relays hold it, line by line in either format.
//
// RFC 5424, section 6: `<PRI>1 TIMESTAMP HOST APP PROCID MSGID [ID NAME="VALUE" ...]... MESSAGE`.
// RFC 3164, section 4.1, and what is written for it: perhaps `<PRI>`; a timestamp, either
// `Mmm dd hh:mm:ss` or one of RFC 3339 (rsyslog's file format); the host; and `APP: ` or `APP[PID]:
// ` in front of the message. A message without that has no app.
//
// Fields: `priority`, `facility` and `severity` (by name), `severity_number` (0 emerg to 7 debug),
// `timestamp`, `host`, `app`, `pid`, `msgid`, `message`, and `data`: structured data, whose
// parameters are `data.ID.NAME`. What a line does not say is null. Of an element or parameter that
// occurs twice the last one counts.
//
// Line ends and NULs behind a message, which some senders count in (RFC 6587), are no part of it.
//
// Times of RFC 3164 have neither year nor zone. The zone is an option. So is the year; without it,
// it is the one that puts the time at most a day after now and as late as possible, so that
// December's lines read in January are last year's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "stages/support/local_zone.h"
#include "stages/support/record_format.h"
#include "stages/support/text_cursor.h"

namespace sluice {

/// How times without year and zone are read.
struct SyslogTime {
  std::optional<int> year;
  LocalZone zone;
  std::int64_t now = 0;  ///< Seconds since 1970.

  /// The time that `civil` is; nothing: there is no such day. `has_year`: `civil` has one.
  std::optional<Timestamp> at(CivilTime civil, bool has_year);
};

class SyslogParser final : public RecordParser {
 public:
  /// REQUIRES: every one of `wanted` is a field of the format.
  SyslogParser(SyslogTime time, const std::vector<std::string>& wanted);

  ParseProblem parse(std::string_view text, std::size_t row, TextArena& arena) override;

  enum Name : std::uint8_t {
    priority,
    facility,
    severity,
    severity_number,
    timestamp,
    host,
    app,
    pid,
    msgid,
    message,
    data,
    name_count,
  };

 private:
  /// A parameter of structured data that is wanted.
  struct WantedData {
    std::size_t field = 0;
    std::string element;
    std::string name;  ///< Empty: the element.
  };
  struct Parameter {
    std::string_view element;
    std::string_view name;  ///< Empty: an element without parameters.
    std::string_view value;
  };

  static std::string_view without_trailer(std::string_view text) noexcept;
  ParseProblem parse_modern(TextCursor cursor, std::size_t row, TextArena& arena);
  ParseProblem parse_old(TextCursor cursor, std::size_t row);
  ParseProblem parse_data(TextCursor& cursor, std::size_t row, TextArena& arena);
  ParseProblem parse_element(TextCursor& cursor, TextArena& arena);
  void put_data(std::size_t row, TextArena& arena);
  Cell data_cell(std::string_view element, TextArena& arena);
  void put(Name name, std::size_t row, Cell cell) const noexcept;
  void put_text(Name name, std::size_t row, std::string_view text) const noexcept;
  void put_priority(std::size_t row, unsigned value) const noexcept;

  SyslogTime time_;
  std::array<std::size_t, name_count> field_of_{};
  std::vector<WantedData> wanted_data_;
  bool wants_data_ = false;
  std::vector<Parameter> parameters_;  ///< Of the record at hand.
  std::string json_;                   ///< Room to write in.
};

std::optional<RecordFormat> bind_syslog(const FormatOptions& options, FormatMistake& mistake);

}  // namespace sluice
