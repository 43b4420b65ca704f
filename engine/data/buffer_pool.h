// Fixed-size buffers outside any collector, allocated once and recycled for ever. A buffer is also
// the token: owning one is the right to have that much data in flight, and letting go of it, on
// whatever branch or thread, gives both back.
//
// Each buffer has a normal size and a larger capacity. A batch is filled to the normal size; only a
// record that is longer than a whole buffer grows into the rest, up to the capacity, in place. That
// part is reserved address space: it costs memory only while such a record is in flight, and is
// handed back to the system when the buffer comes home. So the memory bound of a pool is
// count x capacity, its usual cost is count x size, and nobody ever waits for an oversize block.
// A source whose batches often exceed the normal size (frames of a compressed file) says how far:
// handing that memory back each time would cost a page fault for every page of every batch.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/intrusive_pointer.h"

namespace sluice {

class BufferPool;

/// One block of a pool. Written by its first owner, const as soon as it is shared.
class Buffer {
 public:
  /// Zero bytes behind the sealed data, for kernels that read past the end (SIMD, simdjson).
  static constexpr std::size_t slack = 64;

  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  char* data() noexcept { return data_; }
  const char* data() const noexcept { return data_; }
  /// What a batch is normally filled to.
  std::size_t size() const noexcept { return size_; }
  /// What one record may grow to; at least size().
  std::size_t capacity() const noexcept { return capacity_; }
  std::span<char> room() noexcept { return {data_, capacity_}; }

  /// Says that the first `used` bytes are data, and zeroes the slack behind them.
  /// REQUIRES: used <= capacity(), not shared yet.
  void seal(std::size_t used) noexcept;
  /// Says that bytes up to `count` were written though they will not all be data (a read that went
  /// on in search of a line end), so that their memory is handed back.
  void touch(std::size_t count) noexcept { touched_ = std::max(touched_, count); }

  /// A separate block of `scratch_size` bytes that belongs to the same token, for stages with a
  /// bounded output (compress). Handed out front to back; empty when `count` does not fit. From any
  /// thread: branches of a fan-out share the token.
  std::span<char> take_scratch(std::size_t count) noexcept;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void drop_reference() noexcept;

 private:
  friend class BufferPool;
  Buffer() = default;

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t touched_ = 0;
  char* scratch_ = nullptr;
  std::size_t scratch_size_ = 0;
  std::atomic<std::size_t> scratch_used_{0};
  std::atomic<std::uint32_t> references_{0};
  BufferPool* pool_ = nullptr;
};

using BufferPtr = IntrusivePointer<Buffer>;

struct BufferPoolSizes {
  std::size_t count = 3;         ///< Buffers, and so tokens.
  std::size_t size = 512 << 10;  ///< Normal fill of one buffer, bytes.
  std::size_t capacity = 0;      ///< Longest content of one buffer; raised to size if below.
  std::size_t scratch = 0;       ///< Bytes of scratch per buffer.
  std::size_t kept = 0;          ///< Memory a buffer keeps at home, once used; raised to size.
};

/// A fixed number of equal buffers. All methods are safe from any thread. Outlives its buffers.
class BufferPool {
 public:
  explicit BufferPool(const BufferPoolSizes& sizes);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  /// REQUIRES: every buffer is home.
  ~BufferPool();

  /// A buffer nobody else owns, last returned first (its pages are warm); null when all are out.
  /// Never waits.
  BufferPtr try_take() noexcept;

  std::size_t count() const noexcept { return sizes_.count; }
  std::size_t outstanding() const noexcept { return outstanding_.load(std::memory_order_acquire); }
  const BufferPoolSizes& sizes() const noexcept { return sizes_; }

  /// `hook(context)` runs after each return, on the returning thread, when the buffer can already
  /// be taken again. Set before the first try_take; null cuts it off.
  using ReturnHook = void (*)(void* context);
  void on_return(ReturnHook hook, void* context) noexcept;

  /// Upper bound, in bytes, of what a pool of these sizes can occupy.
  static std::size_t memory_bound(const BufferPoolSizes& sizes) noexcept;

 private:
  friend class Buffer;
  void give_back(Buffer& buffer) noexcept;

  BufferPoolSizes sizes_;
  std::size_t stride_ = 0;  ///< Bytes from one buffer's data to the next one's.
  char* region_ = nullptr;
  std::size_t region_size_ = 0;
  std::vector<std::unique_ptr<Buffer>> buffers_;
  std::mutex mutex_;
  std::vector<Buffer*> free_;
  std::atomic<std::size_t> outstanding_{0};
  ReturnHook hook_ = nullptr;
  void* hook_context_ = nullptr;
};

}  // namespace sluice
