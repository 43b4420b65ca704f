#include "stages/support/redactor.h"

#include <re2/re2.h>

#include <algorithm>
#include <cstring>

#include "stages/support/regex_plan.h"

namespace sluice {
namespace {

constexpr std::int64_t regex_memory_bytes = std::int64_t{64} << 20;

std::string_view name_of(Preset preset) {
  for (const auto& [name, value] : EnumNames<Preset>::names) {
    if (value == preset) return name;
  }
  return {};
}

/// The length of the shortest text that the pattern matches, or less.
std::size_t shortest_match(const std::string& pattern) {
  const RegexPlan plan = plan_regex(pattern);
  std::size_t shortest = std::max<std::size_t>(1, plan.sequence.size());
  for (const std::string& factor : plan.factors) shortest = std::max(shortest, factor.size());
  if (plan.alternatives.empty()) return shortest;
  const auto least = std::min_element(
      plan.alternatives.begin(), plan.alternatives.end(),
      [](const std::string& a, const std::string& b) { return a.size() < b.size(); });
  return std::max(shortest, least->size());
}

/// Makes one of spans that overlap, from number `first` on. They are in order.
void unite(std::vector<SensitiveSpan>& spans, std::size_t first) {
  if (spans.size() < first + 2) return;
  std::size_t last = first;
  for (std::size_t i = first + 1; i < spans.size(); ++i) {
    if (spans[i].begin < spans[last].end) {
      spans[last].end = std::max(spans[last].end, spans[i].end);
    } else {
      spans[++last] = spans[i];
    }
  }
  spans.resize(last + 1);
}

}  // namespace

struct Redactor::Pattern {
  Pattern(LineMatcher matcher, const std::string& pattern, const re2::RE2::Options& options)
      : lines(std::move(matcher)), regex(pattern, options) {}

  LineMatcher lines;  ///< Which lines are worth a look.
  re2::RE2 regex;
};

Redactor::Redactor(const RedactRules& rules)
    : scanner_(rules.presets), key_(HashKey::from(rules.key)) {
  for (const Preset preset : rules.presets) {
    add_rule(rules, name_of(preset), shortest_match(preset));
    has_cards_ = has_cards_ || preset == Preset::credit_card;
  }
}

void Redactor::add_rule(const RedactRules& rules, std::string_view name, std::size_t shortest) {
  Rule rule;
  rule.shortest = shortest;
  rule.is_hashed = rules.action == RedactAction::hash;
  if (rule.is_hashed) {
    rule.prefix = "[" + std::string(name) + ":";
  } else if (rules.action == RedactAction::mask) {
    rule.prefix = rules.mask.value_or("[" + std::string(name) + "]");
  }
  rules_.push_back(std::move(rule));
}

Result<Redactor> Redactor::make(const RedactRules& rules) {
  Redactor redactor(rules);
  for (const NamedPattern& pattern : rules.patterns) {
    if (Status status = redactor.add_pattern(rules, pattern); !status) {
      return std::move(status).error();
    }
  }
  return redactor;
}

Status Redactor::add_pattern(const RedactRules& rules, const NamedPattern& pattern) {
  MatchRule rule;
  rule.regex = pattern.regex;
  Result<LineMatcher> lines = LineMatcher::make(rule);
  if (!lines) return std::move(lines).error();
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(regex_memory_bytes);
  if (unit_of(pattern.regex) == RegexUnit::byte) {
    options.set_encoding(re2::RE2::Options::EncodingLatin1);
  }
  if (re2::RE2::FullMatch("", re2::RE2(pattern.regex, options))) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = "the regex '" + pattern.regex + "' matches the empty text; is + meant, not *?";
    return error;
  }
  patterns_.push_back(
      std::make_shared<const Pattern>(std::move(lines).value(), pattern.regex, options));
  add_rule(rules, pattern.name, shortest_match(pattern.regex));
  return Done{};
}

void Redactor::find(std::string_view text, std::uint32_t base,
                    std::vector<SensitiveSpan>& found) const {
  const std::size_t first = found.size();
  scanner_.scan(text, base, found);
  if (!patterns_.empty()) {
    const std::size_t of_presets = found.size();
    for (std::uint32_t i = 0; i < patterns_.size(); ++i) find_pattern(i, text, base, found);
    if (found.size() > of_presets) {
      std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end());
    }
  }
  unite(found, first);
}

void Redactor::find_pattern(std::uint32_t number, std::string_view text, std::uint32_t base,
                            std::vector<SensitiveSpan>& found) const {
  const Pattern& pattern = *patterns_[number];
  const auto rule = static_cast<std::uint32_t>(rules_.size() - patterns_.size() + number);
  std::vector<Slice> promising;
  pattern.lines.match_chunk(text, 0, 0, promising);
  for (const Slice slice : promising) {
    const std::size_t slice_end = slice.offset + slice.length;
    for (std::size_t begin = slice.offset; begin < slice_end;) {
      const std::size_t newline = find_newline(text.substr(0, slice_end), begin);
      const std::size_t next = newline == npos ? slice_end : newline + 1;
      std::string_view line = text.substr(begin, next - begin);
      if (line.ends_with('\n')) {
        line.remove_suffix(1);
        if (line.ends_with('\r')) line.remove_suffix(1);
      }
      const re2::StringPiece piece(line.data(), line.size());
      re2::StringPiece match;
      for (std::size_t at = 0; at <= line.size();) {
        if (!pattern.regex.Match(piece, at, line.size(), re2::RE2::UNANCHORED, &match, 1)) break;
        const auto from = static_cast<std::size_t>(match.data() - line.data());
        at = from + std::max<std::size_t>(match.size(), 1);
        if (match.empty()) continue;
        const auto place = static_cast<std::uint32_t>(base + begin + from);
        found.push_back({place, place + static_cast<std::uint32_t>(match.size()), rule});
      }
      begin = next;
    }
  }
}

char* Redactor::write_replacement(std::uint32_t number, std::string_view text,
                                  char* out) const noexcept {
  const Rule& rule = rules_[number];
  std::memcpy(out, rule.prefix.data(), rule.prefix.size());
  out += rule.prefix.size();
  if (!rule.is_hashed) return out;
  std::uint64_t hash = keyed_hash(text, key_);
  for (std::size_t i = 0; i < hash_letters; ++i, hash >>= 4) {
    *out++ = static_cast<char>('a' + static_cast<int>(hash & 15));
  }
  *out++ = ']';
  return out;
}

std::size_t Redactor::bound(std::size_t bytes, std::size_t extra) const noexcept {
  std::size_t growth = 0;
  for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
    const std::size_t size = replacement_size(rule) + extra;
    const std::size_t shortest = rules_[rule].shortest;
    if (size > shortest) growth = std::max(growth, bytes / shortest * (size - shortest));
  }
  return bytes + growth;
}

bool Redactor::concerns_numbers() const noexcept { return has_cards_ || !patterns_.empty(); }

}  // namespace sluice
