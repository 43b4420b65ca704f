#include "stages/support/sort_merge.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice {
namespace {

/// Records that are fetched from memory ahead of their turn.
constexpr std::size_t ahead = 8;

Error damaged(const File& file) {
  Error error;
  error.code = ErrorCode::corrupt_input;
  error.message = "a temporary file is shorter than what was written to it";
  error.file = file.name();
  return error;
}

}  // namespace

SortedRun::SortedRun(SortedFile file, std::size_t buffer_bytes)
    : file_(std::move(file)), buffer_(buffer_bytes) {}

Status SortedRun::next() {
  if (chunk_ == nullptr) return next_of_file();
  next_of_chunk();
  return Done{};
}

void SortedRun::next_of_chunk() noexcept {
  const auto entries = chunk_->entries();
  if (next_entry_ == entries.size()) {
    record_ = nullptr;
    return;
  }
  const SortEntry& entry = entries[next_entry_++];
  record_ = chunk_->data() + entry.offset;
  prefix_ = entry.prefix;
  if (next_entry_ + ahead < entries.size()) {
    const char* later = chunk_->data() + entries[next_entry_ + ahead].offset;
    __builtin_prefetch(later);
    __builtin_prefetch(later + 64);
    __builtin_prefetch(later + 128);
    __builtin_prefetch(later + 192);
  }
}

Status SortedRun::next_of_file() {
  at_ += std::exchange(size_, 0);
  record_ = nullptr;
  if (at_ == filled_ && read_ == file_.bytes) return Done{};
  Status status = fill(sizeof(PackedHead));
  if (!status) return status;
  PackedHead head;
  std::memcpy(&head, buffer_.data() + at_, sizeof head);
  const std::size_t size = PackedRecord::size(head);
  status = fill(size);
  if (!status) return status;
  size_ = size;
  record_ = buffer_.data() + at_;
  prefix_ = head.prefix;
  return Done{};
}

Status SortedRun::fill(std::size_t bytes) {
  if (filled_ - at_ >= bytes) return Done{};
  const std::uint64_t left = file_.bytes - read_;
  if (filled_ - at_ + left < bytes) return damaged(file_.file);
  std::memmove(buffer_.data(), buffer_.data() + at_, filled_ - at_);
  filled_ -= std::exchange(at_, 0);
  if (buffer_.size() < bytes) buffer_.resize(bytes);
  const auto room =
      static_cast<std::size_t>(std::min<std::uint64_t>(buffer_.size() - filled_, left));
  const Result<std::size_t> got =
      file_.file.read_at(std::span<char>(buffer_).subspan(filled_, room), read_);
  if (!got) return got.error();
  if (got.value() < room) return damaged(file_.file);
  filled_ += room;
  read_ += room;
  return Done{};
}

Status SortMerge::start() {
  for (std::size_t run = 0; run < runs_.size(); ++run) {
    Status status = runs_[run]->next();
    if (!status) return status;
    if (!runs_[run]->at_end()) heap_.push_back({runs_[run]->prefix(), run});
  }
  std::make_heap(heap_.begin(), heap_.end(),
                 [&](const Head& a, const Head& b) { return is_before(b, a); });
  return Done{};
}

Status SortMerge::next() {
  SortedRun& run = *runs_[heap_.front().run];
  Status status = run.next();
  if (!status) return status;
  if (run.at_end()) {
    runs_[heap_.front().run].reset();  // Its file or buffer is needed no more.
    heap_.front() = heap_.back();
    heap_.pop_back();
  } else {
    heap_.front().prefix = run.prefix();
  }
  sink_top();
  return Done{};
}

bool SortMerge::is_before(const Head& a, const Head& b) const {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  const PackedRecord left(runs_[a.run]->record());
  const PackedRecord right(runs_[b.run]->record());
  const int rests = order_.compare_rests(left.rest(), right.rest());
  return rests != 0 ? rests < 0 : left.head().place < right.head().place;
}

/// In input that is nearly sorted one run often goes first many times: two comparisons see that.
void SortMerge::sink_top() {
  const std::size_t size = heap_.size();
  std::size_t hole = 0;
  if (size < 2) return;
  const Head moving = heap_.front();
  while (true) {
    std::size_t child = 2 * hole + 1;
    if (child >= size) break;
    if (child + 1 < size && is_before(heap_[child + 1], heap_[child])) ++child;
    if (!is_before(heap_[child], moving)) break;
    heap_[hole] = heap_[child];
    hole = child;
  }
  heap_[hole] = moving;
}

}  // namespace sluice
