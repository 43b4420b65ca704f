#include "tools/benchmark/report.h"

#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>

#include "engine/base/escape.h"
#include "engine/base/json_text.h"
#include "engine/base/units.h"

namespace sluice::bench {
namespace {

using Row = std::vector<std::string>;

std::string fixed(double value, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return text.data();
}

/// Three digits, whatever the size: "1.23 s", "45.6 ms".
std::string time_text(double seconds) {
  const bool in_seconds = seconds >= 1;
  const double value = in_seconds ? seconds : seconds * 1e3;
  const int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return fixed(value, digits) + (in_seconds ? " s" : " ms");
}

std::string size_text(std::uint64_t bytes) {
  constexpr double kib = 1 << 10;
  const auto value = static_cast<double>(bytes);
  return value < kib * kib ? fixed(value / kib, 1) + " KiB" : fixed(value / kib / kib, 1) + " MiB";
}

std::string ratio_text(double ratio) { return fixed(ratio, ratio >= 10 ? 1 : 2) + "x"; }

std::string state_text(const Entrant& entrant) {
  switch (entrant.state) {
    case Entrant::State::good:
      break;
    case Entrant::State::not_installed:
      return "not installed: " + entrant.detail;
    case Entrant::State::failed:
      return "FAILED: " + escape(entrant.detail);
    case Entrant::State::differs:
      return "DIFFERS: " + entrant.detail;
  }
  if (entrant.slice_bytes == 0) return "equal";
  return "equal on " + size_text(entrant.slice_bytes) + ", times scaled";
}

Row head() {
  return {"program", "time", "from .. to", "CPU", "memory", "size", "/ sluice", "result"};
}

Row row_of(const Entrant& entrant, const Entrant* sluice) {
  if (entrant.runs.empty()) {
    return {entrant.label, "-", "-", "-", "-", "-", "-", state_text(entrant)};
  }
  const Usage median = entrant.median();
  const std::string ratio =
      sluice == nullptr ? "-" : ratio_text(median.wall_seconds / sluice->median().wall_seconds);
  return {entrant.label,
          time_text(median.wall_seconds),
          time_text(entrant.fastest_seconds()) + " .. " + time_text(entrant.slowest_seconds()),
          time_text(median.cpu_seconds),
          size_text(median.peak_bytes),
          entrant.result_bytes == 0 ? "-" : size_text(entrant.result_bytes),
          ratio,
          state_text(entrant)};
}

std::vector<Row> rows_of(const Contest& contest) {
  std::vector<Row> rows;
  for (const Entrant& entrant : contest.entrants) {
    rows.push_back(row_of(entrant, contest.find(Entrant::Kind::sluice)));
  }
  return rows;
}

std::optional<double> ratio_to_floor(const Contest& contest) {
  const Entrant* sluice = contest.find(Entrant::Kind::sluice);
  const Entrant* floor = contest.find(Entrant::Kind::floor);
  if (sluice == nullptr || floor == nullptr) return std::nullopt;
  return sluice->median().wall_seconds / floor->median().wall_seconds;
}

/// "147.2 MiB in, 61707 lines out; 5 runs; sluice / floor 1.03x"
std::string facts_of(const Contest& contest) {
  std::string facts = size_text(contest.input_bytes) + " in, " +
                      std::to_string(contest.result_lines) +
                      (contest.workload->output ? " lines out" : " lines counted");
  if (const Entrant* sluice = contest.find(Entrant::Kind::sluice)) {
    facts += "; " + std::to_string(sluice->runs.size()) + " runs";
  }
  if (const auto ratio = ratio_to_floor(contest)) facts += "; sluice / floor " + ratio_text(*ratio);
  return facts;
}

/// The first and the last column are words, those between are numbers.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string gap(widths[i] - row[i].size(), ' ');
      const bool last = i + 1 == row.size();
      text += i == 0 ? "  " + row[i] + gap : last ? "  " + row[i] : "  " + gap + row[i];
    }
    text += "\n";
  }
  return text;
}

std::string markdown_line(const Row& cells) {
  std::string line = "|";
  for (std::string cell : cells) {
    // A bar would end the cell.
    for (std::size_t at = cell.find('|'); at != std::string::npos; at = cell.find('|', at + 2)) {
      cell.insert(at, 1, '\\');
    }
    line += " " + cell + " |";
  }
  return line + "\n";
}

std::string json_pair(std::string_view key, const std::string& json) {
  return json_quoted(key) + ": " + json;
}

std::string json_list(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + item;
  return "[" + text + "]";
}

std::string json_of(const Usage& usage) {
  return "{" + json_pair("wall", fixed(usage.wall_seconds, 6)) + ", " +
         json_pair("cpu", fixed(usage.cpu_seconds, 6)) + ", " +
         json_pair("peak_memory", std::to_string(usage.peak_bytes)) + "}";
}

std::string json_of(const Entrant& entrant) {
  std::vector<std::string> runs;
  runs.reserve(entrant.runs.size());
  for (const Usage& usage : entrant.runs) runs.push_back(json_of(usage));
  return "{" + json_pair("program", json_quoted(entrant.label)) + ", " +
         json_pair("result", json_quoted(state_text(entrant))) + ", " +
         json_pair("slice_bytes", std::to_string(entrant.slice_bytes)) + ", " +
         json_pair("result_bytes", std::to_string(entrant.result_bytes)) + ", " +
         json_pair("median", entrant.runs.empty() ? "null" : json_of(entrant.median())) + ", " +
         json_pair("runs", json_list(runs)) + "}";
}

std::string json_of(const Contest& contest) {
  std::vector<std::string> entrants;
  entrants.reserve(contest.entrants.size());
  for (const Entrant& entrant : contest.entrants) entrants.push_back(json_of(entrant));
  return "{" + json_pair("workload", json_quoted(contest.workload->name)) + ", " +
         json_pair("title", json_quoted(contest.workload->title)) + ", " +
         json_pair("input_bytes", std::to_string(contest.input_bytes)) + ", " +
         json_pair("result_lines", std::to_string(contest.result_lines)) + ", " +
         json_pair("programs", json_list(entrants)) + "}";
}

constexpr std::string_view method =
    R"(Medians of interleaved runs after one warm-up of each program, with a warm page cache. Memory
is the sum of the peaks of a pipeline's programs. '/ sluice' is a program's time divided by
sluice's: above 1, sluice is faster. The floor is a program written by hand for the one workload, on
sluice's kernels and codecs but without its engine. All programs run with LC_ALL=C. Every single
result was compared, decompressed, with that of the first peer (a copy with its input; tables and
JSON in a normal form). Slow programs have one run; the slowest get a sixteenth of the log, and their
times are scaled to the whole.
)";

}  // namespace

Setup describe_machine() {
  Setup setup;
  setup.cores = std::max(1U, std::thread::hardware_concurrency());
  utsname names{};
  if (uname(&names) == 0) setup.kernel = std::string(names.sysname) + " " + names.release;
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("model name", 0) != 0) continue;
    const std::size_t value = line.find(": ");
    if (value != std::string::npos) setup.processor = line.substr(value + 2);
    break;
  }
  return setup;
}

std::string text_of(const Setup& setup) {
  std::string text = setup.processor.empty() ? "unknown processor" : setup.processor;
  text += ", " + std::to_string(setup.cores) + " cores, " + setup.kernel + "; ";
  text += size_text(setup.corpus_bytes) + " of each log, " + std::to_string(setup.threads) +
          " threads.\n";
  return text.append(method);
}

std::string text_of(const Contest& contest) {
  std::vector<Row> rows = rows_of(contest);
  rows.insert(rows.begin(), head());
  return std::string(contest.workload->name) + ": " + std::string(contest.workload->title) + " (" +
         facts_of(contest) + ")\n" + aligned(rows);
}

std::string markdown_of(const Setup& setup) { return text_of(setup); }

std::string markdown_of(const Contest& contest) {
  std::string text = "### " + std::string(contest.workload->name) + ": " +
                     std::string(contest.workload->title) + "\n\n" + facts_of(contest) + "\n\n";
  text += markdown_line(head()) + "|---|--:|--:|--:|--:|--:|--:|---|\n";
  for (Row& row : rows_of(contest)) {
    row.front() = "`" + row.front() + "`";
    text += markdown_line(row);
  }
  return text;
}

std::string json_of(const Setup& setup, const std::vector<Contest>& contests) {
  std::vector<std::string> all;
  all.reserve(contests.size());
  for (const Contest& contest : contests) all.push_back(json_of(contest));
  return "{" + json_pair("processor", json_quoted(setup.processor)) + ", " +
         json_pair("kernel", json_quoted(setup.kernel)) + ", " +
         json_pair("cores", std::to_string(setup.cores)) + ", " +
         json_pair("threads", std::to_string(setup.threads)) + ", " +
         json_pair("corpus_bytes", std::to_string(setup.corpus_bytes)) + ", " +
         json_pair("workloads", json_list(all)) + "}\n";
}

}  // namespace sluice::bench
