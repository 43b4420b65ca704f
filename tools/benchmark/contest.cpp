#include "tools/benchmark/contest.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "stages/support/cell_hash.h"
#include "tools/benchmark/floors.h"
#include "tools/benchmark/normal_form.h"
#include "tools/benchmark/receiver.h"

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

/// Takes memory for a file and gives it back. A virtual machine may return memory to its host that
/// is free for some seconds, and writing to it then takes several times as long: without this, who
/// runs behind a slow program would pay for that. Other memory than that of files would not do.
void fetch_memory(const std::string& path, std::uint64_t bytes) {
  const std::string piece(std::size_t{1} << 20U, 'x');
  std::ofstream file(path, std::ios::binary);
  for (std::uint64_t written = 0; written < bytes; written += piece.size()) file << piece;
  file.close();
  std::error_code ignored;
  fs::remove(path, ignored);
}

/// What entrants read, and what must come out.
struct Lane {
  std::string in;
  std::string expected_path;
  std::uint64_t plain_bytes = 0;
  std::uint64_t result_lines = 0;
  bool is_expected_known = false;
  std::vector<std::uint64_t> good_results = {};  ///< Hashes of results that were as expected.
};

/// A contest while it is held.
class Arena {
 public:
  Arena(const Workload& workload, const ContestSettings& settings, const std::string& in,
        const Corpus& corpus)
      : workload_(workload), settings_(settings) {
    stem_ = settings.folder + "/" + std::string(workload.name);
    config_path_ = stem_ + ".yaml";
    result_path_ = stem_ + ".result";
    // A copy is compared with what it is made from, in whatever form that is.
    const bool is_copy = workload.output && workload.question == Question::all &&
                         (!workload.conversion || workload.conversion->gives_log);
    plain_ = corpus.plain_path();
    whole_ = {in, is_copy ? plain_ : stem_ + ".expected", corpus.size_bytes()};
    contest_.workload = &workload;
    if (const RecordQuestion* about = find_record_question(workload.question)) {
      form_ = about->form;
      tolerance_ = about->tolerance;
    }
  }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() {
    std::error_code ignored;
    fs::remove(result_path_, ignored);
    for (const std::string& config : configs_) fs::remove(config, ignored);
    for (const Lane& lane : {whole_, slice_}) {
      if (lane.expected_path != plain_) fs::remove(lane.expected_path, ignored);
    }
  }

  /// What the slowest peers read.
  void set_slice(std::string in, std::uint64_t plain_bytes) {
    slice_ = {std::move(in), stem_ + ".slice.expected", plain_bytes};
  }

  Result<Contest> hold() {
    std::error_code failed;
    contest_.input_bytes = fs::file_size(whole_.in, failed);
    Status written = write_configs();
    if (!written) return std::move(written).error();
    add_entrants();
    warm_up();
    const unsigned rounds = workload_.runs != 0 ? workload_.runs : settings_.runs;
    for (unsigned round = 0; round < rounds; ++round) {
      for (Entrant& entrant : contest_.entrants) {
        if (round == 0 || !entrant.runs_once) run_once(entrant, /*counted=*/true);
      }
    }
    contest_.result_lines = whole_.result_lines;
    return std::move(contest_);
  }

 private:
  Status write_configs();
  Status write_config(const std::string& path, std::string_view text);
  bool is_over_tcp() const { return workload_.conversion && workload_.conversion->over_tcp; }
  std::string sender_path() const { return stem_ + ".sender.yaml"; }
  std::string config_path_of(const Peer& peer) const;
  void add_entrants();
  void add_peer(const Peer& peer);
  void set_receiver(Pipeline& pipeline, Receiver receiver, bool ends_itself) const;
  CommandWords words_for(const Lane& lane) const;
  CommandWords words_for(const Peer& peer) const;
  Pipeline sluice_pipeline() const;
  void warm_up();
  void judge_slice();
  void run_once(Entrant& entrant, bool counted);
  void check(Entrant& entrant);
  void check_count(Entrant& entrant, Lane& lane);
  void check_content(Entrant& entrant, Lane& lane);
  Status normalise_result(std::string_view text) const;
  Result<Comparison> compare(const Lane& lane) const;
  static void fail(Entrant& entrant, Entrant::State state, std::string detail);

  const Workload& workload_;
  const ContestSettings& settings_;
  std::string stem_;
  std::string config_path_;
  std::vector<std::string> configs_;  ///< That were written.
  std::uint16_t port_ = 0;
  std::string result_path_;
  std::string plain_;  ///< The log.
  Lane whole_;
  Form form_ = Form::bytes;
  double tolerance_ = 0;
  Lane slice_;  ///< Without an `in` nobody gets one.
  Contest contest_;
};

Status Arena::write_config(const std::string& path, std::string_view text) {
  configs_.push_back(path);
  return write_text_file(path, text);
}

Status Arena::write_configs() {
  if (is_over_tcp()) {
    const Result<std::uint16_t> port = free_port();
    if (!port) return port.error();
    port_ = port.value();
    Status written = write_config(sender_path(), sender_config_of(words_for(whole_)));
    if (!written) return written;
  }
  for (const Peer& peer : workload_.peers) {
    if (!peer.listener) continue;
    Status written =
        write_config(config_path_of(peer), config_of(*peer.listener, words_for(whole_)));
    if (!written) return written;
    // What daemons leave beside it, if they are told so.
    for (const char* suffix : {".pid", ".persist", ".ctl"}) {
      configs_.push_back(config_path_of(peer) + suffix);
    }
  }
  return write_config(config_path_, config_of(workload_, words_for(whole_)));
}

std::string Arena::config_path_of(const Peer& peer) const {
  return stem_ + ".peer-" + std::to_string(&peer - workload_.peers.data()) + ".conf";
}

Pipeline Arena::sluice_pipeline() const {
  const auto command = [this](const std::string& config) -> Command {
    return {{settings_.sluice, "run", "-f", config, "--no-progress", "--quiet", "--threads",
             std::to_string(settings_.threads)}};
  };
  Pipeline pipeline;
  pipeline.commands.push_back(command(is_over_tcp() ? sender_path() : config_path_));
  if (is_over_tcp()) {
    Receiver receiver;
    receiver.command = command(config_path_);
    set_receiver(pipeline, std::move(receiver), /*ends_itself=*/false);
  }
  if (!workload_.output) {
    auto& words = pipeline.commands.back().arguments;
    words.insert(words.end(), {"--summary-file", result_path_});
  }
  return pipeline;
}

void Arena::set_receiver(Pipeline& pipeline, Receiver receiver, bool ends_itself) const {
  receiver.port = port_;
  receiver.path = result_path_;
  receiver.bytes = ends_itself ? 0 : whole_.plain_bytes;
  pipeline.receiver = std::move(receiver);
}

void Arena::add_entrants() {
  Entrant sluice;
  sluice.kind = Entrant::Kind::sluice;
  sluice.label = "sluice";
  sluice.pipeline = sluice_pipeline();
  contest_.entrants.push_back(std::move(sluice));

  for (const Peer& peer : workload_.peers) {
    if (peer.pace == Pace::fast || !settings_.quick_peers_only) add_peer(peer);
  }
  if (!has_floor(workload_)) return;
  Entrant floor;
  floor.kind = Entrant::Kind::floor;
  floor.label = "floor (hand-written)";
  floor.pipeline.commands.push_back(
      floor_command(settings_.self, workload_, whole_.in, result_path_, settings_.threads));
  contest_.entrants.insert(contest_.entrants.begin() + 1, std::move(floor));
}

CommandWords Arena::words_for(const Lane& lane) const {
  CommandWords words{lane.in, result_path_, std::to_string(settings_.threads), settings_.scripts};
  words.port = std::to_string(port_);
  words.sluice = settings_.sluice;
  words.sender = sender_path();
  return words;
}

CommandWords Arena::words_for(const Peer& peer) const {
  CommandWords words = words_for(peer.pace == Pace::sliced ? slice_ : whole_);
  words.config = config_path_of(peer);
  return words;
}

void Arena::add_peer(const Peer& peer) {
  Entrant entrant;
  const bool is_sliced = peer.pace == Pace::sliced;
  entrant.runs_once = peer.pace != Pace::fast;
  if (is_sliced) entrant.slice_bytes = slice_.plain_bytes;
  const CommandWords words = words_for(peer);
  entrant.label = label_of(peer, words);
  PeerPipeline made = pipeline_of(peer, words);
  if (made.missing.empty()) {
    entrant.pipeline = std::move(made.pipeline);
    if (peer.listener) {
      Receiver receiver = std::move(*entrant.pipeline.receiver);
      set_receiver(entrant.pipeline, std::move(receiver), peer.listener->ends_itself);
    }
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
  judge_slice();
  for (auto peer = first_peer; peer != all.end(); ++peer) run_once(*peer, /*counted=*/false);
  for (auto own = first_peer; own != all.begin();) run_once(*--own, /*counted=*/false);
}

/// The first peer that reads all tells what must come out of the slice, too; without one, the first
/// that gets the slice will.
void Arena::judge_slice() {
  if (slice_.in.empty()) return;
  for (const Peer& peer : workload_.peers) {
    if (peer.pace == Pace::sliced) continue;
    PeerPipeline made = pipeline_of(peer, words_for(slice_));
    if (!made.missing.empty()) continue;
    Entrant judge;
    judge.slice_bytes = slice_.plain_bytes;
    judge.pipeline = std::move(made.pipeline);
    run_once(judge, /*counted=*/false);
    return;
  }
}

void Arena::run_once(Entrant& entrant, bool counted) {
  if (entrant.state != Entrant::State::good) return;
  std::error_code ignored;
  fs::remove(result_path_, ignored);
  fetch_memory(result_path_, entrant.result_bytes);
  const Result<Usage> used = run(entrant.pipeline);
  if (!used) return fail(entrant, Entrant::State::failed, to_string(used.error()));
  const std::uintmax_t result_bytes = fs::file_size(result_path_, ignored);
  if (workload_.output && !ignored) entrant.result_bytes = result_bytes;
  check(entrant);
  if (!counted || entrant.state != Entrant::State::good) return;
  Usage usage = used.value();
  if (entrant.slice_bytes != 0) {
    const double scale =
        static_cast<double>(whole_.plain_bytes) / static_cast<double>(slice_.plain_bytes);
    usage.wall_seconds *= scale;
    usage.cpu_seconds *= scale;
  }
  entrant.runs.push_back(usage);
}

void Arena::check(Entrant& entrant) {
  Lane& lane = entrant.slice_bytes != 0 ? slice_ : whole_;
  if (workload_.output) {
    check_content(entrant, lane);
  } else {
    check_count(entrant, lane);
  }
}

/// Replaces the result by its normal form.
Status Arena::normalise_result(std::string_view text) const {
  return write_text_file(result_path_,
                         form_ == Form::json ? normal_json_lines(text) : normal_table(text));
}

/// Whether the result is what is expected.
Result<Comparison> Arena::compare(const Lane& lane) const {
  if (form_ != Form::estimates) return compare_contents(result_path_, lane.expected_path);
  const Result<std::string> result = read_text_file(result_path_);
  if (!result) return result.error();
  const Result<std::string> expected = read_text_file(lane.expected_path);
  if (!expected) return expected.error();
  return compare_tables(result.value(), expected.value(), tolerance_);
}

void Arena::check_count(Entrant& entrant, Lane& lane) {
  const Result<std::string> text = read_text_file(result_path_);
  if (!text) return fail(entrant, Entrant::State::failed, to_string(text.error()));
  const std::optional<std::uint64_t> count = read_count(entrant.kind, text.value());
  if (!count) return fail(entrant, Entrant::State::failed, "no number in its result");
  if (!std::exchange(lane.is_expected_known, true)) lane.result_lines = *count;
  if (*count == lane.result_lines) return;
  fail(entrant, Entrant::State::differs,
       std::to_string(*count) + " instead of " + std::to_string(lane.result_lines));
}

void Arena::check_content(Entrant& entrant, Lane& lane) {
  std::optional<std::uint64_t> hash;
  if (form_ != Form::bytes) {
    const Result<std::string> text = read_text_file(result_path_);
    if (!text) return fail(entrant, Entrant::State::failed, to_string(text.error()));
    // Making JSON of gigabytes comparable takes minutes, and most runs write the same once more.
    hash = hash_bytes(text.value());
    if (std::find(lane.good_results.begin(), lane.good_results.end(), *hash) !=
        lane.good_results.end()) {
      return;
    }
    const Status normalised = normalise_result(text.value());
    if (!normalised) return fail(entrant, Entrant::State::failed, to_string(normalised.error()));
  }
  if (!lane.is_expected_known && lane.expected_path != plain_) {
    std::error_code failed;
    fs::copy_file(result_path_, lane.expected_path, fs::copy_options::overwrite_existing, failed);
    if (failed) return fail(entrant, Entrant::State::failed, "it left no result");
  }
  const Result<Comparison> compared = compare(lane);
  if (!compared) return fail(entrant, Entrant::State::failed, to_string(compared.error()));
  if (!compared.value().equal) {
    return fail(entrant, Entrant::State::differs,
                "after " + std::to_string(compared.value().lines) + " lines");
  }
  if (hash) lane.good_results.push_back(*hash);
  if (!std::exchange(lane.is_expected_known, true)) lane.result_lines = compared.value().lines;
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
  Arena arena(workload, settings, in.value(), corpus);
  const auto is_sliced = [](const Peer& peer) { return peer.pace == Pace::sliced; };
  if (!settings.quick_peers_only &&
      std::any_of(workload.peers.begin(), workload.peers.end(), is_sliced)) {
    const Result<Corpus> slice = corpus.slice();
    if (!slice) return slice.error();
    Result<std::string> slice_in = slice.value().path_of(workload.input);
    if (!slice_in) return std::move(slice_in).error();
    arena.set_slice(std::move(slice_in).value(), slice.value().size_bytes());
  }
  return arena.hold();
}

}  // namespace sluice::bench
