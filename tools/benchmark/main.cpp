// sluice_bench: sluice against other programs that do the same work. tools/bench builds and starts
// it. Exit status: 0, 1 if a result differs or a program fails, 2 for a mistake in the arguments.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/escape.h"
#include "engine/base/units.h"
#include "tools/benchmark/contest.h"
#include "tools/benchmark/corpus.h"
#include "tools/benchmark/floors.h"
#include "tools/benchmark/report.h"

namespace sluice::bench {
namespace {

namespace fs = std::filesystem;

constexpr int failed_status = 1;
constexpr int usage_status = 2;
constexpr int largest_heap_block_bytes = 128 << 10;

struct Options {
  std::string size = "1GiB";
  std::string corpus;
  std::string folder;
  std::string root = ".";
  std::string json;
  std::vector<std::string> workloads;
  unsigned runs = 5;
  unsigned threads = 0;
  bool short_run = false;
  bool markdown = false;
  bool list = false;
};

int complain(const std::string& message, int status) {
  std::fprintf(stderr, "sluice_bench: %s\n", escape(message).c_str());
  return status;
}

void print(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void declare(CLI::App& app, Options& options) {
  app.add_option("--size", options.size, "Size of each generated log (1GiB)")->type_name("SIZE");
  app.add_option("--corpus", options.corpus, "Read this access log instead of a generated one")
      ->type_name("FILE");
  app.add_option("--runs", options.runs, "Counted runs of each program (5)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1000U));
  app.add_option("--workload", options.workloads, "Only this one; may be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_flag("--list", options.list, "List workloads and programs, and run nothing");
  app.add_option("--threads", options.threads, "For all programs that can be told (all cores)")
      ->type_name("N")
      ->check(CLI::Range(1U, 1024U));
  app.add_option("--dir", options.folder, "Work folder (build/bench); the log stays there")
      ->type_name("DIR");
  app.add_option("--root", options.root, "Where the repository is (.)")->type_name("DIR");
  app.add_option("--json", options.json, "Write all runs to this file, too")->type_name("FILE");
  app.add_flag("--markdown", options.markdown, "Print Markdown");
  app.add_flag("--short", options.short_run,
               "16MiB, one run, quick programs only: are the results equal?");
}

void print_list() {
  for (const Workload& workload : workloads()) {
    print(std::string(workload.name) + ": " + std::string(workload.title) + "\n");
    CommandWords words;
    words.threads = "N";
    for (const Peer& peer : workload.peers) {
      const std::string missing = pipeline_of(peer, words).missing;
      print("    " + label_of(peer, words) +
            (missing.empty() ? "" : "  (not installed: " + missing + ")") + "\n");
    }
  }
}

/// The workloads to run; an error names the one that does not exist.
Result<std::vector<const Workload*>> choose_workloads(const std::vector<std::string>& names) {
  std::vector<const Workload*> chosen;
  for (const std::string& name : names) {
    chosen.push_back(find_workload(name));
    if (chosen.back() != nullptr) continue;
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = "there is no workload '" + name + "' (see --list)";
    return error;
  }
  if (!names.empty()) return chosen;
  for (const Workload& workload : workloads()) chosen.push_back(&workload);
  return chosen;
}

/// What follows from the options and from where this program lies.
struct Session {
  CorpusChoice corpus;
  ContestSettings contest;
};

Result<Session> prepare(const Options& options) {
  Session session;
  std::error_code failed;
  const fs::path self = fs::read_symlink("/proc/self/exe", failed);
  if (failed) return io_error("cannot find this program", failed.value(), "/proc/self/exe");
  const fs::path root = fs::absolute(options.root);
  const fs::path folder =
      options.folder.empty() ? root / "build" / "bench" : fs::absolute(options.folder);
  fs::create_directories(folder, failed);
  if (failed) return io_error("cannot make the folder", failed.value(), folder.string());

  session.contest.self = self.string();
  session.contest.sluice = (self.parent_path() / "sluice").string();
  session.contest.folder = folder.string();
  session.contest.scripts = (root / "tools/benchmark/peers").string();
  session.contest.runs = options.runs;
  session.contest.quick_peers_only = options.short_run;
  session.contest.threads = options.threads;
  session.corpus.folder = session.contest.folder;
  session.corpus.sluice = session.contest.sluice;
  if (!options.corpus.empty()) session.corpus.file = options.corpus;
  const std::optional<ByteSize> size = parse_byte_size(options.size);
  if (!size || size->bytes == 0) {
    Error error;
    error.code = ErrorCode::bad_config;
    error.message = "--size: '" + options.size + "' is not a size like 1GiB";
    return error;
  }
  session.corpus.size = *size;
  return session;
}

using Corpora = std::map<Log, Corpus>;

/// The logs that the workloads need. REQUIRES: there are workloads.
Result<Corpora> open_corpora(CorpusChoice choice, const std::vector<const Workload*>& chosen) {
  Corpora corpora;
  for (const Workload* workload : chosen) {
    choice.log = log_of(*workload);
    if (corpora.contains(choice.log)) continue;
    if (choice.log != Log::access) choice.file.reset();
    Result<Corpus> opened = Corpus::open(choice);
    if (!opened) return std::move(opened).error();
    corpora.emplace(choice.log, std::move(opened).value());
  }
  return corpora;
}

Status write_json(const Options& options, const Setup& setup,
                  const std::vector<Contest>& contests) {
  if (options.json.empty()) return Done{};
  return write_text_file(options.json, json_of(setup, contests));
}

int run_contests(const Options& options, const Session& session,
                 const std::vector<const Workload*>& chosen) {
  Result<Corpora> opened = open_corpora(session.corpus, chosen);
  if (!opened) return complain(to_string(opened.error()), failed_status);
  const Corpora& corpora = opened.value();
  Setup setup = describe_machine();
  setup.threads = session.contest.threads;
  setup.corpus_bytes = corpora.begin()->second.size_bytes();
  print(options.markdown ? markdown_of(setup) : text_of(setup));

  std::vector<Contest> contests;
  bool mistake = false;
  for (const Workload* workload : chosen) {
    Result<Contest> held = hold_contest(*workload, corpora.at(log_of(*workload)), session.contest);
    if (!held) return complain(to_string(held.error()), failed_status);
    print("\n" + (options.markdown ? markdown_of(held.value()) : text_of(held.value())));
    std::fflush(stdout);
    mistake = mistake || held.value().has_mistake();
    contests.push_back(std::move(held).value());
  }
  const Status written = write_json(options, setup, contests);
  if (!written) return complain(to_string(written.error()), failed_status);
  return mistake ? complain("not all results are equal, see above", failed_status) : 0;
}

/// `sluice_bench floor NAME IN OUT THREADS`: one of its own competitors.
int run_floor_command(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) return complain("floor NAME IN OUT THREADS", usage_status);
  const Workload* workload = find_workload(arguments[0]);
  unsigned threads = 0;
  const std::string& number = arguments[3];
  std::from_chars(number.data(), number.data() + number.size(), threads);
  if (workload == nullptr || threads == 0) {
    return complain("floor NAME IN OUT THREADS", usage_status);
  }
  const Status status = run_floor(*workload, arguments[1], arguments[2], threads);
  return status ? 0 : complain(to_string(status.error()), failed_status);
}

int bench(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments.front() == "floor") {
    return run_floor_command({arguments.begin() + 1, arguments.end()});
  }
  Options options;
  CLI::App app("Runs the same work with sluice and with other programs, and compares results.");
  app.name("tools/bench");
  declare(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_status;
  }
  if (options.list) {
    print_list();
    return 0;
  }
  if (options.short_run) {
    options.size = "16MiB";
    options.runs = 1;
  }
  if (options.threads == 0) options.threads = describe_machine().cores;
  const auto chosen = choose_workloads(options.workloads);
  if (!chosen) return complain(chosen.error().message, usage_status);
  const Result<Session> session = prepare(options);
  if (!session) return complain(session.error().message, usage_status);
  // Byte by byte is what all are asked for; grep and mawk are slower otherwise. All inherit it.
  setenv("LC_ALL", "C", /*overwrite=*/1);
  // Programs start as copies of this one: what it has freed must not count as their memory.
  mallopt(M_MMAP_THRESHOLD, largest_heap_block_bytes);
  return run_contests(options, session.value(), chosen.value());
}

}  // namespace
}  // namespace sluice::bench

int main(int argc, char** argv) { return sluice::bench::bench(argc, argv); }
