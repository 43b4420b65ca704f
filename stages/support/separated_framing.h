// Cutting text with separated fields (RFC 4180) into records, whose quoted fields may hold line
// ends.
//
// A quote opens only at the beginning of a field, and closes only in front of a separator, a line
// end or the end of the input. Where that fails (something else behind a closing quote, or no end
// of the record within a bound), the quote was none, and the record is the line it begins with: so
// a quote that stays open costs the lines behind it nothing, however the input is cut into pieces.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "engine/data/slice.h"

namespace sluice {

/// Finds the end of one record, given more and more of the text.
class RecordScan {
 public:
  /// `bound`: a record is at most so many bytes, line end included, or it is a line. One without a
  /// line end has fewer.
  RecordScan(char separator, std::size_t bound) noexcept : separator_(separator), bound_(bound) {}

  /// Begins with a record at offset `begin` of the text.
  void restart(std::size_t begin) noexcept {
    begin_ = at_ = begin;
    state_ = State::field;
    is_line_ = false;
  }
  /// Where the record ends, behind its line end, or npos: not in `text`. The text is the same as in
  /// the last call, with more behind it.
  std::size_t find_end(std::string_view text) noexcept;
  /// The same for a text behind which nothing comes. What has no line end ends with the text.
  std::size_t find_last_end(std::string_view text) noexcept;

 private:
  enum class State : std::uint8_t {
    field,  ///< At the beginning of a field.
    plain,  ///< In a field without quotes.
    quoted,
    closed,  ///< Behind a quote in a quoted field.
  };
  std::size_t scan(std::string_view text) noexcept;

  char separator_;
  std::size_t bound_;
  std::size_t begin_ = 0;
  std::size_t at_ = 0;
  State state_ = State::field;
  bool is_line_ = false;  ///< The record is the line it begins with.
};

/// Appends the records of `text`, behind which nothing comes.
void append_records(std::string_view text, char separator, std::size_t bound,
                    std::vector<Slice>& rows);

}  // namespace sluice
