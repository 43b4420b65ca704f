#include "stages/support/line_matcher.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "stages/support/regex_plan.h"

namespace sluice {
namespace {

constexpr std::int64_t regex_memory_bytes = std::int64_t{64} << 20;

// A part of a regex that is expected in more than one position of this many is in most lines: the
// regex engine is faster over the whole chunk than called for each of them.
constexpr double worthwhile_rate = 1.0 / 256;

re2::RE2::Options options_for(RegexUnit unit) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(regex_memory_bytes);
  if (unit == RegexUnit::byte) options.set_encoding(re2::RE2::Options::EncodingLatin1);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// `end`, or the position in front of it if the text from `begin` to `end` ends in `byte`.
std::size_t without_last(std::string_view text, std::size_t begin, std::size_t end, char byte) {
  return end > begin && text[end - 1] == byte ? end - 1 : end;
}

}  // namespace

// Where a condition may hold. `end` is not in front of the end of what was found. If it lies behind
// a '\r' that ends the line, the hit proves nothing and the line itself is asked.
struct LineMatcher::Hit {
  std::size_t begin = npos;
  std::size_t end = npos;
};

// Turns matching lines, or those between them, into slices.
class LineMatcher::KeptLines {
 public:
  KeptLines(std::uint32_t base, bool invert, std::vector<Slice>& kept)
      : base_(base), invert_(invert), kept_(kept) {}

  // The matching lines from `begin` to `end`, behind all lines given so far.
  void add(std::size_t begin, std::size_t end) {
    if (begin != run_end_) {
      append(invert_ ? run_end_ : run_begin_, invert_ ? begin : run_end_);
      run_begin_ = begin;
    }
    run_end_ = end;
  }

  void finish(std::size_t text_end) {
    append(invert_ ? run_end_ : run_begin_, invert_ ? text_end : run_end_);
  }

 private:
  void append(std::size_t begin, std::size_t end) {
    if (begin == end) return;
    kept_.push_back(
        {base_ + static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)});
  }

  std::uint32_t base_;
  bool invert_;
  std::vector<Slice>& kept_;
  std::size_t run_begin_ = 0;
  std::size_t run_end_ = 0;
};

Result<LineMatcher> LineMatcher::make(const MatchRule& rule) {
  LineMatcher matcher;
  matcher.invert_ = rule.invert;
  for (const std::string& literal : rule.contains) matcher.add_literal(literal);
  if (!rule.any_of.empty()) matcher.add_any_of(rule.any_of);
  if (rule.regex) {
    Status status = matcher.add_regex(*rule.regex);
    if (!status) return std::move(status).error();
  }
  // A regex costs most, so it comes last and drives only if it is alone.
  const auto rate = [](const Condition& condition) {
    if (const auto* literal = std::get_if<LiteralFinder>(&condition)) {
      return literal->expected_rate();
    }
    const auto* literals = std::get_if<LiteralSetFinder>(&condition);
    return literals != nullptr ? literals->expected_rate() : 2.0;
  };
  std::stable_sort(matcher.conditions_.begin(), matcher.conditions_.end(),
                   [&](const Condition& a, const Condition& b) { return rate(a) < rate(b); });
  return matcher;
}

void LineMatcher::add_literal(const std::string& literal) {
  if (literal.empty()) return;
  if (literal.find('\n') != npos) never_ = true;
  conditions_.emplace_back(LiteralFinder(literal));
}

void LineMatcher::add_any_of(const std::vector<std::string>& literals) {
  std::vector<std::string_view> possible;
  for (const std::string& literal : literals) {
    if (literal.empty()) return;
    if (literal.find('\n') == npos) possible.emplace_back(literal);
  }
  if (possible.empty()) {
    never_ = true;
  } else if (possible.size() == 1) {
    conditions_.emplace_back(LiteralFinder(possible.front()));
  } else {
    conditions_.emplace_back(LiteralSetFinder(std::move(possible)));
  }
}

Status LineMatcher::add_regex(const std::string& pattern) {
  re2::RE2::Options options = options_for(unit_of(pattern));
  auto line = std::make_shared<const re2::RE2>(pattern, options);
  if (!line->ok()) {
    return Error{.code = ErrorCode::bad_config,
                 .message = "the regex '" + pattern + "' is not valid: " + line->error(),
                 .pipeline = {},
                 .stage = {},
                 .file = {},
                 .offset = {}};
  }
  RegexPlan plan = plan_regex(pattern);
  if (!plan.sequence.empty()) {
    // The kernel compares a literal faster than as many sets of one byte.
    const bool literal =
        plan.factors.size() == 1 && plan.factors.front().size() == plan.sequence.size();
    conditions_.emplace_back(literal ? LiteralFinder(plan.factors.front())
                                     : LiteralFinder(std::move(plan.sequence)));
    return Done{};
  }
  if (!plan.alternatives.empty()) {
    add_any_of(plan.alternatives);
    return Done{};
  }
  for (const std::string& factor : plan.factors) {
    LiteralFinder finder(factor);
    if (finder.expected_rate() < worthwhile_rate) conditions_.emplace_back(std::move(finder));
  }
  std::shared_ptr<const re2::RE2> chunk;
  if (plan.chunk_pattern) {
    options.set_never_nl(true);
    chunk = std::make_shared<const re2::RE2>(*plan.chunk_pattern, options);
    if (!chunk->ok()) chunk.reset();
  }
  conditions_.emplace_back(Regex{std::move(line), std::move(chunk)});
  return Done{};
}

LineMatcher::Hit LineMatcher::find(const LiteralFinder& literal, std::string_view text,
                                   std::size_t from) {
  const std::size_t at = literal.find(text, from);
  return {at, at + literal.length()};
}

LineMatcher::Hit LineMatcher::find(const LiteralSetFinder& literals, std::string_view text,
                                   std::size_t from) {
  const std::size_t at = literals.find(text, from);
  return {at, at + literals.max_length()};
}

LineMatcher::Hit LineMatcher::find(const Regex& regex, std::string_view text, std::size_t from) {
  if (regex.chunk == nullptr) return {from, npos};
  // RE2 sees only the rest of the text, whose beginning is that of a line.
  const re2::StringPiece rest = piece(text.substr(from));
  re2::StringPiece match;
  if (!regex.chunk->Match(rest, 0, rest.size(), re2::RE2::UNANCHORED, &match, 1)) return {};
  const std::size_t at = from + static_cast<std::size_t>(match.data() - rest.data());
  return {at, at + match.size()};
}

bool LineMatcher::holds(const Condition& condition, std::string_view line) {
  if (const auto* regex = std::get_if<Regex>(&condition)) {
    return regex->line->Match(piece(line), 0, line.size(), re2::RE2::UNANCHORED, nullptr, 0);
  }
  if (const auto* literal = std::get_if<LiteralFinder>(&condition)) {
    return literal->find(line) != npos;
  }
  return std::get<LiteralSetFinder>(condition).find(line) != npos;
}

bool LineMatcher::holds_from(std::size_t first_condition, std::string_view line) const {
  for (std::size_t i = first_condition; i < conditions_.size(); ++i) {
    if (!holds(conditions_[i], line)) return false;
  }
  return true;
}

bool LineMatcher::match_line(std::string_view line_without_line_end) const {
  return (!never_ && holds_from(0, line_without_line_end)) != invert_;
}

template <class Driver>
std::uint64_t LineMatcher::match_driven(const Driver& driver, std::string_view text,
                                        KeptLines& kept) const {
  std::uint64_t matched = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Hit hit = find(driver, text, at);
    if (hit.begin == npos) break;
    const std::size_t before = find_last_newline(text.substr(at, hit.begin - at));
    const std::size_t begin = before == npos ? at : at + before + 1;
    // An empty match behind the last '\n' is not in any line.
    if (begin == text.size()) break;
    const std::size_t newline = find_newline(text, hit.begin);
    const std::size_t end = newline == npos ? text.size() : newline + 1;
    const std::size_t text_end = without_last(text, begin, end, '\n');
    const std::size_t proof_end = without_last(text, begin, text_end, '\r');
    const std::size_t line_end = newline == npos ? end : proof_end;
    const std::string_view line = text.substr(begin, line_end - begin);
    if (holds_from(hit.end <= proof_end ? 1 : 0, line)) {
      kept.add(begin, end);
      ++matched;
    }
    at = end;
  }
  return matched;
}

std::uint64_t LineMatcher::match_chunk(std::string_view text, std::uint32_t base,
                                       std::uint64_t total_lines, std::vector<Slice>& kept) const {
  if (text.empty()) return 0;
  KeptLines lines(base, invert_, kept);
  const bool always = !never_ && conditions_.empty();
  if (total_lines == 0 && (invert_ || always)) {
    total_lines = count_newlines(text) + (text.back() == '\n' ? 0 : 1);
  }
  std::uint64_t matched = 0;
  if (always) {
    lines.add(0, text.size());
    matched = total_lines;
  } else if (!never_) {
    matched = std::visit([&](const auto& driver) { return match_driven(driver, text, lines); },
                         conditions_.front());
  }
  lines.finish(text.size());
  return invert_ ? total_lines - matched : matched;
}

}  // namespace sluice
