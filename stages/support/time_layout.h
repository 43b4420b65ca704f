// Times written in a fixed layout, such as `%d/%b/%Y:%H:%M:%S %z`, compiled once and read fast.
//
// The directives are those of POSIX strptime, in English, as far as logs need them: `%Y %m %d %e
// %j` and `%y` (69 to 99 are of the last century), `%H %I %p %M %S`, `%b %B %h` (a month, short or
// whole), `%a %A` (a day, not checked), `%F` (`%Y-%m-%d`), `%T` (`%H:%M:%S`), `%s` (seconds since
// 1970), `%z` (`+0100`, `+01:00`, `Z`), `%Z` (`UTC`, `GMT` or `Z`), `%%`; and `%f`, one to nine
// digits of a second's fraction. A blank is one or more blanks. Without `%z`, `%Z` or `%s`, times
// are those of a zone that the reader knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/data/timestamp.h"
#include "stages/support/local_zone.h"
#include "stages/support/text_cursor.h"

namespace sluice {

class TimeLayout {
 public:
  /// Nothing after saying why in `mistake`: an unknown directive, no whole date.
  static std::optional<TimeLayout> compile(std::string_view layout, std::string& mistake);

  /// False: parse() needs to know the zone.
  bool has_zone() const noexcept { return has_zone_; }

  /// The time that the whole of `text` is; nothing for anything else. `zone` counts where the
  /// layout has none.
  std::optional<Timestamp> parse(std::string_view text, LocalZone& zone) const;

 private:
  struct Parts;
  struct Item {
    char directive = 0;  ///< 0: the literal.
    char literal = 0;
  };

  static bool read(char directive, TextCursor& cursor, Parts& parts) noexcept;
  std::optional<Timestamp> assemble(const Parts& parts, LocalZone& zone) const;

  std::vector<Item> items_;
  bool has_zone_ = false;
};

/// The number of the month, 1 to 12, whose English name of three letters `text` begins with, in any
/// case; 0: none.
int month_of(std::string_view text) noexcept;

/// `Z`, `+01:00` or `+0100` at the cursor, in seconds ahead of UTC.
bool take_offset(TextCursor& cursor, std::int32_t& seconds) noexcept;

}  // namespace sluice
