#include "engine/stage/bad_shapes.h"

#include <algorithm>
#include <tuple>

#include "engine/base/escape.h"
#include "engine/data/scan.h"

namespace sluice {
namespace {

constexpr std::size_t excerpt_bytes = 120;
constexpr std::size_t shape_bytes = 48;
constexpr std::size_t looked_at_bytes = 256;
constexpr std::size_t most_shapes = 64;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

bool is_word_character(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// The sign for what begins at `at`, which moves behind it.
char take_sign(std::string_view text, std::size_t& at) noexcept {
  const char first = text[at];
  if (is_blank(first)) {
    while (at < text.size() && is_blank(text[at])) ++at;
    return ' ';
  }
  if (!is_word_character(first)) {
    while (at < text.size() && text[at] == first) ++at;
    return static_cast<unsigned char>(first) < 0x20 || first == 0x7f ? '?' : first;
  }
  bool has_digits = false;
  bool has_others = false;
  for (; at < text.size() && is_word_character(text[at]); ++at) {
    (is_digit(text[at]) ? has_digits : has_others) = true;
  }
  if (!has_digits) return 'a';
  return has_others ? 'x' : '0';
}

}  // namespace

std::string shape_of(std::string_view text) {
  std::string shape;
  const bool is_cut = text.size() > looked_at_bytes;
  text = text.substr(0, looked_at_bytes);
  for (std::size_t at = 0; at < text.size();) {
    const char sign = take_sign(text, at);
    const bool repeats =
        shape.size() >= 2 && shape.back() == ' ' && sign != ' ' && shape[shape.size() - 2] == sign;
    if (repeats) {
      shape.pop_back();
      continue;
    }
    if (shape.size() == shape_bytes) return shape + "...";
    shape += sign;
  }
  return is_cut ? shape + "..." : shape;
}

BadSample BadSample::of(const Batch& batch, std::uint32_t row, std::size_t offset) {
  const Slice slice = batch.rows()[row];
  const std::string_view text = batch.text(slice);
  BadSample sample;
  sample.text = escape(text, excerpt_bytes);
  sample.offset = offset;
  sample.file = escape(batch.origin_name());
  sample.origin = batch.origin();
  sample.place = batch.input_place();
  sample.line_of_batch = count_newlines(batch.bytes().substr(0, slice.offset));
  sample.input_offset = batch.input_offset(slice.offset);
  if (sample.place) sample.line_of_batch += sample.place->missing_before(slice.offset).lines;
  return sample;
}

std::string BadSample::where() const {
  if (file.empty()) return {};
  const std::uint64_t first_line = place ? place->first_line() : 0;
  std::string words = file + ":";
  words += first_line == 0 ? "?" : std::to_string(first_line + line_of_batch);
  words += ':';
  if (place && place->part) words += std::to_string(*place->part) + "+";
  return words + std::to_string(input_offset);
}

bool BadSample::is_before(const BadSample& other) const noexcept {
  const auto key = [](const BadSample& sample) {
    return std::tuple(sample.origin.source, sample.origin.file, sample.origin.stored_offset,
                      sample.input_offset);
  };
  return key(*this) < key(other);
}

void BadShapes::add(const std::string& reason, const std::string& shape, std::uint64_t count,
                    BadSample first) {
  const std::lock_guard lock(mutex_);
  auto found = shapes_.find({reason, shape});
  if (found == shapes_.end()) {
    const std::string& known_as = shapes_.size() < most_shapes ? shape : "...";
    found = shapes_.try_emplace({reason, known_as}).first;
    found->second.reason = reason;
    found->second.shape = known_as;
  }
  BadShape& entry = found->second;
  if (entry.count == 0 || first.is_before(entry.first)) entry.first = std::move(first);
  entry.count += count;
}

std::vector<BadShape> BadShapes::all() const {
  std::vector<BadShape> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, shape] : shapes_) all.push_back(shape);
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const BadShape& a, const BadShape& b) { return a.count > b.count; });
  return all;
}

}  // namespace sluice
