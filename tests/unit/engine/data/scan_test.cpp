#include "engine/data/scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <new>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

std::vector<SimdLevel> levels() {
  std::vector<SimdLevel> all;
  for (const auto level : {SimdLevel::scalar, SimdLevel::avx2, SimdLevel::avx512bw}) {
    if (level <= best_simd_level()) all.push_back(level);
  }
  return all;
}

// A text at a chosen distance from a 64-byte border. The allocation ends where the text does, so
// that a sanitizer sees a read behind the end.
class AlignedText {
 public:
  AlignedText(std::string_view text, std::size_t shift) : begin_(shift % 64), size_(text.size()) {
    block_.reset(static_cast<char*>(::operator new(begin_ + size_, alignment)));
    std::copy(text.begin(), text.end(), block_.get() + begin_);
  }
  std::string_view view() const { return {block_.get() + begin_, size_}; }

 private:
  static constexpr std::align_val_t alignment{64};
  struct Free {
    void operator()(char* block) const noexcept { ::operator delete(block, alignment); }
  };

  std::unique_ptr<char, Free> block_;
  std::size_t begin_;
  std::size_t size_;
};

std::string random_text(std::mt19937& random, std::size_t size, std::string_view alphabet) {
  std::string text(size, '\0');
  for (char& c : text) c = alphabet[random() % alphabet.size()];
  return text;
}

std::size_t first_of(const std::vector<std::string_view>& literals, std::string_view text,
                     std::size_t from) {
  std::size_t first = npos;
  for (const auto literal : literals) first = std::min(first, text.find(literal, from));
  return first;
}

std::vector<Slice> lines_of(std::string_view text, std::uint32_t base, std::size_t max_lines) {
  std::vector<Slice> lines;
  for (std::size_t at = 0; at < text.size() && lines.size() < max_lines;) {
    const std::size_t newline = text.find('\n', at);
    const std::size_t end = newline == npos ? text.size() : newline + 1;
    lines.push_back({base + static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end - at)});
    at = end;
  }
  return lines;
}

TEST(Cpu, LevelsHaveNames) {
  EXPECT_EQ(name_of(SimdLevel::scalar), "scalar");
  EXPECT_EQ(name_of(SimdLevel::avx2), "avx2");
  EXPECT_EQ(name_of(SimdLevel::avx512bw), "avx512bw");
}

TEST(Scan, CountsAndCutsLinesOfEveryLengthAndAlignment) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::string content = random_text(random, size, "ab\n\r");
    const AlignedText text(content, size * 7 + random() % 70);
    const auto expected_count = std::count(content.begin(), content.end(), '\n');
    for (const SimdLevel level : levels()) {
      EXPECT_EQ(count_newlines(text.view(), level), static_cast<std::uint64_t>(expected_count));
      for (const std::size_t max_lines : {npos, std::size_t{0}, std::size_t{1}, size / 8}) {
        const auto expected = lines_of(content, 100, max_lines);
        std::vector<Slice> lines{{7, 7}};
        const std::size_t used = append_lines(text.view(), 100, lines, max_lines, level);
        ASSERT_EQ(lines.front(), (Slice{7, 7}));
        lines.erase(lines.begin());
        ASSERT_EQ(lines, expected) << name_of(level) << " size " << size << " max " << max_lines;
        const Slice end = expected.empty() ? Slice{100, 0} : expected.back();
        EXPECT_EQ(used, end.offset + end.length - 100);
      }
    }
  }
}

TEST(Scan, CountsLongTextsAtEveryAlignment) {
  const std::string content(100'000, '\n');
  for (std::size_t shift = 0; shift <= 70; ++shift) {
    for (const SimdLevel level : levels()) {
      EXPECT_EQ(count_newlines(std::string_view(content).substr(shift), level), 100'000 - shift);
    }
  }
}

TEST(Scan, AppendsMoreLinesThanOneStep) {
  std::string content;
  for (int i = 0; i < 10'000; ++i) content += "x\n";
  content += "end";
  for (const SimdLevel level : levels()) {
    std::vector<Slice> lines;
    EXPECT_EQ(append_lines(content, 0, lines, npos, level), content.size());
    EXPECT_EQ(lines, lines_of(content, 0, npos));
    lines.clear();
    EXPECT_EQ(append_lines(content, 0, lines, 4096, level), std::size_t{2 * 4096});
    EXPECT_EQ(lines.size(), 4096U);
  }
}

TEST(Scan, FindsBytes) {
  EXPECT_EQ(find_byte("", 'a'), npos);
  EXPECT_EQ(find_byte("abca", 'a'), 0U);
  EXPECT_EQ(find_byte("abca", 'a', 1), 3U);
  EXPECT_EQ(find_byte("abca", 'a', 4), npos);
  EXPECT_EQ(find_byte("ab\xff", '\xff'), 2U);
  EXPECT_EQ(find_last_byte("", 'a'), npos);
  EXPECT_EQ(find_last_byte("abca", 'a'), 3U);
  EXPECT_EQ(find_last_byte("abc", 'x'), npos);
}

TEST(Scan, FindsNewlines) {
  EXPECT_EQ(find_newline(""), npos);
  EXPECT_EQ(find_last_newline(""), npos);
  EXPECT_EQ(find_newline("ab\ncd\n"), 2U);
  EXPECT_EQ(find_newline("ab\ncd\n", 3), 5U);
  EXPECT_EQ(find_newline("ab\ncd", 5), npos);
  EXPECT_EQ(find_last_newline("ab\ncd"), 2U);
  EXPECT_EQ(find_last_newline("abcd"), npos);
}

TEST(LiteralFinder, FindsAHitAtEveryPositionAndAlignment) {
  for (const std::string_view literal : {"x", "xy", "x-z", "xABCDy", "x0123456789-0123456789y"}) {
    for (const SimdLevel level : levels()) {
      const LiteralFinder finder(literal, level);
      EXPECT_EQ(finder.length(), literal.size());
      for (std::size_t size = literal.size(); size <= 300; size += 13) {
        for (std::size_t at = 0; at + literal.size() <= size; ++at) {
          std::string content(size, '.');
          content.replace(at, literal.size(), literal);
          const AlignedText text(content, at + size);
          ASSERT_EQ(finder.find(text.view()), at) << name_of(level) << ' ' << literal;
          ASSERT_EQ(finder.find(text.view(), at), at);
          ASSERT_EQ(finder.find(text.view(), at + 1), npos);
        }
      }
    }
  }
}

TEST(LiteralFinder, AgreesWithPlainSearchOnRandomText) {
  std::mt19937 random(2);
  for (int round = 0; round < 3000; ++round) {
    const std::string content = random_text(random, random() % 300,
                                            "aab \0\n\xff"
                                            "5");
    const std::string literal = random_text(random, 1 + random() % 6, "ab \xff");
    const AlignedText text(content, random() % 70);
    for (const SimdLevel level : levels()) {
      const LiteralFinder finder(literal, level);
      for (std::size_t from = 0; from <= content.size() + 1; from += 1 + random() % 9) {
        ASSERT_EQ(finder.find(text.view(), from), content.find(literal, from));
      }
    }
  }
}

TEST(LiteralFinder, FindsSequencesOfByteSets) {
  ByteSet vowel;
  for (const char c : {'a', 'e', '\xe4'}) vowel.add(c);
  ByteSet any;
  any.complement();
  const std::vector<std::vector<ByteSet>> sequences = {
      {ByteSet::of(' '), ByteSet::of('5'), ByteSet::of('0'), ByteSet::range('0', '9')},
      {ByteSet::range('0', '9')},
      {vowel, any, vowel},
      {any},
      {ByteSet::of('5'), any, any, any, any, any, ByteSet::range('\x80', '\xff')},
      {ByteSet::of('5'), ByteSet{}},
  };
  std::mt19937 random(3);
  for (int round = 0; round < 500; ++round) {
    const std::string content = random_text(random, random() % 300, "ae5 0\xe4x");
    const AlignedText text(content, random() % 70);
    for (const auto& sequence : sequences) {
      const auto matches = [](const ByteSet& set, char byte) { return set.contains(byte); };
      const auto hit =
          std::search(content.begin(), content.end(), sequence.begin(), sequence.end(),
                      [&](char byte, const ByteSet& set) { return matches(set, byte); });
      const std::size_t expected =
          hit == content.end() ? npos : static_cast<std::size_t>(hit - content.begin());
      for (const SimdLevel level : levels()) {
        ASSERT_EQ(LiteralFinder(sequence, level).find(text.view()), expected) << name_of(level);
      }
    }
  }
}

TEST(LiteralFinder, ExpectsRareLiteralsLessOften) {
  EXPECT_LT(LiteralFinder("ERROR").expected_rate(), LiteralFinder("error").expected_rate());
  EXPECT_LT(LiteralFinder("error").expected_rate(), LiteralFinder("er").expected_rate());
  EXPECT_GT(LiteralFinder(std::string(5000, 'Q')).expected_rate(), 0.0);
  EXPECT_LE(LiteralSetFinder({"e", " ", "0", "1"}).expected_rate(), 1.0);
}

void expect_set_agrees(const std::vector<std::string>& owned, std::mt19937& random,
                       std::string_view alphabet) {
  const std::vector<std::string_view> literals(owned.begin(), owned.end());
  for (const SimdLevel level : levels()) {
    const LiteralSetFinder finder(literals, level);
    for (int round = 0; round < 20; ++round) {
      const std::string content = random_text(random, random() % 300, alphabet);
      const AlignedText text(content, random() % 70);
      for (std::size_t from = 0; from <= content.size() + 1; from += 1 + random() % 29) {
        ASSERT_EQ(finder.find(text.view(), from), first_of(literals, content, from))
            << name_of(level) << " of " << literals.size();
      }
    }
  }
}

TEST(LiteralSetFinder, AgreesWithPlainSearchOnRandomText) {
  std::mt19937 random(4);
  const std::string alphabet("abcdefgh\0\n\xff", 11);
  for (int round = 0; round < 150; ++round) {
    const std::size_t count = 1 + random() % (round % 5 == 0 ? 200 : 24);
    const std::size_t min_length = 1 + random() % 4;
    std::vector<std::string> literals;
    for (std::size_t i = 0; i < count; ++i) {
      literals.push_back(random_text(random, min_length + random() % 5, alphabet));
    }
    expect_set_agrees(literals, random, alphabet);
  }
}

TEST(LiteralSetFinder, FindsAHitAtEveryPositionAndAlignment) {
  const std::vector<std::string_view> literals = {"GET /", "POST", "/api/v1/orders"};
  for (const SimdLevel level : levels()) {
    const LiteralSetFinder finder(literals, level);
    EXPECT_EQ(finder.max_length(), 14U);
    for (std::size_t size = 14; size <= 300; size += 13) {
      for (std::size_t at = 0; at + 14 <= size; ++at) {
        for (const std::string_view literal : literals) {
          std::string content(size, '.');
          content.replace(at, literal.size(), literal);
          const AlignedText text(content, at);
          ASSERT_EQ(finder.find(text.view()), at) << name_of(level);
          ASSERT_EQ(finder.find(text.view(), at + 1), npos);
          // A literal that the text cuts short is none.
          ASSERT_EQ(finder.find(text.view().substr(0, at + literal.size() - 1)), npos);
        }
      }
    }
  }
}

}  // namespace
}  // namespace sluice
