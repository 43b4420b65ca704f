#include "stages/support/separated_framing.h"

#include "engine/data/scan.h"

namespace sluice {

std::size_t RecordScan::find_end(std::string_view text) noexcept {
  if (!is_line_) {
    const std::size_t end = scan(text.substr(0, begin_ + bound_));
    if (end != npos) return end;
    if (!is_line_ && text.size() < begin_ + bound_) return npos;
    is_line_ = true;
    at_ = begin_;
  }
  const std::size_t newline = find_newline(text, at_);
  at_ = text.size();
  return newline == npos ? npos : newline + 1;
}

std::size_t RecordScan::find_last_end(std::string_view text) noexcept {
  const std::size_t end = find_end(text);
  if (end != npos) return end;
  if (!is_line_ && state_ != State::quoted) return text.size();
  const std::size_t newline = find_newline(text, begin_);
  return newline == npos ? text.size() : newline + 1;
}

/// Goes on to the end of the record or of the text, or sets is_line_.
std::size_t RecordScan::scan(std::string_view text) noexcept {
  while (at_ < text.size()) {
    const char c = text[at_];
    switch (state_) {
      case State::field:
        state_ = c == '"' ? State::quoted : State::plain;
        if (c == '"') ++at_;
        break;
      case State::plain: {
        // Quotes here are plain characters; only those behind a separator open.
        std::size_t quote = at_;
        const std::size_t line = find_newline(text, at_);
        const std::size_t limit = std::min(line, text.size());
        do {
          quote = text.substr(0, limit).find('"', quote + 1);
        } while (quote != npos && text[quote - 1] != separator_);
        if (quote != npos) {
          at_ = quote;
          state_ = State::field;
        } else if (line != npos) {
          return line + 1;
        } else {
          const bool behind_separator = text.back() == separator_;
          at_ = text.size();
          if (behind_separator) state_ = State::field;
        }
        break;
      }
      case State::quoted: {
        const std::size_t quote = text.find('"', at_);
        at_ = quote == npos ? text.size() : quote + 1;
        if (quote != npos) state_ = State::closed;
        break;
      }
      case State::closed:
        if (c == '\n') return at_ + 1;
        if (c == '\r' && at_ + 1 == text.size()) return npos;
        if (c == '"') {
          state_ = State::quoted;
        } else if (c == separator_) {
          state_ = State::field;
        } else if (c != '\r' || text[at_ + 1] != '\n') {
          is_line_ = true;
          return npos;
        }
        ++at_;
        break;
    }
  }
  return npos;
}

void append_records(std::string_view text, char separator, std::size_t bound,
                    std::vector<Slice>& rows) {
  RecordScan scan(separator, bound);
  for (std::size_t begin = 0; begin < text.size();) {
    scan.restart(begin);
    const std::size_t end = scan.find_last_end(text);
    rows.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
    begin = end;
  }
}

}  // namespace sluice
