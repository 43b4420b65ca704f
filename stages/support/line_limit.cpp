#include "stages/support/line_limit.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "engine/data/scan.h"

namespace sluice {
namespace {

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

/// Walks over a text and closes the gaps that long lines leave. Looks at no line that is certainly
/// short enough: it jumps to the last line end within max_record bytes, so the usual cost is that
/// of a few memory accesses per max_record bytes.
class LineLimiter {
 public:
  LineLimiter(std::span<char> text, std::size_t max_record) noexcept
      : text_(text), max_record_(max_record) {}

  /// Goes to the next line that is too long; false when there is none.
  bool find_next() {
    while (text_.size() - position_ > max_record_) {
      const std::string_view rest = view(text_).substr(position_);
      const std::size_t newline = find_last_newline(rest.substr(0, max_record_ + 1));
      if (newline != npos) {
        position_ += newline + 1;
      } else if (rest.substr(max_record_, 2) == "\r\n") {
        position_ += max_record_ + 2;
      } else {
        return true;
      }
    }
    return false;
  }
  /// Where the line found starts.
  std::size_t position() const noexcept { return position_; }

  void truncate() {
    text_[position_ + max_record_] = '\n';
    keep_to(position_ + max_record_ + 1);
    skip_line(0);
  }
  void drop() {
    keep_to(position_);
    skip_line(1);
  }
  /// The number of bytes left. Once, at the end.
  std::size_t finish() {
    keep_to(text_.size());
    return kept_;
  }
  std::vector<InputPlace::Gap> take_gaps() noexcept { return std::move(gaps_); }

 private:
  void keep_to(std::size_t end) {
    if (kept_ != next_) std::memmove(text_.data() + kept_, text_.data() + next_, end - next_);
    kept_ += end - next_;
    next_ = end;
  }
  /// The byte behind the limit may have become an LF; that of the line lies behind it.
  void skip_line(std::uint64_t lines) {
    const std::size_t newline = find_newline(view(text_), position_ + max_record_ + 1);
    position_ = newline == npos ? text_.size() : newline + 1;
    gaps_.push_back({static_cast<std::uint32_t>(kept_), position_ - next_, lines});
    next_ = position_;
  }

  std::span<char> text_;
  std::size_t max_record_;
  std::size_t position_ = 0;  ///< What is in front was looked at.
  std::size_t next_ = 0;      ///< What is in front was kept or given up.
  std::size_t kept_ = 0;
  std::vector<InputPlace::Gap> gaps_;
};

}  // namespace

Result<LimitedLines> limit_lines(std::span<char> text, const FramingOptions& options,
                                 OversizeRecords& oversize) {
  LineLimiter limiter(text, options.max_record.bytes);
  while (limiter.find_next()) {
    Status noted = oversize.add(limiter.position());
    if (!noted) return std::move(noted).error();
    if (options.oversize == Oversize::drop) {
      limiter.drop();
    } else {
      limiter.truncate();
    }
  }
  const std::string_view kept = view(text).substr(0, limiter.finish());
  const bool unterminated = !kept.empty() && kept.back() != '\n';
  const std::uint64_t records = count_newlines(kept) + (unterminated ? 1U : 0U);
  return LimitedLines{kept.size(), records, records + oversize.dropped(), limiter.take_gaps()};
}

}  // namespace sluice
