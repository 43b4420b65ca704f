// Runs conformance tests of CEL: all files NAME.textproto of a folder, or those named behind it.
//
//   sluice_conformance FOLDER [NAME...]
//
// Prints per file how many tests passed, failed and were left out, with the reason of each that was
// left out. Exit status: 0 all right, 1 a test failed, 2 the tests cannot be read.
#include <algorithm>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/conformance_test.h"
#include "tests/conformance/text_proto.h"

namespace {

namespace fs = std::filesystem;
using sluice::conformance::ProtoField;
using sluice::conformance::ProtoMessage;
using sluice::conformance::Report;
using sluice::conformance::Result;

constexpr std::string_view suffix = ".textproto";

struct Counts {
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t left_out = 0;
};

void print_counts(std::string_view name, const Counts& counts) {
  std::cout << std::left << std::setw(16) << name << std::right << " passed " << std::setw(5)
            << counts.passed << "  failed " << std::setw(4) << counts.failed << "  left out "
            << std::setw(4) << counts.left_out << "\n";
}

bool read_tests(const fs::path& path, ProtoMessage& to) {
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::string mistake = "cannot be read";
  if (in && sluice::conformance::parse_text_proto(text, to, mistake)) return true;
  std::cerr << path.string() << ": " << mistake << "\n";
  return false;
}

Counts run_file(const std::string& name, const ProtoMessage& file) {
  Counts counts;
  std::string notes;
  for (const ProtoField& section : file.fields) {
    if (section.name != "section") continue;
    for (const ProtoField& test : section.message.fields) {
      if (test.name != "test") continue;
      const Report report = sluice::conformance::run_test(test.message);
      if (report.result == Result::passed) {
        ++counts.passed;
        continue;
      }
      const bool is_failure = report.result == Result::failed;
      ++(is_failure ? counts.failed : counts.left_out);
      notes += std::string(is_failure ? "  FAILED " : "  left out ") +
               std::string(section.message.scalar("name")) + "/" +
               std::string(test.message.scalar("name")) + ": " + report.reason + "\n";
    }
  }
  print_counts(name, counts);
  std::cout << notes;
  return counts;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == suffix) names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

int run(const std::vector<std::string>& arguments) {
  const fs::path folder = arguments.front();
  std::vector<std::string> names(arguments.begin() + 1, arguments.end());
  if (names.empty()) names = names_in(folder);
  Counts all;
  for (const std::string& name : names) {
    ProtoMessage file;
    if (!read_tests(folder / (name + std::string(suffix)), file)) return 2;
    const Counts counts = run_file(name, file);
    all.passed += counts.passed;
    all.failed += counts.failed;
    all.left_out += counts.left_out;
  }
  print_counts("all", all);
  if (all.passed + all.failed + all.left_out == 0) {
    std::cerr << folder.string() << ": there are no tests\n";
    return 2;
  }
  return all.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: sluice_conformance FOLDER [NAME...]\n";
    return 2;
  }
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
}
