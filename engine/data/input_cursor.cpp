#include "engine/data/input_cursor.h"

#include "engine/data/scan.h"

namespace sluice {

void InputCursor::go_to(std::uint32_t byte) noexcept {
  if (byte < at_) {
    gaps_passed_ = 0;
    missing_bytes_ = missing_lines_ = 0;
    counted_to_ = 0;
    lines_counted_ = 0;
  }
  at_ = byte;
  if (batch_.input_place() == nullptr) return;
  const auto& gaps = batch_.input_place()->gaps;
  for (; gaps_passed_ < gaps.size() && gaps[gaps_passed_].at <= at_; ++gaps_passed_) {
    missing_bytes_ += gaps[gaps_passed_].bytes;
    missing_lines_ += gaps[gaps_passed_].lines;
  }
}

std::optional<std::uint64_t> InputCursor::offset() const noexcept {
  const auto& place = batch_.input_place();
  const std::uint64_t added = place == nullptr ? 0 : place->added_before(at_);
  const std::uint64_t offset = batch_.origin().offset + at_ + missing_bytes_ - added;
  if (place == nullptr || !place->part) return offset;
  const std::optional<std::uint64_t> in_front = place->in_front_of_part();
  return in_front ? std::optional(*in_front + offset) : std::nullopt;
}

std::uint64_t InputCursor::line() noexcept {
  const auto& place = batch_.input_place();
  const std::uint64_t first_line = place == nullptr ? 0 : place->first_line();
  if (first_line == 0) return 0;
  lines_counted_ += count_newlines(batch_.bytes().substr(counted_to_, at_ - counted_to_));
  counted_to_ = at_;
  return first_line + lines_counted_ + missing_lines_;
}

}  // namespace sluice
