#include "stages/support/frame_batch.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/data/scan.h"
#include "stages/support/line_limit.h"
#include "stages/support/record_framer.h"

namespace sluice {
namespace {

std::string_view view(std::span<const char> bytes) { return {bytes.data(), bytes.size()}; }

/// Seals the buffer behind the first `size` bytes from `begin` on, which lies in it.
std::string_view seal(Batch& batch, const char* begin, std::size_t size) {
  Buffer& buffer = *batch.buffer();
  buffer.seal(static_cast<std::size_t>(begin - buffer.data()) + size);
  return {begin, size};
}

/// Makes the bytes from `begin` to `end` a record whose Batch::text they are. What is behind them
/// is needed no more.
Slice end_record(char* text, std::size_t begin, std::size_t end) noexcept {
  const Slice content{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
  if (end > begin && text[end - 1] == '\r') return content;
  text[end] = '\n';
  return {content.offset, content.length + 1};
}

class BatchFramer {
 public:
  BatchFramer(Batch& batch, std::span<char> text, const FramingOptions& options,
              const TextPlace& place, StageContext& context)
      : batch_(batch),
        text_(text),
        options_(options),
        place_(place),
        context_(context),
        oversize_(options, place, context) {}

  Result<std::uint64_t> bytes() {
    batch_.set_bytes(seal(batch_, text_.data(), text_.size()), 0);
    batch_.set_stream(true);
    return std::uint64_t{0};
  }

  Result<std::uint64_t> lines() {
    Result<LimitedLines> limited = limit_lines(text_, options_, oversize_);
    if (!limited) return std::move(limited).error();
    LimitedLines& lines = limited.value();
    if (batch_.input_place()) batch_.input_place()->gaps = std::move(lines.gaps);
    batch_.set_bytes(seal(batch_, text_.data(), lines.size), lines.records);
    oversize_.report();
    return lines.lines;
  }

  /// Records whose line ends are those of the input.
  Result<std::uint64_t> separated() {
    find_records();
    const std::string_view all = view(text_);
    const std::uint64_t lines =
        count_newlines(all) + (!all.empty() && all.back() != '\n' ? 1U : 0U);
    const auto length_of = [&](Slice row) {
      std::string_view record = all.substr(row.offset, row.length);
      if (record.ends_with('\n')) record.remove_suffix(1);
      if (record.ends_with('\r')) record.remove_suffix(1);
      return record.size();
    };
    const auto row_of = [&](Slice row, std::size_t length) {
      if (length <= longest()) return row;
      // Such a record is one line: nobody needs the byte that becomes its end.
      text_[row.offset + longest()] = '\n';
      return Slice{row.offset, static_cast<std::uint32_t>(longest() + 1)};
    };
    Status kept = keep(length_of, row_of);
    if (!kept) return std::move(kept).error();
    set_rows(text_.size());
    return lines;
  }

  Result<std::uint64_t> records() {
    find_records();
    if (found_.truncated > 0) {
      context_.reject("truncated_text", found_.truncated,
                      std::string(place_.file) + " at " + place_.describe(found_.first_truncated) +
                          ": a text that lost its beginning or its end");
    }
    const auto length_of = [](Slice content) { return std::size_t{content.length}; };
    const auto row_of = [&](Slice content, std::size_t length) {
      return end_record(text_.data(), content.offset, content.offset + std::min(length, longest()));
    };
    Status kept = keep(length_of, row_of);
    if (!kept) return std::move(kept).error();
    set_rows(text_.empty() ? 0 : text_.size() + 1);
    return std::uint64_t{0};
  }

  /// Nothing stands between records of a fixed size: they are moved apart, the last one first.
  Result<std::uint64_t> fixed() {
    const auto size = static_cast<std::size_t>(options_.record_size.value_or(1_B).bytes);
    const std::size_t count = text_.size() / size;
    found_.contents.resize(count);
    for (std::size_t i = count; i-- > 0;) {
      const std::size_t begin = i * (size + 1);
      std::memmove(text_.data() + begin, text_.data() + i * size, size);
      found_.contents[i] = end_record(text_.data(), begin, begin + size);
    }
    if (batch_.input_place()) {
      batch_.input_place()->added_every = static_cast<std::uint32_t>(size + 1);
    }
    set_rows(count * (size + 1));
    return std::uint64_t{0};
  }

 private:
  std::size_t longest() const noexcept {
    return static_cast<std::size_t>(options_.max_record.bytes);
  }

  void find_records() { make_record_framer(options_)->append_records(view(text_), found_); }

  /// Makes rows of what was found, in its place, without those that are to be dropped.
  template <class LengthOf, class RowOf>
  Status keep(LengthOf length_of, RowOf row_of) {
    std::size_t kept = 0;
    for (const Slice found : found_.contents) {
      const std::size_t length = length_of(found);
      if (length > longest()) {
        Status noted = oversize_.add(found.offset);
        if (!noted) return noted;
        if (options_.oversize == Oversize::drop) continue;
      }
      found_.contents[kept++] = row_of(found, length);
    }
    found_.contents.resize(kept);
    oversize_.report();
    return Done{};
  }

  void set_rows(std::size_t size) {
    batch_.set_bytes(seal(batch_, text_.data(), size), found_.contents.size());
    batch_.set_rows(found_.contents);
  }

  Batch& batch_;
  std::span<char> text_;
  const FramingOptions& options_;
  const TextPlace& place_;
  StageContext& context_;
  OversizeRecords oversize_;
  FoundRecords found_;
};

}  // namespace

Result<std::uint64_t> frame_batch(Batch& batch, std::span<char> text, const FramingOptions& options,
                                  const TextPlace& place, StageContext& context) {
  BatchFramer framer(batch, text, options, place, context);
  if (options.framing == Framing::none) return framer.bytes();
  if (is_plain_lines(options)) return framer.lines();
  if (is_separated(options.framing)) return framer.separated();
  if (options.framing == Framing::fixed) return framer.fixed();
  return framer.records();
}

}  // namespace sluice
