// A mistake in a config, with its place, a stable code and a hint; and how a person sees it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/value.h"

namespace sluice {

struct Diagnostic {
  std::string code;     ///< Stable, for scripts: "option.unknown", "yaml.duplicate_key", ...
  std::string message;  ///< Lower case, no full stop: "unknown option 'pth' for sink 'file'".
  std::string hint;     ///< Shown beside the caret: "did you mean 'path'?". May be empty.
  Mark mark;
};

/// All mistakes found in one config, in the order found. Nothing is thrown and nothing stops at the
/// first one.
class Diagnostics {
 public:
  void add(std::string code, Mark mark, std::string message, std::string hint = {});
  bool empty() const noexcept { return all_.empty(); }
  const std::vector<Diagnostic>& all() const noexcept { return all_; }

  /// By line, then column; equal places keep the order found. Exact repeats are dropped.
  void sort();

 private:
  std::vector<Diagnostic> all_;
};

/// The text a person reads:
///
///   error: unknown option 'pth' for sink 'file'
///     --> pipelines.yaml:14:9
///      |
///   14 |         pth: out.jsonl
///      |         ^^^ did you mean 'path'?
///
/// `source` is the text that the marks count in. Without a line (mark.line == 0) only the first
/// line and the hint are written. The quoted source line is escaped. Ends with a newline.
std::string render(const Diagnostic& diagnostic, std::string_view file_name,
                   std::string_view source);

/// The candidate nearest to `word` by Damerau-Levenshtein distance, if it is near enough to be a
/// slip of the keyboard (at most max(1, length / 3) edits); else empty.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean 'X'?" for the nearest candidate, or empty.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace sluice
