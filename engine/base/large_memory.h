// Memory for tables that grow as long as there are new values in a log.
#pragma once

#include <cstddef>
#include <memory>

namespace sluice {

namespace large_memory_detail {
void* allocate(std::size_t bytes);
void release(void* memory, std::size_t bytes) noexcept;
}  // namespace large_memory_detail

/// An allocator for vectors that may become large. From 2 MiB on it asks the system for huge pages:
/// what is written once, as tables are, costs a page fault for each 2 MiB then and not for each
/// 4 KiB (a third of the time of counting 500,000 different paths). At most one huge page of a
/// block is resident without need. Stateless; throws std::bad_alloc.
template <class T>
struct LargeMemory {
  using value_type = T;

  LargeMemory() = default;
  template <class U>
  LargeMemory(const LargeMemory<U>& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor)

  T* allocate(std::size_t count) {
    return static_cast<T*>(large_memory_detail::allocate(count * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t count) noexcept {
    large_memory_detail::release(memory, count * sizeof(T));
  }
  friend bool operator==(const LargeMemory& /*a*/, const LargeMemory& /*b*/) noexcept {
    return true;
  }
};

/// Bytes of such memory, not initialised.
struct ReleaseLarge {
  std::size_t bytes = 0;
  void operator()(char* memory) const noexcept { large_memory_detail::release(memory, bytes); }
};
using LargeBlock = std::unique_ptr<char, ReleaseLarge>;

inline LargeBlock make_large_block(std::size_t bytes) {
  return {LargeMemory<char>().allocate(bytes), ReleaseLarge{bytes}};
}

}  // namespace sluice
