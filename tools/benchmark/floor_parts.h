// The parts that the floors are put together from. Errors end the program's run, so nothing here
// takes care to be resumed.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/base/io.h"
#include "engine/base/result.h"
#include "engine/data/slice.h"
#include "stages/support/decoding_reader.h"
#include "stages/support/frame_encoder.h"

namespace sluice::bench {

/// Puts memory where pages begin: the kernel copies a file's pages to such places fastest.
template <class T>
struct PageAllocator {
  using value_type = T;
  static constexpr std::align_val_t alignment{4096};

  PageAllocator() = default;
  template <class Other>
  explicit PageAllocator(const PageAllocator<Other>& /*other*/) noexcept {}
  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), alignment));
  }
  void deallocate(T* memory, std::size_t /*count*/) noexcept {
    ::operator delete(memory, alignment);
  }
  friend bool operator==(const PageAllocator&, const PageAllocator&) { return true; }
};
using Memory = std::vector<char, PageAllocator<char>>;

/// Whole lines, and the memory they lie in.
struct Chunk {
  std::uint64_t number = 0;  ///< Counts up from 0 in the order of the file.
  Memory memory;
  std::string_view lines;
};

/// Where the chunks of a file come from. Any number of threads may ask.
class Feed {
 public:
  Feed() = default;
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;
  virtual ~Feed() = default;

  /// Replaces `chunk`, whose memory is used again, by the next one; false at the end.
  virtual Result<bool> next(Chunk& chunk) = 0;
};

/// A plain file, read by the threads that ask, all at once.
class PlainFeed final : public Feed {
 public:
  static constexpr std::uint64_t chunk_bytes = 512 << 10;

  PlainFeed(File file, std::uint64_t size_bytes) : file_(std::move(file)), size_(size_bytes) {}
  Result<bool> next(Chunk& chunk) override;

 private:
  Result<std::string_view> read(Memory& memory, std::uint64_t begin, std::uint64_t end) const;

  File file_;
  std::uint64_t size_;
  std::atomic<std::uint64_t> next_{0};
};

/// A compressed file, decoded by a thread of its own, which is at most `ahead` chunks ahead.
class DecodingFeed final : public Feed {
 public:
  static constexpr std::size_t chunk_bytes = 512 << 10;
  /// Enough to go on while a worker compresses a block, which takes 5 ms with gzip.
  static constexpr std::size_t ahead = 32;
  /// A sleeping worker is woken for so many chunks: waking one costs the decoder time.
  static constexpr std::size_t wake_at = 4;

  explicit DecodingFeed(File file);
  ~DecodingFeed() override;
  Result<bool> next(Chunk& chunk) override;

 private:
  void decode();
  Result<bool> decode_chunk(Memory& memory, std::string& carried, std::string_view& lines);
  bool take_memory(Memory& memory);

  DecodingReader reader_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Memory> free_;
  std::vector<Chunk> ready_;
  std::optional<Error> failure_;
  bool finished_ = false;
  bool given_up_ = false;
  std::thread decoder_;  ///< The last member: it uses all the others.
};

/// Writes what threads kept of their chunks, in the order of the chunks: gathered to blocks of
/// 1 MiB, each of which is compressed by the thread that filled it, unless the output is plain.
class OrderedOutput {
 public:
  static constexpr std::size_t block_bytes = std::size_t{1} << 20;

  explicit OrderedOutput(File file) : file_(std::move(file)) { gathered_.reserve(block_bytes); }

  /// Waits until all chunks before `chunk` have been put. `encoder`, null for plain output, belongs
  /// to the calling thread.
  Status put(const Chunk& chunk, const std::vector<Slice>& kept, FrameEncoder* encoder);

  /// All chunks have been put: writes the last block.
  Status finish(FrameEncoder* encoder);

  /// A thread has failed: nobody shall wait for it.
  void abandon();

 private:
  struct Block {
    std::uint64_t number;
    std::string text;
  };

  bool wait_for_turn(std::unique_lock<std::mutex>& lock, const std::uint64_t& turn,
                     std::uint64_t number);
  Status write(const Block& block, FrameEncoder* encoder);
  std::string take_spare();

  File file_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string gathered_;
  std::vector<std::string> spare_;  ///< Blocks that were written.
  std::uint64_t next_chunk_ = 0;
  std::uint64_t next_block_ = 0;  ///< The number of the block being gathered.
  std::uint64_t next_written_block_ = 0;
  bool abandoned_ = false;
};

}  // namespace sluice::bench
