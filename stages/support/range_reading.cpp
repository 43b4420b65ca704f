#include "stages/support/range_reading.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/data/scan.h"

namespace sluice {
namespace {

constexpr std::size_t first_step_bytes = 4096;

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

/// Where the record ends that starts at `record` and lasts at least to `from`, or as much of it as
/// there is, or as it takes to see that it is too long.
Result<std::size_t> find_record_end(RangeReader& reader, char ending, std::size_t record,
                                    std::size_t from, std::size_t decisive) {
  for (std::size_t step = first_step_bytes;; step *= 2) {
    const std::size_t end = find_byte(reader.bytes(), ending, from);
    if (end != npos) return end + 1;
    from = reader.bytes().size();
    if (reader.at_end() || from - record >= decisive) return from;
    Status status = reader.read_to(std::min(from + step, record + decisive));
    if (!status) return std::move(status).error();
  }
}

}  // namespace

bool fits_ranges(const FramingOptions& options) noexcept {
  return ending_byte(options) || options.framing == Framing::fixed ||
         options.framing == Framing::none;
}

std::uint64_t range_size(std::size_t buffer_size, const FramingOptions& options) noexcept {
  if (options.framing == Framing::fixed) return fixed_records_size(buffer_size, options);
  if (options.framing == Framing::none) return std::max<std::size_t>(buffer_size, 1);
  if (buffer_size > 2 * first_step_bytes) return buffer_size - first_step_bytes;
  return std::max<std::size_t>(buffer_size / 2, 1);
}

Result<RangeText> read_range(const File& file, const FileRange& range,
                             const FramingOptions& options, Buffer& buffer) {
  const std::optional<char> ending = ending_byte(options);
  const auto range_end = static_cast<std::size_t>(range.size);
  RangeReader reader(file, range.offset, range.end, buffer);
  // One read gets the range and, as a rule, the rest of its last record. It begins at the offset
  // itself: a copy between places that are aligned alike is several times faster than one that is a
  // byte off.
  Status status = reader.read_to(ending ? std::max(range_end, buffer.size()) : range_end);
  if (!status) return std::move(status).error();

  const std::string_view owned = reader.bytes().substr(0, range_end);
  std::size_t begin = 0;
  if (ending && range.offset > range.begin) {
    // The byte in front tells whether a record starts exactly at the offset.
    char before = 0;
    const Result<std::size_t> looked = file.read_at({&before, 1}, range.offset - 1);
    if (!looked) return looked.error();
    if (before != *ending) {
      const std::size_t first_end = find_byte(owned, *ending);
      begin = first_end == npos ? owned.size() : first_end + 1;
    }
  }
  std::size_t end = owned.size();
  if (ending && begin < end && owned.back() != *ending) {
    const std::size_t last_end = find_last_byte(owned.substr(begin), *ending);
    const std::size_t record = last_end == npos ? begin : begin + last_end + 1;
    const auto decisive = static_cast<std::size_t>(decisive_length(options));
    const Result<std::size_t> found = find_record_end(reader, *ending, record, end, decisive);
    if (!found) return found.error();
    end = found.value();
  }
  return RangeText{buffer.room().subspan(begin, end - begin), range.offset + begin,
                   reader.shrank()};
}

}  // namespace sluice
