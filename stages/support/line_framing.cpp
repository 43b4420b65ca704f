#include "stages/support/line_framing.h"

#include <algorithm>
#include <cstring>

#include "engine/data/scan.h"

namespace sluice {
namespace {

constexpr std::size_t first_step_bytes = 4096;

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

std::string byte_of(const TextPlace& place, std::uint64_t offset) {
  std::string text =
      std::string(place.decompressed ? "decompressed " : "") + "byte " + std::to_string(offset);
  if (place.part) text += " of the part stored at byte " + std::to_string(*place.part);
  return text;
}

std::string describe(const TextPlace& place, std::uint64_t offset, const FramingOptions& options) {
  return std::string(place.file) + " at " + byte_of(place, offset) + ": a line longer than " +
         print(options.max_record);
}

Error too_long(const TextPlace& place, std::uint64_t offset, const FramingOptions& options) {
  Error error;
  error.code = ErrorCode::limit;
  error.message = "a line is longer than max_record (" + print(options.max_record) + ")";
  error.file = place.file;
  if (place.decompressed) {
    error.message += ", at " + byte_of(place, offset);
  } else {
    error.offset = offset;
  }
  return error;
}

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

Result<FramedLines> limit_lines(std::span<char> text, const FramingOptions& options,
                                const TextPlace& place, StageContext& context) {
  if (options.framing == Framing::none) return FramedLines{text.size()};
  LineLimiter limiter(text, options.max_record.bytes);
  std::uint64_t found = 0;
  std::uint64_t first = 0;
  while (limiter.find_next()) {
    const std::uint64_t offset = place.offset + limiter.position();
    if (options.oversize == Oversize::fail) return too_long(place, offset, options);
    if (found++ == 0) first = offset;
    if (options.oversize == Oversize::drop) {
      limiter.drop();
    } else {
      limiter.truncate();
    }
  }
  if (found > 0 && options.oversize == Oversize::drop) {
    context.reject("oversize_dropped", found, describe(place, first, options));
  } else if (found > 0) {
    context.warn("oversize_truncated", found, describe(place, first, options));
  }
  const std::string_view kept = view(text).substr(0, limiter.finish());
  const bool unterminated = !kept.empty() && kept.back() != '\n';
  const std::uint64_t records = count_newlines(kept) + (unterminated ? 1U : 0U);
  const std::uint64_t dropped = options.oversize == Oversize::drop ? found : 0;
  return FramedLines{kept.size(), records, records + dropped, limiter.take_gaps()};
}

namespace {

char separator_of(Framing framing) noexcept { return framing == Framing::tsv ? '\t' : ','; }

}  // namespace

Result<FramedRecords> limit_records(std::span<char> text, const FramingOptions& options,
                                    const TextPlace& place, StageContext& context) {
  FramedRecords framed;
  const std::string_view all = view(text);
  framed.lines = count_newlines(all) + (!all.empty() && all.back() != '\n' ? 1U : 0U);
  append_records(all, separator_of(options.framing),
                 static_cast<std::size_t>(decisive_length(options)), framed.rows);
  const auto longest = static_cast<std::size_t>(options.max_record.bytes);
  std::uint64_t found = 0;
  std::uint64_t first = 0;
  std::size_t kept = 0;
  for (Slice row : framed.rows) {
    std::string_view record = all.substr(row.offset, row.length);
    if (record.ends_with('\n')) record.remove_suffix(1);
    if (record.ends_with('\r')) record.remove_suffix(1);
    if (record.size() > longest) {
      if (found++ == 0) first = place.offset + row.offset;
      if (options.oversize == Oversize::drop) continue;
      // Such a record is one line: nobody needs the byte that becomes its end.
      text[row.offset + longest] = '\n';
      row.length = static_cast<std::uint32_t>(longest) + 1;
    }
    framed.rows[kept++] = row;
  }
  framed.rows.resize(kept);
  if (found > 0 && options.oversize == Oversize::fail) return too_long(place, first, options);
  if (found > 0 && options.oversize == Oversize::drop) {
    context.reject("oversize_dropped", found, describe(place, first, options));
  } else if (found > 0) {
    context.warn("oversize_truncated", found, describe(place, first, options));
  }
  return framed;
}

// --- Ranges of a file ----------------------------------------------------------------------------

namespace {

/// Reads a file into a buffer from `start` on, further and further.
class RangeReader {
 public:
  /// `limit` is where the file ends.
  RangeReader(const File& file, std::uint64_t start, std::uint64_t limit, Buffer& buffer) noexcept
      : file_(file),
        start_(start),
        limit_(static_cast<std::size_t>(std::min<std::uint64_t>(limit - start, buffer.capacity()))),
        buffer_(buffer) {}

  Status read_to(std::size_t goal) {
    goal = std::min(goal, limit_);
    if (goal <= used_) return Done{};
    const Result<std::size_t> count =
        file_.read_at(buffer_.room().subspan(used_, goal - used_), start_ + used_);
    if (!count) return count.error();
    used_ += count.value();
    shrank_ = used_ < goal;
    buffer_.touch(used_);
    return Done{};
  }
  std::string_view bytes() const noexcept { return {buffer_.data(), used_}; }
  bool at_end() const noexcept { return shrank_ || used_ == limit_; }
  bool shrank() const noexcept { return shrank_; }

 private:
  const File& file_;
  std::uint64_t start_;
  std::size_t limit_;
  Buffer& buffer_;
  std::size_t used_ = 0;
  bool shrank_ = false;
};

/// Where the line ends that starts at `line` and lasts at least to `from`, or as much of it as
/// there is, or as it takes to see that it is too long.
Result<std::size_t> find_line_end(RangeReader& reader, std::size_t line, std::size_t from,
                                  std::size_t decisive) {
  for (std::size_t step = first_step_bytes;; step *= 2) {
    const std::size_t newline = find_newline(reader.bytes(), from);
    if (newline != npos) return newline + 1;
    from = reader.bytes().size();
    if (reader.at_end() || from - line >= decisive) return from;
    Status status = reader.read_to(std::min(from + step, line + decisive));
    if (!status) return std::move(status).error();
  }
}

}  // namespace

std::uint64_t range_size(std::size_t buffer_size, Framing framing) noexcept {
  if (framing == Framing::none) return std::max<std::size_t>(buffer_size, 1);
  if (buffer_size > 2 * first_step_bytes) return buffer_size - first_step_bytes;
  return std::max<std::size_t>(buffer_size / 2, 1);
}

Result<RangeText> read_range(const File& file, const LineRange& range,
                             const FramingOptions& options, Buffer& buffer) {
  const bool lines = options.framing == Framing::lines;
  const auto range_end = static_cast<std::size_t>(range.size);
  RangeReader reader(file, range.offset, range.end, buffer);
  // One read gets the range and, as a rule, the rest of its last line. It begins at the offset
  // itself: a copy between places that are aligned alike is several times faster than one that is a
  // byte off.
  Status status = reader.read_to(lines ? std::max(range_end, buffer.size()) : range_end);
  if (!status) return std::move(status).error();

  const std::string_view owned = reader.bytes().substr(0, range_end);
  std::size_t begin = 0;
  if (lines && range.offset > range.begin) {
    // The byte in front tells whether a line starts exactly at the offset.
    char before = 0;
    const Result<std::size_t> looked = file.read_at({&before, 1}, range.offset - 1);
    if (!looked) return looked.error();
    if (before != '\n') {
      const std::size_t newline = find_newline(owned);
      begin = newline == npos ? owned.size() : newline + 1;
    }
  }
  std::size_t end = owned.size();
  if (lines && begin < end && owned.back() != '\n') {
    const std::size_t newline = find_last_newline(owned.substr(begin));
    const std::size_t line = newline == npos ? begin : begin + newline + 1;
    const auto decisive = static_cast<std::size_t>(decisive_length(options));
    const Result<std::size_t> line_end = find_line_end(reader, line, end, decisive);
    if (!line_end) return line_end.error();
    end = line_end.value();
  }
  return RangeText{buffer.room().subspan(begin, end - begin), range.offset + begin,
                   reader.shrank()};
}

// --- Streams -------------------------------------------------------------------------------------

StreamFramer::StreamFramer(const FramingOptions& options) noexcept
    : options_(options),
      scan_(separator_of(options.framing), static_cast<std::size_t>(decisive_length(options))) {}

void StreamFramer::start(Buffer& buffer) {
  buffer_ = &buffer;
  goal_ = buffer.size();
  begin_ = 0;
  complete_ = 0;
  used_ = carried_.size();
  std::copy(carried_.begin(), carried_.end(), buffer.data());
  carried_.clear();
  scan_.restart(0);
}

bool StreamFramer::rest_is_too_long() const noexcept {
  return options_.framing != Framing::none && used_ - complete_ >= decisive_length(options_);
}

std::span<char> StreamFramer::room() {
  if (used_ >= goal_) {
    if (has_lines() || rest_is_too_long()) return {};
    const auto decisive = static_cast<std::size_t>(decisive_length(options_));
    goal_ = std::min(
        {used_ + std::max(used_, first_step_bytes), begin_ + decisive, buffer_->capacity()});
  }
  return buffer_->room().subspan(used_, goal_ - used_);
}

void StreamFramer::add(std::size_t count) {
  const std::string_view added(buffer_->data() + used_, count);
  if (skipping_) {
    const std::size_t newline = find_newline(added);
    if (newline == npos) return;
    skipping_ = false;
    begin_ = used_ + newline + 1;
    complete_ = begin_;
    scan_.restart(begin_);
  }
  const bool is_separated_text = is_separated(options_.framing);
  const std::size_t newline = is_separated_text ? npos : find_last_newline(added);
  if (newline != npos) complete_ = used_ + newline + 1;
  used_ += count;
  if (is_separated_text) find_records();
  if (options_.framing == Framing::none) complete_ = used_;
  buffer_->touch(used_);
}

void StreamFramer::find_records() noexcept {
  const std::string_view text(buffer_->data(), used_);
  for (std::size_t end = scan_.find_end(text); end != npos; end = scan_.find_end(text)) {
    complete_ = end;
    scan_.restart(end);
  }
}

std::shared_ptr<const std::string> StreamFramer::first_record(std::span<const char> text) const {
  if (!is_separated(options_.framing)) return nullptr;
  RecordScan scan = scan_;
  scan.restart(0);
  return std::make_shared<const std::string>(view(text).substr(0, scan.find_last_end(view(text))));
}

std::span<char> StreamFramer::take(std::size_t end, bool keep_rest) {
  if (keep_rest) carried_.assign(buffer_->data() + end, used_ - end);
  return buffer_->room().subspan(begin_, end - begin_);
}

std::span<char> StreamFramer::take_lines() {
  if (has_lines() || !rest_is_too_long()) return take(complete_, true);
  skipping_ = true;
  return take(used_, false);
}

std::span<char> StreamFramer::take_all() { return take(used_, false); }

std::span<char> StreamFramer::take_unbroken() {
  // A line known to be too long is complete as far as anyone will see it.
  return take(rest_is_too_long() ? used_ : complete_, false);
}

}  // namespace sluice
