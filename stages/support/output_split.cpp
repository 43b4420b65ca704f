#include "stages/support/output_split.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "engine/data/scan.h"
#include "stages/support/record_copy.h"

namespace sluice {
namespace {

bool parse_entry(const Entry& entry, SplitOptions& to, std::string& why) {
  if (entry.key == "bytes") {
    return OptionType<std::optional<ByteSize>>::parse(entry.value, to.bytes, why);
  }
  if (entry.key == "records") {
    return OptionType<std::optional<std::uint64_t>>::parse(entry.value, to.records, why);
  }
  if (entry.key == "every") {
    return OptionType<std::optional<Duration>>::parse(entry.value, to.every, why);
  }
  why = "there is no '" + entry.key + "'; expected bytes, records or every";
  return false;
}

class FileSplit final : public Expander {
 public:
  FileSplit(const SplitOptions& options, bool passes) : options_(options), passes_(passes) {}

  bool passes(const Batch& in) override {
    if (in.record_count() == 0) return true;
    if (!passes_) return false;
    if (has_records() && slot_of(in) > slot_) return false;
    if (!fits(in.record_count(), in.byte_count())) return false;
    take(in.record_count(), in.byte_count(), in);
    return true;
  }

  Result<Next> expand(const Batch& in, Batch& out) override {
    if (next_ == 0) bind(in);
    if (next_ == rows_.selection.size()) return done();
    const bool is_full = !fits(1, size_of(next_)) || slot_of(in) > slot_;
    if (has_records() && is_full) {
      file_records_ = file_bytes_ = 0;
      out.set_begins_file(true);
    }
    std::uint64_t bytes = 0;
    const auto copied = copy_records(rows_, next_, fitting(), out);
    if (!copied) return copied.error();
    for (std::size_t i = 0; i < copied.value(); ++i) bytes += size_of(next_ + i);
    take(copied.value(), bytes, in);
    next_ += copied.value();
    return next_ < rows_.selection.size() ? Next::again : done();
  }

 private:
  bool has_records() const noexcept { return file_records_ > 0; }
  std::uint64_t size_of(std::size_t number) const noexcept {
    return rows_.rows[rows_.selection[number]].length;
  }

  /// True when the file may have so much more. One without records may have any.
  bool fits(std::uint64_t records, std::uint64_t bytes) const noexcept {
    if (options_.records && file_records_ + records > *options_.records) return false;
    const bool is_first_of_file = !has_records() && records == 1;
    return is_first_of_file || !options_.bytes || file_bytes_ + bytes <= options_.bytes->bytes;
  }

  /// How many records, from the next one on, the file may have: at least one.
  std::size_t fitting() const {
    const std::size_t total = rows_.selection.size();
    std::uint64_t bytes = 0;
    std::size_t count = 0;
    while (next_ + count < total) {
      bytes += size_of(next_ + count);
      if (count > 0 && !fits(count + 1, bytes)) break;
      ++count;
    }
    return count;
  }

  void take(std::uint64_t records, std::uint64_t bytes, const Batch& in) {
    file_records_ += records;
    file_bytes_ += bytes;
    slot_ = std::max(slot_, slot_of(in));
  }

  std::int64_t slot_of(const Batch& in) const {
    if (!options_.every) return 0;
    constexpr std::int64_t second_ns = 1'000'000'000;
    const std::int64_t ns = in.read_time().seconds * second_ns + in.read_time().nanoseconds;
    return ns / options_.every->value.count();
  }

  Next done() {
    next_ = 0;
    return Next::input;
  }

  void bind(const Batch& in) {
    if (in.is_table()) {
      rows_ = RecordsView::of(in);
      return;
    }
    lines_.clear();
    for (const Slice slice : in.slices()) {
      append_lines(in.bytes().substr(slice.offset, slice.length), slice.offset, lines_);
    }
    numbers_.resize(lines_.size());
    std::iota(numbers_.begin(), numbers_.end(), 0U);
    rows_ = {in.bytes(), lines_, numbers_, {}, {}};
  }

  SplitOptions options_;
  bool passes_;
  // Of the file at hand:
  std::uint64_t file_records_ = 0;
  std::uint64_t file_bytes_ = 0;
  std::int64_t slot_ = 0;  ///< Of its last record.
  // Of the input at hand:
  RecordsView rows_;
  std::vector<Slice> lines_;
  std::vector<std::uint32_t> numbers_;
  std::size_t next_ = 0;
};

}  // namespace

bool OptionType<SplitOptions>::parse(const Value& value, SplitOptions& to, std::string& why) {
  to = {};
  if (value.kind() != Value::Kind::map) {
    why = "expected a map, as in `{bytes: 100MiB}`";
    return false;
  }
  for (const Entry& entry : value.entries()) {
    if (!parse_entry(entry, to, why)) return false;
  }
  const bool is_empty = !to.is_on();
  const bool is_none = (to.bytes && to.bytes->bytes == 0) || (to.records && *to.records == 0) ||
                       (to.every && to.every->value < std::chrono::seconds(1));
  if (!is_empty && !is_none) return true;
  why = is_empty ? "it needs one of bytes, records and every"
                 : "a file has at least a byte, a record and a second";
  return false;
}

std::string OptionType<SplitOptions>::print(const SplitOptions& value) {
  std::string text;
  const auto add = [&](const std::string& name, const std::string& what) {
    if (!what.empty()) text += (text.empty() ? "" : ", ") + name + ": " + what;
  };
  add("bytes", OptionType<std::optional<ByteSize>>::print(value.bytes));
  add("records", OptionType<std::optional<std::uint64_t>>::print(value.records));
  add("every", OptionType<std::optional<Duration>>::print(value.every));
  return text.empty() ? text : "{" + text + "}";
}

ExpanderPart split_part(const SplitOptions& options, bool passes) {
  return {std::make_unique<FileSplit>(options, passes), {}, true};
}

std::string numbered_path(std::string_view path, std::uint64_t number) {
  constexpr std::size_t least_digits = 6;
  std::string digits = std::to_string(number);
  digits.insert(0, least_digits - std::min(least_digits, digits.size()), '0');
  std::string text(path);
  for (std::size_t at = text.find(number_in_path); at != std::string::npos;
       at = text.find(number_in_path, at + digits.size())) {
    text.replace(at, number_in_path.size(), digits);
  }
  return text;
}

}  // namespace sluice
