#include "stages/support/aggregate_spill.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "engine/data/compare.h"
#include "stages/support/spill_file.h"

namespace sluice {
namespace {

constexpr std::size_t read_bytes = 64 << 10;
constexpr std::size_t write_bytes = 256 << 10;
/// States of some functions take 64 KiB, so few groups are looked at together.
constexpr std::size_t block_groups = 256;
using Length = std::uint32_t;

std::strong_ordering order(std::span<const Cell> a, std::span<const Cell> b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const auto relation = order(a[i], b[i]); relation != 0) return relation;
  }
  return std::strong_ordering::equal;
}

bool comes_later(const std::unique_ptr<SpilledRun>& a, const std::unique_ptr<SpilledRun>& b) {
  return order(a->key(), b->key()) > 0;
}

Error unreadable() {
  Error error;
  error.code = ErrorCode::io;
  error.message = "the temporary file of an aggregate does not hold what was written to it";
  return error;
}

/// Where the temporary file is.
std::string spill_folder() {
  const char* given = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  return given != nullptr && *given != '\0' ? given : "/tmp";
}

}  // namespace

// --- One run -------------------------------------------------------------------------------------

Status SpilledRun::fill(std::size_t needed) {
  if (rest_.size() >= needed) return Done{};
  const std::size_t have = rest_.size();
  const std::size_t more =
      std::min<std::uint64_t>(std::max(read_bytes, needed) - have, end_ - begin_);
  std::string buffer(have + more, '\0');
  if (have > 0) std::memcpy(buffer.data(), rest_.data(), have);
  const Result<std::size_t> got = file_->read_at({buffer.data() + have, more}, begin_);
  if (!got) return got.error();
  if (got.value() != more || buffer.size() < needed) return unreadable();
  begin_ += more;
  buffer_.swap(buffer);
  rest_ = buffer_;
  return Done{};
}

Status SpilledRun::advance() {
  if (rest_.empty() && begin_ == end_) {
    is_done_ = true;
    return Done{};
  }
  if (Status status = fill(sizeof(Length)); !status) return status;
  Length length = 0;
  std::memcpy(&length, rest_.data(), sizeof length);
  if (Status status = fill(sizeof length + length); !status) return status;
  group_ = rest_.substr(sizeof length, length);
  rest_.remove_prefix(sizeof length + length);
  StateReader in(group_);
  for (Cell& cell : key_) cell = in.cell();
  if (!in.ok()) return unreadable();
  return Done{};
}

// --- All of them ---------------------------------------------------------------------------------

bool SpilledGroups::empty() const {
  const std::lock_guard lock(mutex_);
  return is_empty_;
}

Status SpilledGroups::open() {
  if (file_) return Done{};
  Result<File> file = open_spill_file(io_, spill_folder());
  if (!file) return std::move(file).error();
  file_ = std::make_shared<File>(std::move(file).value());
  size_ = 0;
  return Done{};
}

Status SpilledGroups::write(std::string_view bytes) {
  const Status status = file_->write_all(bytes);
  if (!status) return spill_error(status.error(), spill_folder());
  size_ += bytes.size();
  return Done{};
}

Status SpilledGroups::write_groups(const AggregateState& state) {
  std::string bytes;
  for (const std::uint32_t group : state.ordered()) {
    const std::size_t at = bytes.size();
    bytes.append(sizeof(Length), '\0');
    state.write_group(group, bytes);
    const auto length = static_cast<Length>(bytes.size() - at - sizeof(Length));
    std::memcpy(bytes.data() + at, &length, sizeof length);
    if (bytes.size() < write_bytes) continue;
    if (Status status = write(bytes); !status) return status;
    bytes.clear();
  }
  return write(bytes);
}

Status SpilledGroups::add_run(std::uint64_t begin) {
  auto run = std::make_unique<SpilledRun>(file_, begin, size_, spec_->keys.size());
  if (Status status = run->advance(); !status) return status;
  if (run->is_done()) return Done{};
  runs_.push_back(std::move(run));
  std::push_heap(runs_.begin(), runs_.end(), comes_later);
  return Done{};
}

Status SpilledGroups::add(const AggregateState& state) {
  const std::lock_guard lock(mutex_);
  if (state.groups() == 0) return Done{};
  if (runs_.size() >= most_runs) {
    if (Status status = merge_runs(); !status) return status;
  }
  if (Status status = open(); !status) return status;
  is_empty_ = false;
  const std::uint64_t begin = size_;
  if (Status status = write_groups(state); !status) return status;
  return add_run(begin);
}

/// Into a new file: the space of the old one is free when its last run is read.
Status SpilledGroups::merge_runs() {
  file_.reset();
  if (Status status = open(); !status) return status;
  while (true) {
    Result<std::unique_ptr<AggregateState>> block = next([](AggregateState::Key) { return true; });
    if (!block) return std::move(block).error();
    if (block.value()->groups() == 0) return add_run(0);
    if (Status status = write_groups(*block.value()); !status) return status;
  }
}

Result<std::unique_ptr<AggregateState>> SpilledGroups::next(const Wants& wants) {
  auto block = std::make_unique<AggregateState>(spec_);
  std::vector<std::string> groups;
  std::size_t keys = 0;
  std::vector<Cell> key;
  std::string key_bytes;  // What `key` refers to.
  while (!runs_.empty()) {
    SpilledRun& run = *runs_.front();
    if (groups.empty() || order(key, run.key()) != 0) {
      if (keys == block_groups || !wants(run.key())) break;
      ++keys;
      key_bytes = run.group();
      StateReader in(key_bytes);
      key.clear();
      for (std::size_t i = 0; i < spec_->keys.size(); ++i) key.push_back(in.cell());
    }
    groups.emplace_back(run.group());
    std::pop_heap(runs_.begin(), runs_.end(), comes_later);
    if (Status status = run.advance(); !status) return std::move(status).error();
    if (run.is_done()) {
      runs_.pop_back();
    } else {
      std::push_heap(runs_.begin(), runs_.end(), comes_later);
    }
  }
  const std::vector<std::string_view> views(groups.begin(), groups.end());
  if (!block->read_groups(views)) return unreadable();
  return block;
}

}  // namespace sluice
