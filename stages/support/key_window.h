// Which keys have been seen lately: the last so many different ones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice {

/// What stands for a key. Two keys with the same one are taken for the same.
struct KeyPrint {
  std::uint64_t low = 0;
  std::uint32_t high = 0;
  friend constexpr bool operator==(const KeyPrint&, const KeyPrint&) = default;
};

/// Remembers keys in the order in which they were first seen, and forgets the oldest when there are
/// too many. Takes at most 32 bytes a key. One thread at a time.
class KeyWindow {
 public:
  /// REQUIRES: most > 0.
  explicit KeyWindow(std::size_t most);

  /// True when the key is not there; then it is from now on.
  bool add(KeyPrint key);
  /// Fetches from memory what add() will look at first.
  void prefetch(KeyPrint key) const noexcept { __builtin_prefetch(&slots_[home(key)]); }

  std::size_t size() const noexcept { return keys_.size(); }
  std::uint64_t forgotten() const noexcept { return forgotten_; }

 private:
  std::size_t home(KeyPrint key) const noexcept { return key.low & (slots_.size() - 1); }
  std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (slots_.size() - 1); }
  /// Where the key is, or the free slot where it would be.
  std::size_t find(KeyPrint key) const noexcept;
  void grow();
  void forget(KeyPrint key) noexcept;

  std::size_t most_;
  std::vector<KeyPrint> keys_;        ///< A ring once it is full.
  std::size_t oldest_ = 0;            ///< Of a full ring.
  std::vector<std::uint32_t> slots_;  ///< Number in keys_ plus one; 0: free. At most half full.
  std::uint64_t forgotten_ = 0;
};

}  // namespace sluice
