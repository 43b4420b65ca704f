#include "engine/base/large_memory.h"

#include <sys/mman.h>

#include <cstdint>
#include <new>

namespace sluice::large_memory_detail {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20U;

std::size_t whole_pages(std::size_t bytes) noexcept {
  return (bytes + huge_page - 1) / huge_page * huge_page;
}

}  // namespace

void* allocate(std::size_t bytes) {
  if (bytes < huge_page) return ::operator new(bytes);
  // A page more than needed, so that a whole number of them can be cut out of it.
  const std::size_t size = whole_pages(bytes);
  if (size < bytes || size + huge_page < size) throw std::bad_alloc();
  void* mapped = mmap(nullptr, size + huge_page, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  auto* begin = static_cast<char*>(mapped);
  const std::size_t past = reinterpret_cast<std::uintptr_t>(begin) % huge_page;
  const std::size_t front = past == 0 ? 0 : huge_page - past;
  if (front > 0) munmap(begin, front);
  munmap(begin + front + size, huge_page - front);
  // Where there are none, pages are small, and that is all.
  madvise(begin + front, size, MADV_HUGEPAGE);
  return begin + front;
}

void release(void* memory, std::size_t bytes) noexcept {
  if (bytes < huge_page) {
    ::operator delete(memory);
  } else {
    munmap(memory, whole_pages(bytes));
  }
}

}  // namespace sluice::large_memory_detail
