// Columns of plain text, aligned.
#pragma once

#include <string>
#include <vector>

namespace sluice {

/// Rows of cells; every column is as wide as its widest cell.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> head) : rows_{std::move(head)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  /// Each line begins with two spaces and has none at its end.
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace sluice
