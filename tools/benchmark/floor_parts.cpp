#include "tools/benchmark/floor_parts.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "engine/data/scan.h"

namespace sluice::bench {
namespace {

/// Enough for the rest of most last lines.
constexpr std::uint64_t overhang_bytes = 4 << 10;
constexpr std::uint64_t page_bytes = 4096;

Error abandoned_error() {
  Error error;
  error.code = ErrorCode::cancelled;
  error.message = "another thread failed";
  return error;
}

}  // namespace

Result<bool> PlainFeed::next(Chunk& chunk) {
  chunk.number = next_.fetch_add(1, std::memory_order_relaxed);
  const std::uint64_t begin = chunk.number * chunk_bytes;
  if (begin >= size_) return false;
  Result<std::string_view> lines = read(chunk.memory, begin, std::min(begin + chunk_bytes, size_));
  if (!lines) return std::move(lines).error();
  chunk.lines = lines.value();
  return true;
}

/// The lines that begin in [begin, end).
Result<std::string_view> PlainFeed::read(Memory& memory, std::uint64_t begin,
                                         std::uint64_t end) const {
  // From the page in front, whose last byte tells whether a line begins right at `begin`.
  const std::uint64_t from = begin == 0 ? 0 : begin - page_bytes;
  std::uint64_t to = std::min(end + overhang_bytes, size_);
  std::size_t have = 0;
  while (true) {
    if (memory.size() < to - from) memory.resize(to - from);
    Result<std::size_t> got =
        file_.read_at(std::span<char>(memory).subspan(have, to - from - have), from + have);
    if (!got) return std::move(got).error();
    have += got.value();
    const std::string_view text(memory.data(), have);
    std::size_t first = 0;
    if (begin > 0) {
      first = find_newline(text, std::min<std::size_t>(page_bytes - 1, have));
      if (first >= end - 1 - from) return std::string_view();
      ++first;
    }
    // The line that holds the byte before `end` is the last that belongs here.
    const std::size_t line_end = find_newline(text, std::min<std::size_t>(end - 1 - from, have));
    if (line_end != npos) return text.substr(first, line_end + 1 - first);
    if (to == size_ || got.value() == 0) return text.substr(first);
    to = std::min(to + chunk_bytes, size_);
  }
}

DecodingFeed::DecodingFeed(File file)
    : reader_(std::move(file)), free_(ahead), decoder_([this] { decode(); }) {}

DecodingFeed::~DecodingFeed() {
  {
    const std::lock_guard lock(mutex_);
    given_up_ = true;
  }
  changed_.notify_all();
  decoder_.join();
}

Result<bool> DecodingFeed::next(Chunk& chunk) {
  std::unique_lock lock(mutex_);
  if (!chunk.memory.empty()) {
    free_.push_back(std::move(chunk.memory));
    changed_.notify_all();
  }
  changed_.wait(lock, [&] { return !ready_.empty() || finished_; });
  if (ready_.empty()) {
    if (failure_) return *failure_;
    return false;
  }
  chunk = std::move(ready_.front());
  ready_.erase(ready_.begin());
  return true;
}

bool DecodingFeed::take_memory(Memory& memory) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return !free_.empty() || given_up_; });
  if (given_up_) return false;
  memory = std::move(free_.back());
  free_.pop_back();
  return true;
}

void DecodingFeed::decode() {
  std::string carried;
  std::uint64_t number = 0;
  bool more = true;
  while (more) {
    Chunk chunk;
    if (!take_memory(chunk.memory)) return;
    chunk.number = number++;
    const Result<bool> decoded = decode_chunk(chunk.memory, carried, chunk.lines);
    more = decoded && decoded.value();
    bool worth_waking = !more;
    {
      const std::lock_guard lock(mutex_);
      if (!decoded) failure_ = decoded.error();
      finished_ = !more;
      if (decoded) ready_.push_back(std::move(chunk));
      worth_waking = worth_waking || ready_.size() >= wake_at;
    }
    if (worth_waking) changed_.notify_all();
  }
}

/// False: these lines are the last.
Result<bool> DecodingFeed::decode_chunk(Memory& memory, std::string& carried,
                                        std::string_view& lines) {
  memory.resize(std::max(memory.size(), chunk_bytes + carried.size()));
  carried.copy(memory.data(), carried.size());
  std::size_t have = carried.size();
  while (true) {
    Result<std::size_t> got = reader_.read(std::span<char>(memory).subspan(have));
    if (!got) return std::move(got).error();
    have += got.value();
    const std::string_view text(memory.data(), have);
    lines = text;
    if (got.value() == 0) return false;
    const std::size_t last_line_end = find_last_newline(text);
    if (last_line_end != npos) {
      lines = text.substr(0, last_line_end + 1);
      carried = text.substr(last_line_end + 1);
      return true;
    }
    if (have == memory.size()) memory.resize(2 * have);
  }
}

bool OrderedOutput::wait_for_turn(std::unique_lock<std::mutex>& lock, const std::uint64_t& turn,
                                  std::uint64_t number) {
  changed_.wait(lock, [&] { return turn == number || abandoned_; });
  return !abandoned_;
}

Status OrderedOutput::put(const Chunk& chunk, const std::vector<Slice>& kept,
                          FrameEncoder* encoder) {
  std::vector<Block> full;
  {
    std::unique_lock lock(mutex_);
    if (!wait_for_turn(lock, next_chunk_, chunk.number)) return abandoned_error();
    for (const Slice slice : kept) {
      std::string_view piece = chunk.lines.substr(slice.offset, slice.length);
      while (!piece.empty()) {
        const std::size_t room = std::min(piece.size(), block_bytes - gathered_.size());
        gathered_.append(piece.substr(0, room));
        piece.remove_prefix(room);
        if (gathered_.size() < block_bytes) continue;
        full.push_back({next_block_++, std::exchange(gathered_, take_spare())});
      }
    }
    ++next_chunk_;
  }
  changed_.notify_all();
  for (Block& block : full) {
    Status written = write(block, encoder);
    if (!written) return written;
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(block.text));
  }
  return Done{};
}

/// Memory that is new costs more than what is in it.
std::string OrderedOutput::take_spare() {
  std::string text;
  if (!spare_.empty()) {
    text = std::move(spare_.back());
    spare_.pop_back();
  }
  text.clear();
  text.reserve(block_bytes);
  return text;
}

Status OrderedOutput::finish(FrameEncoder* encoder) {
  const bool needed = !gathered_.empty() || next_block_ == 0;
  if (needed) {
    Status written = write({next_block_++, std::move(gathered_)}, encoder);
    if (!written) return written;
  }
  return file_.close();
}

void OrderedOutput::abandon() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
}

Status OrderedOutput::write(const Block& block, FrameEncoder* encoder) {
  thread_local std::string frame;
  std::string_view bytes = block.text;
  if (encoder != nullptr) {
    frame.resize(std::max(frame.size(), encoder->bound(block.text.size())));
    const Result<std::size_t> size = encoder->encode(block.text, frame);
    if (!size) return size.error();
    bytes = std::string_view(frame).substr(0, size.value());
  }
  {
    std::unique_lock lock(mutex_);
    if (!wait_for_turn(lock, next_written_block_, block.number)) return abandoned_error();
    Status written = file_.write_all(std::span<const char>(bytes));
    if (!written) return written;
    ++next_written_block_;
  }
  changed_.notify_all();
  return Done{};
}

}  // namespace sluice::bench
