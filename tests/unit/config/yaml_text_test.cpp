#include "config/yaml_text.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "config/document.h"
#include "tests/unit/config/diagnostic_text.h"

namespace sluice {
namespace {

Value text(std::string scalar) { return Value::scalar(std::move(scalar)); }

Value map(std::vector<std::pair<std::string, Value>> entries) {
  std::vector<Entry> all;
  for (auto& [key, value] : entries) all.push_back({key, {}, std::move(value)});
  return Value::map(std::move(all));
}

bool same(const Value& a, const Value& b) {
  if (a.kind() != b.kind() || a.text() != b.text()) return false;
  if (a.items().size() != b.items().size() || a.entries().size() != b.entries().size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.items().size(); ++i) {
    if (!same(a.items()[i], b.items()[i])) return false;
  }
  for (std::size_t i = 0; i < a.entries().size(); ++i) {
    const bool key = a.entries()[i].key == b.entries()[i].key;
    if (!key || !same(a.entries()[i].value, b.entries()[i].value)) return false;
  }
  return true;
}

/// Empty if `value` comes back as it is.
std::string lost(const Value& value) {
  const std::string written = yaml_text(value);
  Diagnostics diagnostics;
  const std::optional<Value> read = parse_document(written, diagnostics);
  if (!read || !diagnostics.empty()) return written + text_of(diagnostics);
  return same(value, *read) ? std::string() : written;
}

std::string random_text(std::mt19937& random) {
  static const std::vector<std::string> pieces{"a",
                                               "B7",
                                               " ",
                                               "  ",
                                               "!",
                                               "#",
                                               " #",
                                               ": ",
                                               ":",
                                               "'",
                                               "\"",
                                               "\\",
                                               "\n",
                                               "\t",
                                               "\r",
                                               "-",
                                               "- ",
                                               "?",
                                               "${x}",
                                               "$${",
                                               "null",
                                               "~",
                                               "0x1f",
                                               "1e3",
                                               "{",
                                               "}",
                                               "[",
                                               "]",
                                               ",",
                                               "&",
                                               "*",
                                               "|",
                                               ">",
                                               "%",
                                               "@",
                                               "`",
                                               "é",
                                               "日本",
                                               "🙂",
                                               "\xC2\x85",
                                               "\xC2\xA0",
                                               "\xE2\x80\xA8",
                                               "\xE2\x80\xA9",
                                               "\xEF\xBB\xBF",
                                               "\x01",
                                               "\x7F",
                                               "\xC2\x9F",
                                               "\xEF\xBF\xBF",
                                               "---",
                                               "...",
                                               "<<",
                                               "true",
                                               "/",
                                               ".",
                                               "=",
                                               "\r\n"};
  std::string made;
  const std::size_t count = random() % 6;
  for (std::size_t i = 0; i < count; ++i) made += pieces[random() % pieces.size()];
  return made;
}

Value random_value(std::mt19937& random, int depth) {
  const auto kind = random() % (depth > 0 ? 6U : 3U);
  if (kind == 0 && random() % 4 == 0) return {};
  if (kind <= 2) return text(random_text(random));
  const std::size_t count = random() % 4;
  if (kind <= 4) {
    std::vector<std::pair<std::string, Value>> entries;
    for (std::size_t i = 0; i < count; ++i) {
      entries.emplace_back(std::to_string(i) + random_text(random),
                           random_value(random, depth - 1));
    }
    // Every kind of key too; the first one cannot be a duplicate of these.
    if (!entries.empty()) entries.front().first = random_text(random) + "first";
    return map(std::move(entries));
  }
  std::vector<Value> items;
  for (std::size_t i = 0; i < count; ++i) items.push_back(random_value(random, depth - 1));
  return Value::list(std::move(items));
}

TEST(YamlText, IsAsAPersonWritesIt) {
  const Value stages = Value::list(
      {map({{"source", text("file")}, {"paths", Value::list({text("a.log"), text("b c")})}}),
       map({{"transform", text("filter")}, {"where", text("status >= 500 && !(path == 'x')")}}),
       map({{"sink", text("null")}, {"nothing", Value::map({})}})});
  EXPECT_EQ(yaml_text(map({{"version", text("1")},
                           {"pipelines", map({{"main", map({{"stages", stages}})}})}})),
            "version: 1\n"
            "pipelines:\n"
            "  main:\n"
            "    stages:\n"
            "      - source: file\n"
            "        paths: [a.log, b c]\n"
            "      - transform: filter\n"
            "        where: status >= 500 && !(path == 'x')\n"
            "      - sink: 'null'\n"
            "        nothing: {}\n");
}

TEST(YamlText, QuotesWhatWouldBeReadOtherwise) {
  for (const auto& [value, written] :
       std::vector<std::pair<std::string, std::string>>{{"", "\"\""},
                                                        {"-", "'-'"},
                                                        {"-5", "-5"},
                                                        {"~", "'~'"},
                                                        {"null", "'null'"},
                                                        {"1e3", "1e3"},
                                                        {"!a", "'!a'"},
                                                        {"a # b", "'a # b'"},
                                                        {"a#b", "a#b"},
                                                        {"a: b", "'a: b'"},
                                                        {"a:", "'a:'"},
                                                        {"a:b", "a:b"},
                                                        {" a", "' a'"},
                                                        {"a ", "'a '"},
                                                        {"it's #1", "\"it's #1\""},
                                                        {"it's: 1", "\"it's: 1\""},
                                                        {"'a' \"b\"", "'''a'' \"b\"'"},
                                                        {"a\nb", "\"a\\nb\""},
                                                        {"\"a\\", "'\"a\\'"},
                                                        {"é", "é"},
                                                        {"\xC2\x85", "\"\\x85\""},
                                                        {"*.log", "'*.log'"},
                                                        {"a, b", "a, b"},
                                                        {"${x}", "${x}"},
                                                        {"<<", "'<<'"},
                                                        {"(?i)a\\d", "(?i)a\\d"}}) {
    EXPECT_EQ(yaml_text(text(value)), written + "\n");
    EXPECT_EQ(lost(text(value)), "");
  }
  EXPECT_EQ(yaml_text(Value::list({text("a, b"), text("${x}"), text("a b")})),
            "['a, b', '${x}', a b]\n");
}

TEST(YamlText, ComesBackWhateverIsInIt) {
  std::mt19937 random(7);  // NOLINT(*-msc51-cpp): the same texts each time.
  for (int i = 0; i < 10000; ++i) {
    ASSERT_EQ(lost(text(random_text(random))), "") << "scalar " << i;
  }
  for (int i = 0; i < 3000; ++i) {
    ASSERT_EQ(lost(random_value(random, 4)), "") << "tree " << i;
  }
}

}  // namespace
}  // namespace sluice
