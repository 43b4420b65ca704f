#include "stages/support/stream_framer.h"

#include <algorithm>

#include "engine/data/scan.h"
#include "stages/support/separated_framing.h"

namespace sluice {
namespace {

constexpr std::size_t first_step_bytes = 4096;

/// How far to fill a buffer: frame_batch puts a line end behind each record of a fixed size.
std::size_t goal_of(const Buffer& buffer, const FramingOptions& options) noexcept {
  return options.framing == Framing::fixed ? fixed_records_size(buffer.size(), options)
                                           : buffer.size();
}

}  // namespace

StreamFramer::StreamFramer(const FramingOptions& options)
    : options_(options),
      decisive_(static_cast<std::size_t>(decisive_length(options))),
      framer_(make_record_framer(options)) {}

void StreamFramer::start(Buffer& buffer) {
  buffer_ = &buffer;
  goal_ = goal_of(buffer, options_);
  begin_ = 0;
  complete_ = 0;
  used_ = carried_.size();
  std::copy(carried_.begin(), carried_.end(), buffer.data());
  carried_.clear();
  framer_->restart(0);
}

bool StreamFramer::rest_is_too_long() const noexcept {
  return options_.framing != Framing::none && used_ - complete_ >= decisive_;
}

std::span<char> StreamFramer::room() {
  if (framer_->damage()) return {};
  if (used_ >= goal_) {
    if (has_records() || rest_is_too_long()) return {};
    goal_ = std::min(
        {used_ + std::max(used_, first_step_bytes), begin_ + decisive_, buffer_->capacity()});
  }
  return buffer_->room().subspan(used_, goal_ - used_);
}

void StreamFramer::add(std::size_t count) {
  if (skipping_) {
    const std::size_t skipped = framer_->skip({buffer_->data() + used_, count});
    if (skipped == npos) return;
    skipping_ = false;
    begin_ = complete_ = used_ + skipped;
    framer_->restart(begin_);
  }
  used_ += count;
  complete_ = framer_->find_whole(bytes());
  buffer_->touch(used_);
}

std::shared_ptr<const std::string> StreamFramer::first_record(std::span<const char> text) const {
  if (!is_separated(options_.framing)) return nullptr;
  RecordScan scan(separator_of(options_.framing), decisive_);
  scan.restart(0);
  const std::string_view all(text.data(), text.size());
  return std::make_shared<const std::string>(all.substr(0, scan.find_last_end(all)));
}

std::span<char> StreamFramer::take(std::size_t end, bool keep_rest) {
  if (const auto& damage = framer_->damage()) {
    damage_ = {damage->what, damage->offset - begin_};
  } else if (keep_rest) {
    carried_.assign(buffer_->data() + end, used_ - end);
  }
  return buffer_->room().subspan(begin_, end - begin_);
}

std::span<char> StreamFramer::take_records() {
  if (has_records() || framer_->damage() || !rest_is_too_long()) return take(complete_, true);
  framer_->give_up(bytes().substr(complete_));
  skipping_ = true;
  return take(used_, false);
}

std::span<char> StreamFramer::take_all() {
  const bool is_inside = skipping_ || complete_ < used_;
  if (!is_inside || framer_->ends_with_input()) return take(used_, false);
  const std::span<char> text = take_unbroken();
  if (!damage_) damage_ = {std::string(ends_inside_record), used_ - begin_};
  return text;
}

std::span<char> StreamFramer::take_unbroken() {
  // A record known to be too long is complete as far as anyone will see it.
  return take(rest_is_too_long() ? used_ : complete_, false);
}

}  // namespace sluice
