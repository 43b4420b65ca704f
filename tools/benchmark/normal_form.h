// Results of programs that write the same in different ways, made comparable.
#pragma once

#include <string>
#include <string_view>

#include "tools/benchmark/corpus.h"

namespace sluice::bench {

/// A table: a first line without a number in it is a heading and goes; commas,
/// tabs and spaces divide cells, a cell without text is 0, and lines are sorted.
std::string normal_table(std::string_view text);

/// JSON lines: without white space between tokens, and with every character written as itself that
/// JSON lets one write so. Numbers and the order of keys and lines stay.
std::string normal_json_lines(std::string_view text);

/// Compares two normal tables cell by cell; numbers may differ by a share of `tolerance`.
Comparison compare_tables(std::string_view first, std::string_view second, double tolerance);

}  // namespace sluice::bench
