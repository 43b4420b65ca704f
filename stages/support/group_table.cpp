#include "stages/support/group_table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>

namespace sluice {
namespace {

constexpr std::size_t first_slots = 64;

template <class Number>
void append_bytes(std::string& out, Number number) {
  char bytes[sizeof number];  // NOLINT(*-c-arrays): of a known size.
  std::memcpy(bytes, &number, sizeof number);
  out.append(bytes, sizeof number);
}

/// A double that is an integer counts as that integer.
Cell normalized(const Cell& cell) noexcept {
  if (cell.type() != Cell::Type::real) return cell;
  constexpr double limit = 9007199254740992.0;  // 2^53
  const double value = cell.real();
  if (!(value > -limit && value < limit)) return cell;
  const auto integer = static_cast<std::int64_t>(value);
  return static_cast<double>(integer) == value ? Cell::integer(integer) : cell;
}

}  // namespace

void GroupTable::encode(std::span<const Cell> key) {
  encoded_.clear();
  for (const Cell& cell : key) {
    const Cell value = normalized(cell);
    encoded_ += static_cast<char>(value.type());
    switch (value.type()) {
      case Cell::Type::missing:
      case Cell::Type::null:
        break;
      case Cell::Type::boolean:
        encoded_ += value.boolean() ? '\1' : '\0';
        break;
      case Cell::Type::integer:
        append_bytes(encoded_, value.integer());
        break;
      case Cell::Type::real:
        append_bytes(encoded_, value.real());
        break;
      case Cell::Type::decimal:
      case Cell::Type::text:
      case Cell::Type::json:
        append_bytes(encoded_, static_cast<std::uint32_t>(value.text().size()));
        encoded_ += value.text();
        break;
      case Cell::Type::timestamp:
        append_bytes(encoded_, value.timestamp().seconds);
        append_bytes(encoded_, value.timestamp().nanoseconds);
        break;
      case Cell::Type::duration:
        append_bytes(encoded_, value.duration().seconds);
        append_bytes(encoded_, value.duration().nanoseconds);
        break;
    }
  }
}

std::uint32_t GroupTable::find_or_add(std::span<const Cell> key) {
  encode(key);
  if (slots_.size() < 2 * (groups_.size() + 1)) grow();
  const std::uint64_t hash = std::hash<std::string_view>{}(encoded_);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    if (slots_[slot] == 0) {
      slots_[slot] = add(key, hash) + 1;
      return slots_[slot] - 1;
    }
    const Group& group = groups_[slots_[slot] - 1];
    if (group.hash == hash && group.bytes == encoded_) return slots_[slot] - 1;
  }
}

std::uint32_t GroupTable::add(std::span<const Cell> key, std::uint64_t hash) {
  const auto store = [this](std::string_view text) {
    char* copy = texts_.allocate(text.size());
    std::ranges::copy(text, copy);  // not memcpy: without group_by the text is empty and null
    return std::string_view(copy, text.size());
  };
  groups_.push_back({hash, store(encoded_)});
  for (const Cell& cell : key) {
    Cell value = normalized(cell);
    if (value.type() == Cell::Type::text) value = Cell::text(store(value.text()));
    if (value.type() == Cell::Type::json) value = Cell::json(store(value.text()));
    if (value.type() == Cell::Type::decimal) value = Cell::decimal(store(value.text()));
    cells_.push_back(value);
  }
  return static_cast<std::uint32_t>(groups_.size() - 1);
}

void GroupTable::grow() {
  slots_.assign(slots_.empty() ? first_slots : 2 * slots_.size(), 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t group = 0; group < groups_.size(); ++group) {
    std::size_t slot = groups_[group].hash & mask;
    while (slots_[slot] != 0) slot = (slot + 1) & mask;
    slots_[slot] = group + 1;
  }
}

}  // namespace sluice
