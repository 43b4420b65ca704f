// The wanted records of a batch one by one, in either form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/data/batch.h"

namespace sluice {

/// Calls visit(std::string_view) for the text of each wanted record, without its line end, in
/// order.
template <class Visit>
void for_each_record_text(const Batch& batch, Visit visit) {
  if (batch.is_table()) {
    for (const std::uint32_t row : batch.selection()) visit(batch.text(batch.rows()[row]));
    return;
  }
  batch.for_each_piece([&](std::string_view piece) {
    while (!piece.empty()) {
      const std::size_t end = piece.find('\n');
      std::string_view line = piece.substr(0, end);
      piece.remove_prefix(end == std::string_view::npos ? piece.size() : end + 1);
      if (line.ends_with('\r') && end != std::string_view::npos) line.remove_suffix(1);
      visit(line);
    }
  });
}

}  // namespace sluice
