#include "stages/support/group_table.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice {
namespace {

constexpr std::size_t first_slots = 64;
/// Status codes, hours, ports of interest: found by looking them up instead of hashing.
constexpr std::size_t small_integers = 1024;
/// Rows whose slots are fetched from memory together.
constexpr std::size_t block_rows = 64;
/// Tables of so few groups are in the processor's cache anyway.
constexpr std::size_t cached_groups = 4096;

}  // namespace

GroupTable::GroupTable(std::size_t key_cells, const HashSeed& seed)
    : key_cells_(key_cells),
      seed_(seed),
      slots_(first_slots),
      small_(key_cells == 1 ? small_integers : 0),
      key_(key_cells) {}

std::uint64_t GroupTable::hash(std::span<const Cell> key) const noexcept {
  std::uint64_t hash = 0;
  for (const Cell& cell : key) hash = hash_more(hash, hash_key(cell, seed_));
  return hash;
}

std::uint32_t GroupTable::find_or_add(std::span<const Cell> key) {
  std::ranges::transform(key, key_.begin(), key_cell);
  return find_or_add(key_, hash(key_));
}

std::uint32_t GroupTable::find_or_add(std::span<const Cell> key, std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  const auto tag = static_cast<std::uint32_t>(hash >> 32U);
  for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
    const Slot found = slots_[slot];
    if (found.group == 0) {
      slots_[slot] = {tag, add(key, hash) + 1};
      if (slots_.size() < 2 * size()) grow();
      return static_cast<std::uint32_t>(size() - 1);
    }
    if (found.tag != tag) continue;
    const std::uint32_t group = found.group - 1;
    if (std::ranges::equal(key, this->key(group), same_key)) return group;
  }
}

std::uint32_t GroupTable::small_integer(std::int64_t value) {
  std::uint32_t& known = small_[static_cast<std::size_t>(value)];
  if (known == 0) {
    const Cell key = Cell::integer(value);
    known = find_or_add({&key, 1}) + 1;
  }
  return known - 1;
}

void GroupTable::find_or_add(std::span<const Cell* const> columns,
                             std::span<const std::uint32_t> rows,
                             std::vector<std::uint32_t>& groups) {
  groups.resize(rows.size());
  if (rows.empty()) return;
  if (columns.empty()) {
    std::ranges::fill(groups, find_or_add(std::span<const Cell>()));
    return;
  }
  std::size_t done = 0;
  if (columns.size() == 1) {
    const Cell* cells = columns.front();
    for (; done < rows.size(); ++done) {
      const Cell& cell = cells[rows[done]];
      if (cell.type() != Cell::Type::integer ||
          static_cast<std::uint64_t>(cell.integer()) >= small_integers) {
        break;
      }
      groups[done] = small_integer(cell.integer());
    }
  }
  for (std::size_t count = 0; done < rows.size(); done += count) {
    count = std::min(block_rows, rows.size() - done);
    find_block(columns, rows.subspan(done, count), groups.data() + done);
  }
}

void GroupTable::find_or_add(const GroupTable& other, std::vector<std::uint32_t>& groups) {
  groups.resize(other.size());
  if (seed_ != other.seed_) {
    for (std::uint32_t i = 0; i < other.size(); ++i) groups[i] = find_or_add(other.key(i));
    return;
  }
  std::size_t count = 0;
  for (std::size_t done = 0; done < groups.size(); done += count) {
    count = std::min(block_rows, groups.size() - done);
    fetch({other.hashes_.data() + done, count});
    for (std::size_t i = done; i < done + count; ++i) {
      groups[i] = find_or_add(other.key(static_cast<std::uint32_t>(i)), other.hashes_[i]);
    }
  }
}

void GroupTable::find_block(std::span<const Cell* const> columns,
                            std::span<const std::uint32_t> rows, std::uint32_t* groups) {
  std::array<std::uint64_t, block_rows> hashes{};
  for (const Cell* cells : columns) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      hashes[i] = hash_more(hashes[i], hash_key(key_cell(cells[rows[i]]), seed_));
    }
  }
  fetch({hashes.data(), rows.size()});
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t part = 0; part < columns.size(); ++part) {
      key_[part] = key_cell(columns[part][rows[i]]);
    }
    groups[i] = find_or_add(key_, hashes[i]);
  }
}

// One key after the other would wait for slot, cells and text each time; so all slots come at once,
// then all cells, then all texts.
void GroupTable::fetch(std::span<const std::uint64_t> hashes) const noexcept {
  if (size() < cached_groups) return;
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint64_t hash : hashes) __builtin_prefetch(&slots_[hash & mask]);
  std::array<const Cell*, block_rows> likely{};
  std::size_t count = 0;
  for (const std::uint64_t hash : hashes) {
    const Slot slot = slots_[hash & mask];
    if (slot.group == 0 || slot.tag != static_cast<std::uint32_t>(hash >> 32U)) continue;
    likely[count] = key(slot.group - 1).data();
    __builtin_prefetch(likely[count++]);
  }
  if (key_cells_ == 0) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (likely[i]->type() == Cell::Type::text) __builtin_prefetch(likely[i]->text().data());
  }
}

std::uint32_t GroupTable::add(std::span<const Cell> key, std::uint64_t hash) {
  const auto store = [this](std::string_view text) {
    char* copy = texts_.allocate(text.size());
    std::ranges::copy(text, copy);  // not memcpy: an empty text may be null
    return std::string_view(copy, text.size());
  };
  hashes_.push_back(hash);
  for (Cell cell : key) {
    if (cell.type() == Cell::Type::text) cell = Cell::text(store(cell.text()));
    if (cell.type() == Cell::Type::json) cell = Cell::json(store(cell.text()));
    if (cell.type() == Cell::Type::decimal) cell = Cell::decimal(store(cell.text()));
    cells_.push_back(cell);
  }
  return static_cast<std::uint32_t>(size() - 1);
}

void GroupTable::grow() {
  slots_.assign(2 * slots_.size(), {});
  const std::size_t mask = slots_.size() - 1;
  for (std::uint32_t group = 0; group < size(); ++group) {
    std::size_t slot = hashes_[group] & mask;
    while (slots_[slot].group != 0) slot = (slot + 1) & mask;
    slots_[slot] = {static_cast<std::uint32_t>(hashes_[group] >> 32U), group + 1};
  }
}

}  // namespace sluice
