#include "stages/support/regex_plan.h"

#include <algorithm>
#include <cstdint>

namespace sluice {
namespace {

constexpr std::size_t max_sequence = 256;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// The byte that `\c` stands for, if that is a plain character.
std::optional<char> escaped_byte(char c) {
  switch (c) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case 'a':
      return '\a';
    default:
      if (is_letter(c) || is_digit(c) || !is_ascii(c)) return std::nullopt;
      return c;
  }
}

// The set that `\c` stands for, if it is a Perl class. The negated ones hold every other byte.
std::optional<ByteSet> perl_class(char c) {
  ByteSet set;
  switch (c) {
    case 'w':
    case 'W':
      set.add(ByteSet::range('a', 'z'));
      set.add(ByteSet::range('A', 'Z'));
      set.add('_');
      [[fallthrough]];
    case 'd':
    case 'D':
      set.add(ByteSet::range('0', '9'));
      break;
    case 's':
    case 'S':
      for (const char space : {'\t', '\n', '\f', '\r', ' '}) set.add(space);
      break;
    default:
      return std::nullopt;
  }
  if (c < 'a') set.complement();
  return set;
}

bool all_ascii(const ByteSet& set) {
  for (int b = 0x80; b < 256; ++b) {
    if (set.contains(static_cast<char>(b))) return false;
  }
  return true;
}

// One element of a pattern, without its repetition.
struct Atom {
  enum class Kind : std::uint8_t {
    bytes,        ///< Exactly these byte sets.
    other,        ///< Something that is not followed further: a group, an assertion, ...
    alternation,  ///< A '|' outside groups.
    unknown,      ///< Something that may change the meaning of what follows.
  };
  Kind kind = Kind::other;
  std::vector<ByteSet> bytes;
};

struct Repeat {
  bool exact = true;
  std::size_t times = 1;
};

class PatternReader {
 public:
  PatternReader(std::string_view pattern, RegexUnit unit) : pattern_(pattern), unit_(unit) {}

  bool at_end() const { return at_ >= pattern_.size(); }

  Atom read_atom() {
    const char c = pattern_[at_++];
    switch (c) {
      case '\\':
        return read_escape();
      case '[':
        return read_class();
      case '(':
        return read_group();
      case '|':
        return {Atom::Kind::alternation, {}};
      case '.': {
        ByteSet any;
        any.complement();
        return one_of(any);
      }
      case '^':
      case '$':
        return {};
      case ')':
      case '*':
      case '+':
      case '?':
        return {Atom::Kind::unknown, {}};
      default:
        return read_character();
    }
  }

  // Everything that repeats the atom just read. `{` begins a repetition only where RE2 says so.
  Repeat read_repeat() {
    Repeat repeat;
    while (!at_end()) {
      const char c = pattern_[at_];
      if (c == '*' || c == '+' || c == '?') {
        repeat.exact = false;
        ++at_;
        continue;
      }
      std::size_t after = at_ + 1;
      while (after < pattern_.size() && is_digit(pattern_[after])) ++after;
      const std::size_t digits = after - at_ - 1;
      if (c != '{' || digits == 0 || after == pattern_.size()) break;
      const bool range = pattern_[after] == ',';
      if (range) {
        ++after;
        while (after < pattern_.size() && is_digit(pattern_[after])) ++after;
      }
      if (after == pattern_.size() || pattern_[after] != '}') break;
      // A leading zero makes RE2 read the braces as text. Too rare to follow.
      const bool plain =
          !range && repeat.exact && repeat.times == 1 && digits <= 2 && pattern_[at_ + 1] != '0';
      repeat.exact = plain;
      if (plain) repeat.times = std::stoul(std::string(pattern_.substr(at_ + 1, digits)));
      at_ = after + 1;
    }
    return repeat;
  }

 private:
  Atom one_of(ByteSet set) const {
    if (unit_ == RegexUnit::utf8 && !all_ascii(set)) return {};
    set.remove('\n');
    return {Atom::Kind::bytes, {set}};
  }

  Atom read_character() {
    Atom atom{Atom::Kind::bytes, {}};
    std::size_t begin = at_ - 1;
    while (!at_end() && is_continuation(pattern_[at_])) ++at_;
    for (; begin < at_; ++begin) {
      ByteSet byte = ByteSet::of(pattern_[begin]);
      byte.remove('\n');
      atom.bytes.push_back(byte);
    }
    return atom;
  }

  Atom read_escape() {
    if (at_end()) return {Atom::Kind::unknown, {}};
    const char c = pattern_[at_++];
    if (const auto byte = escaped_byte(c)) return one_of(ByteSet::of(*byte));
    if (const auto set = perl_class(c)) return one_of(*set);
    // Letters without arguments that match nothing but a place.
    if (std::string_view("bBAz").find(c) != npos) return {};
    return {Atom::Kind::unknown, {}};
  }

  // Behind '(': skips to behind its ')'. A group that sets flags for what follows it is unknown.
  Atom read_group() {
    Atom unknown{Atom::Kind::unknown, {}};
    if (pattern_.substr(at_, 1) == "?") {
      const std::size_t end = pattern_.find_first_of(":)<", at_);
      if (end == npos || pattern_[end] == ')') return unknown;
    }
    for (int depth = 1; depth > 0;) {
      if (at_end()) return unknown;
      const char c = pattern_[at_++];
      if (c == '(') ++depth;
      if (c == ')') --depth;
      if (c == '[') read_class();
      if (c == '\\') {
        if (at_end() || pattern_[at_] == 'Q') return unknown;
        ++at_;
      }
    }
    return {};
  }

  // Behind '['. Always goes behind the closing ']', even if the class is not understood.
  Atom read_class() {
    ByteSet set;
    bool understood = true;
    const bool negated = pattern_.substr(at_, 1) == "^";
    if (negated) ++at_;
    for (bool first = true; !at_end() && (first || pattern_[at_] != ']'); first = false) {
      understood &= read_class_item(set);
    }
    ++at_;
    if (!understood) return {};
    if (negated) set.complement();
    return one_of(set);
  }

  // Adds one byte, range or Perl class to `set`. False if the item is anything else.
  bool read_class_item(ByteSet& set) {
    if (pattern_.substr(at_, 2) == "[:") {
      const std::size_t end = pattern_.find(":]", at_ + 2);
      if (end != npos) {
        at_ = end + 2;
        return false;
      }
    }
    if (pattern_[at_] == '\\' && at_ + 1 < pattern_.size()) {
      if (const auto perl = perl_class(pattern_[at_ + 1])) {
        at_ += 2;
        set.add(*perl);
        return true;
      }
    }
    const auto low = read_class_byte();
    const bool range =
        at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']';
    if (!range) {
      if (low) set.add(*low);
      return low.has_value();
    }
    ++at_;
    const auto high = read_class_byte();
    if (!low || !high || *low > *high) return false;
    set.add(ByteSet::range(*low, *high));
    return true;
  }

  std::optional<char> read_class_byte() {
    char c = pattern_[at_++];
    if (c == '\\' && !at_end()) {
      c = pattern_[at_++];
      return escaped_byte(c);
    }
    if (!is_ascii(c)) return std::nullopt;
    return c;
  }

  std::string_view pattern_;
  RegexUnit unit_;
  std::size_t at_ = 0;
};

// One alternative of a pattern.
struct Branch {
  std::vector<ByteSet> sequence;
  bool fixed = true;                 ///< `sequence` is all of it.
  std::vector<std::string> factors;  ///< The last one may still be growing, and may be empty.

  void add(const Atom& atom, Repeat repeat) {
    const std::size_t length = atom.bytes.size() * repeat.times;
    if (atom.kind != Atom::Kind::bytes || !repeat.exact || length > max_sequence ||
        sequence.size() > max_sequence) {
      fixed = false;
      factors.emplace_back();
      return;
    }
    for (; repeat.times > 0; --repeat.times) {
      for (const ByteSet& set : atom.bytes) add(set);
    }
  }

  std::optional<std::string> literal() const {
    if (!fixed || factors.size() != 1 || factors.front().empty()) return std::nullopt;
    return factors.front();
  }

 private:
  void add(const ByteSet& set) {
    sequence.push_back(set);
    if (factors.empty()) factors.emplace_back();
    if (const auto byte = only_byte(set)) {
      factors.back() += *byte;
    } else {
      factors.emplace_back();
    }
  }
};

// The alternatives outside groups, or nothing if the pattern is not understood.
std::vector<Branch> read_branches(std::string_view pattern) {
  PatternReader reader(pattern, unit_of(pattern));
  std::vector<Branch> branches(1);
  while (!reader.at_end()) {
    const Atom atom = reader.read_atom();
    if (atom.kind == Atom::Kind::unknown) return {};
    if (atom.kind == Atom::Kind::alternation) {
      branches.emplace_back();
    } else {
      branches.back().add(atom, reader.read_repeat());
    }
  }
  return branches;
}

// Behind the class that begins at `at`, which RE2 has accepted.
std::size_t class_end(std::string_view pattern, std::size_t at) {
  ++at;
  if (pattern.substr(at, 1) == "^") ++at;
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    const std::size_t named = pattern.substr(at, 2) == "[:" ? pattern.find(":]", at + 2) : npos;
    if (named != npos) {
      at = named + 2;
    } else {
      at += pattern[at] == '\\' ? 2 : 1;
    }
  }
  return std::min(at + 1, pattern.size());
}

// Translates the anchors of a line to those of a text with many lines, where a line may end in
// "\r\n". There the end of a line may take the '\r', and an assertion behind it would look at
// another place than in the line: such patterns have no translation.
class ChunkTranslator {
 public:
  explicit ChunkTranslator(std::string_view pattern) : pattern_(pattern) {}

  std::optional<std::string> translate() {
    for (std::size_t at = 0; at < pattern_.size() && possible_;) {
      const char c = pattern_[at];
      const std::size_t end = element_end(at);
      const std::string_view element = pattern_.substr(at, end - at);
      if (c == '(') enter_group(pattern_.substr(at));
      if (c == ')') --depth_;
      if (c == '|' && depth_ == 0) line_end_before_ = false;
      add(element);
      at = end;
    }
    if (!possible_ || (line_end_in_group_ && assertion_)) return std::nullopt;
    return std::move(result_);
  }

 private:
  std::size_t element_end(std::size_t at) const {
    if (pattern_[at] == '[') return class_end(pattern_, at);
    return std::min(at + (pattern_[at] == '\\' ? 2 : 1), pattern_.size());
  }

  void add(std::string_view element) {
    if (element == "$" || element == "\\z") {
      result_ += "(?:\\r?$)";
      line_end_before_ = true;
      line_end_in_group_ |= depth_ > 0;
      return;
    }
    if (element == "^" || element == "\\A" || element == "\\b" || element == "\\B") {
      assertion_ = true;
      if (line_end_before_) possible_ = false;
    }
    // Quoting is not followed here, and \C takes any byte.
    if (element == "\\Q" || element == "\\E" || element == "\\C") possible_ = false;
    result_ += element == "\\A" ? "^" : element;
  }

  // Flags that are turned off might undo the "(?m)" in front of all.
  void enter_group(std::string_view group) {
    ++depth_;
    if (group.substr(1, 1) != "?") return;
    if (group.substr(0, group.find_first_of(":)<")).find('-') != npos) possible_ = false;
  }

  std::string_view pattern_;
  std::string result_ = "(?m)";
  int depth_ = 0;
  bool possible_ = true;
  bool line_end_before_ = false;    // A '$' outside groups, earlier in this alternative.
  bool line_end_in_group_ = false;  // It may be repeated, so that any assertion may come behind it.
  bool assertion_ = false;
};

}  // namespace

RegexUnit unit_of(std::string_view pattern) noexcept {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (!is_ascii(pattern[at])) return RegexUnit::utf8;
    if (pattern[at] != '\\' || at + 1 == pattern.size()) continue;
    const char escaped = pattern[++at];
    if (escaped == 'p' || escaped == 'P') return RegexUnit::utf8;
    if (escaped == 'x' && pattern.substr(at + 1, 1) == "{") return RegexUnit::utf8;
  }
  return RegexUnit::byte;
}

std::optional<char> only_byte(const ByteSet& set) noexcept {
  if (set.size() != 1) return std::nullopt;
  int b = 0;
  while (!set.contains(static_cast<char>(b))) ++b;
  return static_cast<char>(b);
}

RegexPlan plan_regex(std::string_view pattern) {
  RegexPlan plan;
  plan.chunk_pattern = ChunkTranslator(pattern).translate();
  std::vector<Branch> branches = read_branches(pattern);
  if (branches.size() == 1) {
    Branch& only = branches.front();
    if (only.fixed) plan.sequence = std::move(only.sequence);
    plan.factors = std::move(only.factors);
    plan.factors.erase(std::remove(plan.factors.begin(), plan.factors.end(), std::string()),
                       plan.factors.end());
  } else {
    for (const Branch& branch : branches) {
      const auto literal = branch.literal();
      if (!literal) {
        plan.alternatives.clear();
        break;
      }
      plan.alternatives.push_back(*literal);
    }
  }
  return plan;
}

}  // namespace sluice
