#include "stages/support/key_window.h"

#include <utility>

namespace sluice {
namespace {

constexpr std::size_t first_slots = 64;

}  // namespace

KeyWindow::KeyWindow(std::size_t most) : most_(most), slots_(first_slots) {}

std::size_t KeyWindow::find(KeyPrint key) const noexcept {
  std::size_t slot = home(key);
  while (slots_[slot] != 0 && keys_[slots_[slot] - 1] != key) slot = next(slot);
  return slot;
}

bool KeyWindow::add(KeyPrint key) {
  std::size_t slot = find(key);
  if (slots_[slot] != 0) return false;
  if (keys_.size() < most_) {
    keys_.push_back(key);
    slots_[slot] = static_cast<std::uint32_t>(keys_.size());
    if (2 * keys_.size() > slots_.size()) grow();
    return true;
  }
  forget(keys_[oldest_]);
  ++forgotten_;
  keys_[oldest_] = key;
  slot = find(key);  // Others may have moved.
  slots_[slot] = static_cast<std::uint32_t>(oldest_ + 1);
  oldest_ = (oldest_ + 1) % most_;
  return true;
}

void KeyWindow::grow() {
  slots_.assign(2 * slots_.size(), 0);
  for (std::uint32_t i = 0; i < keys_.size(); ++i) slots_[find(keys_[i])] = i + 1;
}

/// Closes the gap, so that whoever was pushed past it is found.
void KeyWindow::forget(KeyPrint key) noexcept {
  std::size_t gap = find(key);
  slots_[gap] = 0;
  for (std::size_t slot = next(gap); slots_[slot] != 0; slot = next(slot)) {
    const std::size_t wanted = home(keys_[slots_[slot] - 1]);
    const std::size_t mask = slots_.size() - 1;
    // It may go to the gap if that is not in front of where it wants to be.
    if (((slot - wanted) & mask) < ((slot - gap) & mask)) continue;
    slots_[gap] = std::exchange(slots_[slot], 0);
    gap = slot;
  }
}

}  // namespace sluice
