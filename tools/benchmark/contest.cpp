#include "tools/benchmark/contest.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

#include "tools/benchmark/floors.h"

namespace sluice::bench {
namespace {

namespace fs = std::filesystem;

template <class Field>
auto median_of(const std::vector<Usage>& runs, Field Usage::*field) {
  std::vector<Field> values;
  values.reserve(runs.size());
  for (const Usage& usage : runs) values.push_back(usage.*field);
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

bool is_faster(const Usage& a, const Usage& b) { return a.wall_seconds < b.wall_seconds; }

/// The number of lines as programs print it (maybe with a name behind it), or as sluice's summary
/// has it: that stage is the first one.
std::optional<std::uint64_t> read_count(Entrant::Kind kind, std::string_view text) {
  constexpr std::string_view key = "\"records_out\": ";
  if (kind == Entrant::Kind::sluice) {
    const std::size_t at = text.find(key);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + key.size());
  }
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::uint64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  return parsed.ec == std::errc() ? std::optional(count) : std::nullopt;
}

/// A contest while it is held.
class Arena {
 public:
  Arena(const Workload& workload, const ContestSettings& settings, std::string in)
      : workload_(workload), settings_(settings), in_(std::move(in)) {
    const std::string stem = settings.folder + "/" + std::string(workload.name);
    config_path_ = stem + ".yaml";
    result_path_ = stem + ".result";
    expected_path_ = stem + ".expected";
    // A copy is compared with what it is made from.
    if (workload.output && workload.selection == Selection::all) expected_path_ = in_;
    contest_.workload = &workload;
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    std::error_code ignored;
    fs::remove(result_path_, ignored);
    fs::remove(config_path_, ignored);
    if (expected_path_ != in_) fs::remove(expected_path_, ignored);
  }

  Result<Contest> hold() {
    std::error_code failed;
    contest_.input_bytes = fs::file_size(in_, failed);
    Status written = write_text_file(config_path_, config_of(workload_, in_, result_path_));
    if (!written) return std::move(written).error();
    add_entrants();
    warm_up();
    const unsigned rounds = workload_.runs != 0 ? workload_.runs : settings_.runs;
    for (unsigned round = 0; round < rounds; ++round) {
      for (Entrant& entrant : contest_.entrants) run_once(entrant, /*counted=*/true);
    }
    return std::move(contest_);
  }

 private:
  void add_entrants();
  void add_peer(const Peer& peer, const CommandWords& words);
  Command sluice_command() const;
  void warm_up();
  void run_once(Entrant& entrant, bool counted);
  void check(Entrant& entrant);
  void check_count(Entrant& entrant);
  void check_content(Entrant& entrant);
  static void fail(Entrant& entrant, Entrant::State state, std::string detail);

  const Workload& workload_;
  const ContestSettings& settings_;
  std::string in_;
  std::string config_path_;
  std::string result_path_;
  std::string expected_path_;
  bool is_expected_known_ = false;
  Contest contest_;
};

Command Arena::sluice_command() const {
  std::vector<std::string> words{
      settings_.sluice, "run",     "-f",        config_path_,
      "--no-progress",  "--quiet", "--threads", std::to_string(settings_.threads)};
  if (!workload_.output) words.insert(words.end(), {"--summary-file", result_path_});
  return {std::move(words)};
}

void Arena::add_entrants() {
  Entrant sluice;
  sluice.kind = Entrant::Kind::sluice;
  sluice.label = "sluice";
  sluice.pipeline.commands.push_back(sluice_command());
  contest_.entrants.push_back(std::move(sluice));

  Entrant floor;
  floor.kind = Entrant::Kind::floor;
  floor.label = "floor (hand-written)";
  floor.pipeline.commands.push_back(
      floor_command(settings_.self, workload_, in_, result_path_, settings_.threads));
  contest_.entrants.push_back(std::move(floor));

  const CommandWords words{in_, result_path_, std::to_string(settings_.threads),
                           settings_.node_script};
  for (const Peer& peer : workload_.peers) add_peer(peer, words);
}

void Arena::add_peer(const Peer& peer, const CommandWords& words) {
  Entrant entrant;
  entrant.label = label_of(peer, words);
  PeerPipeline made = pipeline_of(peer, words);
  if (made.missing.empty()) {
    entrant.pipeline = std::move(made.pipeline);
  } else {
    fail(entrant, Entrant::State::not_installed, std::move(made.missing));
  }
  contest_.entrants.push_back(std::move(entrant));
}

/// The peers first: one of them makes the result that the others are compared with.
void Arena::warm_up() {
  auto& all = contest_.entrants;
  const auto is_peer = [](const Entrant& entrant) { return entrant.kind == Entrant::Kind::peer; };
  const auto first_peer = std::find_if(all.begin(), all.end(), is_peer);
  for (auto peer = first_peer; peer != all.end(); ++peer) run_once(*peer, /*counted=*/false);
  for (auto own = first_peer; own != all.begin();) run_once(*--own, /*counted=*/false);
}

void Arena::run_once(Entrant& entrant, bool counted) {
  if (entrant.state != Entrant::State::good) return;
  std::error_code ignored;
  fs::remove(result_path_, ignored);
  const Result<Usage> usage = run(entrant.pipeline);
  if (!usage) return fail(entrant, Entrant::State::failed, to_string(usage.error()));
  check(entrant);
  if (counted && entrant.state == Entrant::State::good) entrant.runs.push_back(usage.value());
}

void Arena::check(Entrant& entrant) {
  if (workload_.output) {
    check_content(entrant);
  } else {
    check_count(entrant);
  }
}

void Arena::check_count(Entrant& entrant) {
  const Result<std::string> text = read_text_file(result_path_);
  if (!text) return fail(entrant, Entrant::State::failed, to_string(text.error()));
  const std::optional<std::uint64_t> count = read_count(entrant.kind, text.value());
  if (!count) return fail(entrant, Entrant::State::failed, "no number in its result");
  if (!std::exchange(is_expected_known_, true)) contest_.result_lines = *count;
  if (*count == contest_.result_lines) return;
  fail(entrant, Entrant::State::differs,
       std::to_string(*count) + " instead of " + std::to_string(contest_.result_lines));
}

void Arena::check_content(Entrant& entrant) {
  if (!is_expected_known_ && expected_path_ != in_) {
    std::error_code failed;
    fs::copy_file(result_path_, expected_path_, fs::copy_options::overwrite_existing, failed);
    if (failed) return fail(entrant, Entrant::State::failed, "it left no result");
  }
  const Result<Comparison> compared = compare_contents(result_path_, expected_path_);
  if (!compared) return fail(entrant, Entrant::State::failed, to_string(compared.error()));
  if (!compared.value().equal) {
    return fail(entrant, Entrant::State::differs,
                "after " + std::to_string(compared.value().lines) + " lines");
  }
  if (!std::exchange(is_expected_known_, true)) contest_.result_lines = compared.value().lines;
}

void Arena::fail(Entrant& entrant, Entrant::State state, std::string detail) {
  entrant.state = state;
  entrant.detail = std::move(detail);
  entrant.runs.clear();
}

}  // namespace

Usage Entrant::median() const {
  return {median_of(runs, &Usage::wall_seconds), median_of(runs, &Usage::cpu_seconds),
          median_of(runs, &Usage::peak_bytes)};
}

double Entrant::fastest_seconds() const {
  return std::min_element(runs.begin(), runs.end(), is_faster)->wall_seconds;
}

double Entrant::slowest_seconds() const {
  return std::max_element(runs.begin(), runs.end(), is_faster)->wall_seconds;
}

const Entrant* Contest::find(Entrant::Kind kind) const {
  for (const Entrant& entrant : entrants) {
    if (entrant.kind == kind && !entrant.runs.empty()) return &entrant;
  }
  return nullptr;
}

bool Contest::has_mistake() const {
  return std::any_of(entrants.begin(), entrants.end(), [](const Entrant& entrant) {
    return entrant.state == Entrant::State::failed || entrant.state == Entrant::State::differs;
  });
}

Result<Contest> hold_contest(const Workload& workload, const Corpus& corpus,
                             const ContestSettings& settings) {
  Result<std::string> in = corpus.path_of(workload.input);
  if (!in) return std::move(in).error();
  return Arena(workload, settings, std::move(in).value()).hold();
}

}  // namespace sluice::bench
