// Texts of case files: escapes, generated bulk, and how two of them differ.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::cases {

/// The bytes that `text` stands for: \n \r \t \\ \xHH, and \{TEXT*N} for N times TEXT. Anything
/// else behind a backslash stays as it is.
std::string unescaped(std::string_view text);

/// `text`, which may be any bytes, so that unescaped() gives it back. Line ends stay.
std::string escaped(std::string_view text);

/// True if `text` cannot stand in a case file as it is.
bool needs_escapes(std::string_view text);

/// `text` N times, with %d replaced by the number of the repetition, from 1.
std::string repeated(std::string_view text, std::size_t times);

/// The lines of `text` without their ends; a last line without an end counts too.
std::vector<std::string> lines_of(std::string_view text);
std::string sorted_lines(std::string_view text);

/// What differs, for a person: "-" before what was expected, "+" before what came. Long texts are
/// cut. Empty when they are equal.
std::string difference(const std::string& expected, const std::string& actual);

}  // namespace sluice::cases
