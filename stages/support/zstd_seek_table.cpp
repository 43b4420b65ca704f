#include "stages/support/zstd_seek_table.h"

#include <cstddef>
#include <span>

#include "stages/support/little_endian.h"
#include "stages/support/zstd_format.h"

namespace sluice {
namespace {

constexpr std::uint32_t skippable_magic = 0x184d2a5e;
constexpr std::uint32_t table_magic = 0x8f92eab1;
constexpr std::size_t frame_limit = 0x8000000;
constexpr std::size_t footer_bytes = 9;

void append_u32(std::string& to, std::uint64_t number) {
  to.resize(to.size() + 4);
  write_little_endian(number, std::span(to).last(4));
}

}  // namespace

void ZstdSeekTable::add(std::string_view frame) {
  const auto header = read_zstd_header(frame);
  const std::uint64_t content = header && header->content ? *header->content : 0;
  entries_.push_back(
      {static_cast<std::uint32_t>(frame.size()), static_cast<std::uint32_t>(content)});
}

std::string ZstdSeekTable::encoded() const {
  std::string table;
  if (entries_.size() > frame_limit) return table;
  append_u32(table, skippable_magic);
  append_u32(table, entries_.size() * 8 + footer_bytes);
  for (const Entry entry : entries_) {
    append_u32(table, entry.stored);
    append_u32(table, entry.content);
  }
  append_u32(table, entries_.size());
  table += '\0';  // No checksums.
  append_u32(table, table_magic);
  return table;
}

}  // namespace sluice
