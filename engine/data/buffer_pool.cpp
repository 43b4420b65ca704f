#include "engine/data/buffer_pool.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace sluice {
namespace {

constexpr std::size_t page = 4096;

std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

std::size_t data_stride(const BufferPoolSizes& sizes) {
  return round_up(std::max(sizes.size, sizes.capacity) + Buffer::slack, page);
}

}  // namespace

void Buffer::seal(std::size_t used) noexcept {
  std::memset(data_ + used, 0, slack);
  touch(used + slack);
}

std::span<char> Buffer::take_scratch(std::size_t count) noexcept {
  std::size_t used = scratch_used_.load(std::memory_order_relaxed);
  do {
    if (count > scratch_size_ - used) return {};
  } while (!scratch_used_.compare_exchange_weak(used, used + count, std::memory_order_relaxed));
  return {scratch_ + used, count};
}

void Buffer::drop_reference() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) pool_->give_back(*this);
}

BufferPool::BufferPool(const BufferPoolSizes& sizes) : sizes_(sizes) {
  sizes_.capacity = std::max(sizes_.size, sizes_.capacity);
  stride_ = data_stride(sizes_);
  const std::size_t scratch_stride = round_up(sizes_.scratch, page);
  region_size_ = sizes_.count * (stride_ + scratch_stride);
  // Reserved, not committed: a page becomes memory when it is first written.
  void* region = mmap(nullptr, region_size_, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) throw std::bad_alloc();
  region_ = static_cast<char*>(region);

  free_.reserve(sizes_.count);
  for (std::size_t i = 0; i < sizes_.count; ++i) {
    std::unique_ptr<Buffer> buffer(new Buffer);  // NOLINT: private constructor
    buffer->data_ = region_ + i * (stride_ + scratch_stride);
    buffer->size_ = sizes_.size;
    buffer->capacity_ = sizes_.capacity;
    buffer->scratch_ = buffer->data_ + stride_;
    buffer->scratch_size_ = sizes_.scratch;
    buffer->pool_ = this;
    free_.push_back(buffer.get());
    buffers_.push_back(std::move(buffer));
  }
}

BufferPool::~BufferPool() { munmap(region_, region_size_); }

BufferPtr BufferPool::try_take() noexcept {
  Buffer* buffer = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return {};
    buffer = free_.back();
    free_.pop_back();
  }
  outstanding_.fetch_add(1, std::memory_order_acq_rel);
  buffer->references_.store(1, std::memory_order_relaxed);
  buffer->touched_ = 0;
  buffer->scratch_used_.store(0, std::memory_order_relaxed);
  return BufferPtr::adopt(buffer);
}

void BufferPool::give_back(Buffer& buffer) noexcept {
  const std::size_t keep = round_up(std::max(sizes_.size, sizes_.kept) + Buffer::slack, page);
  if (buffer.touched_ > keep && keep < stride_)
    madvise(buffer.data_ + keep, stride_ - keep, MADV_DONTNEED);
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(&buffer);
  }
  outstanding_.fetch_sub(1, std::memory_order_acq_rel);
  if (hook_ != nullptr) hook_(hook_context_);
}

void BufferPool::on_return(ReturnHook hook, void* context) noexcept {
  hook_ = hook;
  hook_context_ = context;
}

std::size_t BufferPool::memory_bound(const BufferPoolSizes& sizes) noexcept {
  return sizes.count * (data_stride(sizes) + round_up(sizes.scratch, page));
}

}  // namespace sluice
