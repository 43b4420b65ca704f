#include "engine/base/diagnostic.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <tuple>
#include <utility>

#include "engine/base/escape.h"
#include "engine/base/utf8.h"

namespace sluice {
namespace {

/// Source lines are quoted up to this many columns; a longer one is shown around its mark.
constexpr std::size_t quoted_columns = 160;
constexpr std::size_t columns_before_mark = 60;
/// Longer words are not slips of the keyboard, and comparing them costs their product.
constexpr std::size_t longest_word_bytes = 64;

/// Safe for a terminal, but with backslashes as they are: the reader compares with the file.
std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t step = std::max<std::size_t>(1, utf8_length(text));
    const std::string_view piece = text.substr(0, step);
    out += piece == "\\" ? std::string(piece) : escape(piece);
    text.remove_prefix(step);
  }
  return out;
}

/// Line `number` (1-based) of `source` without its end; "\n", "\r\n" and "\r" end a line, as in
/// YAML.
std::string_view source_line(std::string_view source, std::uint32_t number) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (source.substr(0, byte_order_mark.size()) == byte_order_mark) {
    source.remove_prefix(byte_order_mark.size());
  }
  for (;; --number) {
    const std::size_t end = source.find_first_of("\r\n");
    if (number <= 1) return source.substr(0, end);
    if (end == std::string_view::npos) return {};
    const bool two_bytes = source.substr(end, 2) == "\r\n";
    source.remove_prefix(end + (two_bytes ? 2 : 1));
  }
}

/// Splits off the first `columns` code points of `text`.
std::string_view take_columns(std::string_view& text, std::size_t columns) {
  std::size_t bytes = 0;
  while (columns-- > 0 && bytes < text.size()) {
    bytes += std::max<std::size_t>(1, utf8_length(text.substr(bytes)));
  }
  const std::string_view taken = text.substr(0, bytes);
  text.remove_prefix(bytes);
  return taken;
}

/// The quoted line and, under it, the carets.
struct Excerpt {
  std::string line;
  std::string carets;
};

Excerpt excerpt_of(std::string_view line, const Mark& mark) {
  // One column per tab keeps the carets in place whatever the terminal's tab stops are.
  std::string spaced(line);
  std::replace(spaced.begin(), spaced.end(), '\t', ' ');

  std::string_view rest = spaced;
  const std::size_t column = std::max<std::size_t>(1, mark.column) - 1;
  std::size_t before = column;
  Excerpt excerpt;
  if (column + mark.length > quoted_columns && column > columns_before_mark) {
    take_columns(rest, column - columns_before_mark);
    before = columns_before_mark;
    excerpt.line = "...";
  }
  excerpt.line += printable(take_columns(rest, before));
  excerpt.carets.assign(utf8_count(excerpt.line), ' ');
  const std::string marked =
      printable(take_columns(rest, std::min<std::size_t>(mark.length, quoted_columns - before)));
  excerpt.line += marked;
  excerpt.carets.append(std::max<std::size_t>(1, utf8_count(marked)), '^');
  excerpt.line += printable(take_columns(rest, quoted_columns - before));
  if (!rest.empty()) excerpt.line += "...";
  return excerpt;
}

/// Edits that turn `a` into `b`: insert, delete, replace, swap two neighbours (optimal string
/// alignment, the restricted Damerau-Levenshtein distance).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row_before_last(b.size() + 1);
  std::vector<std::size_t> last_row(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(row_before_last, last_row);
    std::swap(last_row, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last_row[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last_row[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], row_before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

void Diagnostics::add(std::string code, Mark mark, std::string message, std::string hint) {
  all_.push_back({std::move(code), std::move(message), std::move(hint), mark});
}

void Diagnostics::sort() {
  std::stable_sort(all_.begin(), all_.end(), [](const Diagnostic& a, const Diagnostic& b) {
    return std::tie(a.mark.line, a.mark.column) < std::tie(b.mark.line, b.mark.column);
  });
  using Identity = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::string_view,
                              std::string_view, std::string_view>;
  std::set<Identity> seen;
  std::vector<Diagnostic> kept;
  kept.reserve(all_.size());  // `seen` points into the elements: they must not move.
  for (Diagnostic& d : all_) {
    kept.push_back(std::move(d));
    const Diagnostic& last = kept.back();
    const bool is_new = seen.emplace(last.mark.line, last.mark.column, last.mark.length, last.code,
                                     last.message, last.hint)
                            .second;
    if (!is_new) kept.pop_back();
  }
  all_ = std::move(kept);
}

std::string render(const Diagnostic& diagnostic, std::string_view file_name,
                   std::string_view source) {
  const Mark& mark = diagnostic.mark;
  const std::string hint = printable(diagnostic.hint);
  std::string out = "error: " + printable(diagnostic.message) + "\n";
  if (mark.line == 0) {
    if (!hint.empty()) out += "  hint: " + hint + "\n";
    return out;
  }
  const std::string number = std::to_string(mark.line);
  const std::string gutter(number.size(), ' ');
  const Excerpt excerpt = excerpt_of(source_line(source, mark.line), mark);
  out += gutter + "--> " + printable(file_name) + ":" + number + ":" + std::to_string(mark.column);
  out += "\n" + gutter + " |\n";
  out += number + " | " + excerpt.line + "\n";
  out += gutter + " | " + excerpt.carets;
  if (!hint.empty()) out += " " + hint;
  return out + "\n";
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > longest_word_bytes) return {};
  const std::size_t limit = std::max<std::size_t>(1, word.size() / 3);
  std::size_t best_distance = limit + 1;
  std::string_view best;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > word.size() + limit || word.size() > candidate.size() + limit) continue;
    const std::size_t distance = edit_distance(word, candidate);
    // As many edits as letters is another word, not a slip.
    if (distance < best_distance && distance < word.size()) {
      best_distance = distance;
      best = candidate;
    }
  }
  return std::string(best);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string found = nearest(word, candidates);
  return found.empty() ? std::string() : "did you mean '" + found + "'?";
}

}  // namespace sluice
