#include "tests/support/case_runner_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <string_view>

#include "tests/support/case_runner_text.h"

namespace sluice::cases {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t begin = line.find_first_not_of(' ');
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find(' '), line.size());
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

bool is_compression(const std::string& word) {
  constexpr std::array<std::string_view, 7> words = {"gzip", "zstd", "lz4",    "bzip2",
                                                     "xz",   "zlib", "deflate"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool known(const Section& section) {
  static const std::vector<std::vector<std::string>> heads{{"matrix"},
                                                           {"env"},
                                                           {"config"},
                                                           {"file"},
                                                           {"folder"},
                                                           {"stdin"},
                                                           {"run"},
                                                           {"command"},
                                                           {"shell"},
                                                           {"expect", "exit"},
                                                           {"expect", "file"},
                                                           {"expect", "no", "file"},
                                                           {"expect", "same"},
                                                           {"expect", "stdout"},
                                                           {"expect", "stderr", "contains"},
                                                           {"expect", "stderr", "lacks"},
                                                           {"expect", "metrics"}};
  return std::any_of(heads.begin(), heads.end(),
                     [&](const auto& head) { return section.is(head); });
}

bool read_count(const std::vector<std::string>& words, std::size_t& at, std::size_t& count) {
  if (++at >= words.size()) return false;
  const std::string& word = words[at];
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  return error == std::errc{} && end == word.data() + word.size();
}

}  // namespace

std::string Section::after(std::size_t count) const {
  std::string_view rest = head;
  for (std::size_t i = 0; i < count; ++i) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    rest.remove_prefix(std::min(rest.find(' '), rest.size()));
  }
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  return std::string(rest);
}

bool Section::is(const std::vector<std::string>& beginning) const {
  return words.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), words.begin());
}

Case read_case(const std::filesystem::path& path) {
  Case test;
  test.path = path;
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::size_t number = 0;
  for (const std::string& line : lines_of(text)) {
    ++number;
    const bool belongs_to_body = line.empty() || line.compare(0, 2, "  ") == 0;
    if (number == 1) {
      test.title = line.substr(std::min<std::size_t>(line.size(), 2));
      if (line.compare(0, 2, "# ") != 0) test.mistake = "the first line must be '# TITLE'";
    } else if (belongs_to_body && !test.sections.empty()) {
      test.sections.back().body.push_back(line.empty() ? line : line.substr(2));
    } else if (!line.empty() && line.front() != '#') {
      test.sections.push_back({line, words_of(line), {}});
      if (!known(test.sections.back())) {
        test.mistake = "line " + std::to_string(number) + ": unknown section '" + line + "'";
      }
    }
  }
  for (Section& section : test.sections) {
    while (!section.body.empty() && section.body.back().empty()) section.body.pop_back();
  }
  return test;
}

void write_case(const Case& test) {
  std::ofstream out(test.path, std::ios::binary | std::ios::trunc);
  out << "# " << test.title << '\n';
  for (const Section& section : test.sections) {
    out << section.head << '\n';
    for (const std::string& line : section.body) {
      out << (line.empty() ? "" : "  ") << line << '\n';
    }
  }
}

bool read_form(const Section& section, std::size_t first, TextForm& form, std::string& mistake) {
  for (std::size_t i = first; i < section.words.size(); ++i) {
    const std::string& word = section.words[i];
    bool good = true;
    if (word == "escaped") {
      form.escaped = true;
    } else if (word == "no-newline") {
      form.newline = false;
    } else if (word == "unordered") {
      form.unordered = true;
    } else if (word == "append") {
      form.append = true;
    } else if (is_compression(word)) {
      form.compression = word;
    } else if (word == "repeat") {
      good = read_count(section.words, i, form.repeat);
    } else if (word == "parts") {
      good = read_count(section.words, i, form.parts) && form.parts > 0;
    } else if (word == "cut") {
      good = read_count(section.words, i, form.cut);
    } else if (word == "damage") {
      good = read_count(section.words, i, form.damage.emplace());
    } else {
      good = false;
    }
    if (good) continue;
    mistake = "'" + section.head + "': do not understand '" + word + "'";
    return false;
  }
  return true;
}

std::string text_of(const Section& section, const TextForm& form) {
  std::string text;
  for (const std::string& line : section.body) text += line + '\n';
  if (form.escaped) text = unescaped(text);
  if (form.repeat != 1) text = repeated(text, form.repeat);
  if (!form.newline && !text.empty()) text.pop_back();
  return text;
}

void set_text(Section& section, const TextForm& form, const std::string& text) {
  const bool escapes = form.escaped || needs_escapes(text);
  if (escapes && !form.escaped) section.head += " escaped";
  if (form.newline && !text.empty() && text.back() != '\n') section.head += " no-newline";
  section.words = words_of(section.head);
  section.body = lines_of(escapes ? escaped(text) : text);
}

}  // namespace sluice::cases
