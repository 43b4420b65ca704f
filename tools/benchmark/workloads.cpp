#include "tools/benchmark/workloads.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "engine/base/json_text.h"

namespace sluice::bench {
namespace {

// Of the made-up access log, 0.3 % of the lines have the literal and 1.3 % match the regex.
constexpr std::string_view literal = R"(" 503 )";
constexpr std::string_view literal_in_awk = R"(index($0, "\" 503 "))";
constexpr std::string_view regex = R"(" 50[0-9] )";
constexpr std::string_view regex_in_awk = R"(/" 50[0-9] /)";

// The fields of the access log can be counted: requests have no more spaces than usual.
constexpr std::string_view sums_in_miller =
    R"(@hits[$9] += 1; @bytes[$9] += $10 == "-" ? 0 : $10; )"
    R"(end { emit (@hits, @bytes), "status" })";
constexpr std::string_view server_errors = R"(" 5[0-9][0-9] )";
constexpr std::string_view hours_in_miller =
    R"(@clients[substr($4, 1, 14)][$1] = 1; )"
    R"(end { for (h, clients in @clients) )"
    R"({ print "2025-03-" . substr(h, 0, 1) . "T" . substr(h, 12, 13) . ":00:00Z " . length(clients) } })";

// No other object of a record has a level, so that the search for the text alone finds the same.
constexpr std::string_view error_literal = R"("level":"ERROR")";
constexpr std::string_view errors_in_jq = R"(select(.level == "ERROR"))";
constexpr std::string_view errors_in_miller = R"($level == "ERROR")";

constexpr unsigned start_runs = 20;

std::vector<Workload> make_workloads() {
  constexpr auto all = Question::all;
  constexpr auto by_literal = Question::literal;
  constexpr auto by_regex = Question::regex;
  constexpr auto none = Compression::none;
  constexpr auto gzip = Compression::gzip;
  constexpr auto zstd = Compression::zstd;
  std::vector<Workload> made{
      {"count",
       "count the lines of a plain file",
       Input::plain,
       all,
       std::nullopt,
       {{"wc -l", "wc -l {in}"},
        {"grep -c ''", "grep -c {empty} {in}"},
        {"rg -c ''", "rg --no-config -c {empty} {in}"},
        {"mawk 'END{print NR}'", "mawk {awk_count} {in}"}}},
      {"literal",
       "filter a plain file by a literal",
       Input::plain,
       by_literal,
       none,
       {{"rg -F", "rg --no-config -F {literal} {in}"},
        {"grep -F", "grep -F {literal} {in}"},
        {"mawk index()", "mawk {awk_literal} {in}"}}},
      {"regex",
       "filter a plain file by a regex",
       Input::plain,
       by_regex,
       none,
       {{"rg", "rg --no-config {regex} {in}"},
        {"grep -E", "grep -E {regex} {in}"},
        {"mawk", "mawk {awk_regex} {in}"}}},
      {"plain-zst",
       "plain -> filter by a regex -> zst",
       Input::plain,
       by_regex,
       zstd,
       {{"rg | zstd -T{threads} -3", "rg --no-config {regex} {in} | zstd -q -c -T{threads} -3"},
        {"grep | zstd -T{threads} -3", "grep -E {regex} {in} | zstd -q -c -T{threads} -3"}}},
      {"gz-zst",
       "gz -> filter by a regex -> zst",
       Input::gzip,
       by_regex,
       zstd,
       {{"pigz -dc | rg | zstd -T{threads} -3",
         "pigz -dc {in} | rg --no-config {regex} | zstd -q -c -T{threads} -3"},
        {"rg -z | zstd -T{threads} -3",
         "rg --no-config -z {regex} {in} | zstd -q -c -T{threads} -3"},
        {"igzip -dc | rg | zstd -T{threads} -3",
         "igzip -dc {in} | rg --no-config {regex} | zstd -q -c -T{threads} -3"}}},
      {"zst-gz",
       "zst -> filter by a regex -> gz",
       Input::zstd,
       by_regex,
       gzip,
       {{"zstd -dc | rg | pigz -6",
         "zstd -q -dc {in} | rg --no-config {regex} | pigz -c -6 -p {threads}"}}},
      {"copy",
       "copy a plain file",
       Input::plain,
       all,
       none,
       {{"cp --reflink=never", "cp --reflink=never {in} {out}"}, {"cat", "cat {in}"}}},
      {"gz-gz",
       "gz -> filter by a regex -> gz",
       Input::gzip,
       by_regex,
       gzip,
       {{"node (stream.pipeline)", "node {scripts}/pipeline.mjs {in} {out} {regex}"},
        {"zcat | grep | gzip", "zcat {in} | grep -E {regex} | gzip -c -6"},
        {"pigz -dc | rg | pigz -6",
         "pigz -dc {in} | rg --no-config {regex} | pigz -c -6 -p {threads}"}}},
      {"start",
       "start to finish: filter 1 kB by a literal",
       Input::small,
       by_literal,
       none,
       {{"rg -F", "rg --no-config -F {literal} {in}"},
        {"grep -F", "grep -F {literal} {in}"},
        {"mawk index()", "mawk {awk_literal} {in}"}},
       start_runs},
  };
  for (std::vector<Workload>& others :
       std::array{record_workloads(), byte_workloads(), peer_workloads()}) {
    std::move(others.begin(), others.end(), std::back_inserter(made));
  }
  return made;
}

/// `text` with every {NAME} replaced.
std::string fill_in(std::string_view text, const CommandWords& words) {
  const auto values = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"{in}", words.in},
       {"{out}", words.out},
       {"{threads}", words.threads},
       {"{scripts}", words.scripts},
       {"{port}", words.port},
       {"{config}", words.config},
       {"{sluice}", words.sluice},
       {"{sender}", words.sender},
       {"{empty}", ""},
       {"{space}", " "},
       {"{literal}", literal},
       {"{regex}", regex},
       {"{awk_count}", "END{print NR}"},
       {"{awk_literal}", literal_in_awk},
       {"{awk_regex}", regex_in_awk},
       {"{mlr_sums}", sums_in_miller},
       {"{mlr_hours}", hours_in_miller},
       {"{server_errors}", server_errors},
       {"{mlr_server_errors}", "$9 >= 500"},
       {"{four_fields}", "time,service,duration_ms,message"},
       {"{error}", error_literal},
       {"{jq_errors}", errors_in_jq},
       {"{awk_numbers}", R"({ gsub(/[0-9]+/, "#"); print })"},
       {"{mlr_errors}", errors_in_miller}});
  for (const auto& [name, value] : values) {
    const std::size_t at = text.find(name);
    if (at == std::string_view::npos) continue;
    return std::string(text.substr(0, at)).append(value).append(text.substr(at + name.size()));
  }
  return std::string(text);
}

/// `text` with every {NAME} replaced that is a word, or a part of one, by itself.
std::string fill_in_all(std::string_view text, const CommandWords& words) {
  std::string filled(text);
  for (std::string before; before != filled;)
    before = std::exchange(filled, fill_in(filled, words));
  return filled;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator)) {
    parts.push_back(text.substr(0, end));
    text.remove_prefix(end + separator.size());
  }
  parts.push_back(text);
  return parts;
}

/// Tells of a program that is not there in `missing`.
Command command_of(std::string_view text, const CommandWords& words, std::string& missing) {
  Command command;
  for (const std::string_view word : split(text, " ")) {
    command.arguments.push_back(fill_in(word, words));
  }
  std::string& program = command.arguments.front();
  if (program == "rg" || program == "grep") command.highest_good_status = 1;
  std::optional<std::string> path = find_program(program);
  if (path) {
    program = std::move(*path);
  } else {
    missing = program;
  }
  return command;
}

/// The address of {port}, as an option of sluice.
std::string address_of(const CommandWords& words) { return "127.0.0.1:" + words.port + "\n"; }

std::string conversion_config(const Workload& workload, const CommandWords& words) {
  const Conversion& conversion = *workload.conversion;
  std::string text = "version: 1\npipelines:\n  " + std::string(workload.name) + ":\n    stages:\n";
  if (conversion.over_tcp) {
    text += "      - source: tcp\n        listen: " + address_of(words);
  } else {
    text += "      - source: file\n        paths: [" + json_quoted(words.in) + "]\n";
  }
  if (!conversion.takes_records) text += "        framing: none\n";
  return text + conversion.source + conversion.stages +
         "      - sink: file\n        path: " + json_quoted(words.out) + "\n" + conversion.sink;
}

}  // namespace

const std::vector<Workload>& workloads() {
  static const std::vector<Workload> all = make_workloads();
  return all;
}

const Workload* find_workload(std::string_view name) {
  for (const Workload& workload : workloads()) {
    if (workload.name == name) return &workload;
  }
  return nullptr;
}

Log log_of(const Workload& workload) {
  if (workload.conversion) return workload.conversion->log;
  const RecordQuestion* about = find_record_question(workload.question);
  return about != nullptr ? about->log : Log::access;
}

PeerPipeline pipeline_of(const Peer& peer, const CommandWords& words) {
  PeerPipeline made;
  if (peer.listener) {
    Receiver receiver;
    receiver.command = command_of(peer.listener->command, words, made.missing);
    made.pipeline.receiver = std::move(receiver);
  } else if (peer.command.find("{out}") == std::string_view::npos) {
    made.pipeline.output = words.out;
  }
  for (const std::string_view part : split(peer.command, " | ")) {
    if (made.missing.empty()) {
      made.pipeline.commands.push_back(command_of(part, words, made.missing));
    }
  }
  return made;
}

std::string label_of(const Peer& peer, const CommandWords& words) {
  return fill_in(peer.label, words);
}

std::optional<MatchRule> rule_of(const Workload& workload) {
  MatchRule rule;
  switch (workload.question) {
    case Question::literal:
      rule.contains.emplace_back(literal);
      break;
    case Question::regex:
      rule.regex = regex;
      break;
    case Question::errors:
      rule.contains.emplace_back(error_literal);
      break;
    default:
      return std::nullopt;
  }
  return rule;
}

std::string config_of(const Listener& listener, const CommandWords& words) {
  return fill_in_all(listener.config, words);
}

std::string sender_config_of(const CommandWords& words) {
  return "version: 1\npipelines:\n  sender:\n    stages:\n      - source: file\n        paths: [" +
         json_quoted(words.in) +
         "]\n        framing: none\n      - sink: tcp\n        address: " + address_of(words);
}

std::string config_of(const Workload& workload, const CommandWords& words) {
  // A JSON string is a YAML string, too.
  if (workload.conversion) return conversion_config(workload, words);
  std::string text = "version: 1\npipelines:\n  " + std::string(workload.name) + ":\n";
  text += "    stages:\n      - source: file\n        paths: [" + json_quoted(words.in) + "]\n";
  const bool copies = workload.question == Question::all && workload.output;
  if (copies) text += "        framing: none\n";  // cp does not look for lines either.
  if (workload.question == Question::literal) {
    text += "      - transform: filter\n        contains: [" + json_quoted(literal) + "]\n";
  } else if (workload.question == Question::regex) {
    text += "      - transform: filter\n        regex: " + json_quoted(regex) + "\n";
  }
  const RecordQuestion* about = find_record_question(workload.question);
  if (about != nullptr) text += about->stages;
  if (!workload.output) return text + "      - sink: \"null\"\n";
  const Compression compression = *workload.output;
  text += "      - sink: file\n        path: " + json_quoted(words.out) + "\n";
  if (about != nullptr) text += "        encoding: " + std::string(about->encoding) + "\n";
  text += "        compression: " + json_quoted(name_of(compression)) + "\n";
  if (compression == Compression::none) return text;
  return text + "        level: " + std::to_string(levels_of(compression).standard) + "\n";
}

}  // namespace sluice::bench
