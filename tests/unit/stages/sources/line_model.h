// What the sources must make of a text, written as plainly as possible, and texts to try.
#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// The records of `text`, with their line ends. `oversize` as the option has it; with "fail" the
/// lines that are too long are kept.
inline std::vector<std::string> model_records(std::string_view text, std::size_t max_record,
                                              std::string_view oversize) {
  std::vector<std::string> records;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    const std::size_t end = newline == std::string_view::npos ? text.size() : newline + 1;
    std::string_view content = text.substr(0, end);
    if (content.ends_with("\r\n")) {
      content.remove_suffix(2);
    } else if (content.ends_with('\n')) {
      content.remove_suffix(1);
    }
    if (content.size() <= max_record || oversize == "fail") {
      records.emplace_back(text.substr(0, end));
    } else if (oversize == "truncate") {
      records.push_back(std::string(content.substr(0, max_record)) + "\n");
    }
    text.remove_prefix(end);
  }
  return records;
}

inline std::string join(const std::vector<std::string>& records) {
  std::string all;
  for (const std::string& record : records) all += record;
  return all;
}

/// About `size` bytes: empty lines, CR LF, lone CRs, NULs, lengths near `max_record`, and sometimes
/// no line end at the end.
inline std::string random_text(std::mt19937& random, std::size_t size, std::size_t max_record) {
  const auto below = [&](std::size_t count) {
    return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
  };
  constexpr std::string_view alphabet("abc \r\0\xff", 7);
  std::string text;
  while (text.size() < size) {
    std::size_t length = below(80);
    if (below(10) == 0) length = 0;
    if (below(20) == 0) length = max_record + below(5) - std::min<std::size_t>(max_record, 2);
    if (below(60) == 0) length = below(size / 2 + 1);
    for (std::size_t i = 0; i < length; ++i) text += alphabet[below(alphabet.size())];
    if (below(3) == 0) text += '\r';
    text += '\n';
  }
  if (below(2) == 0) text.pop_back();
  return text;
}

}  // namespace sluice
