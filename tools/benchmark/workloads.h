// What is measured: the work, and the ways to have it done by other programs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stages/support/compression.h"
#include "stages/support/line_matcher.h"
#include "tools/benchmark/process.h"
#include "tools/benchmark/questions.h"

namespace sluice::bench {

/// Which of its forms; see Corpus::path_of.
enum class Input : std::uint8_t {
  plain,
  gzip,
  zstd,
  gzip_members,
  zstd_frames,
  bgzf,
  lz4,
  xz,
  base64,
  hex,
  utf16,
  small,
};

/// How much of the work a peer gets, for it not to take many minutes.
enum class Pace : std::uint8_t {
  fast,   ///< All of it.
  slow,   ///< The whole log, but only one counted run.
  sliced  ///< One counted run on a slice of the log; its time is scaled.
};

/// The half of a peer that is sent to over TCP.
struct Listener {
  std::string command;      ///< As that of the peer, one program; {port} is where it is to listen.
  std::string config = {};  ///< What {config} names the file of.
  /// It ends with its connection; else it has done its work when {out} holds all of {in}.
  bool ends_itself = false;
};

/// Another program, or several in a pipeline, that does a workload.
struct Peer {
  std::string label;  ///< As a person would type it, without files and patterns.
  /// Programs divided by " | ", their arguments by one space. Names in braces stand for what
  /// CommandWords holds; without an {out} the output is stdout.
  std::string command;
  Pace pace = Pace::fast;
  std::optional<Listener> listener = {};  ///< The command sends to it.
};

/// Work on all of the bytes, whatever they are.
struct Conversion {
  std::string source;  ///< Options of the source of a sluice config, a line each.
  std::string stages;  ///< Between the source and the sink.
  std::string sink;    ///< Options of the sink.
  /// What comes out is, decompressed, the log; else it is what the first peer makes.
  bool gives_log = true;
  int level = 0;  ///< Of the output's compression; 0: the usual one.
  Log log = Log::access;
  bool takes_records = false;  ///< Else the source gives plain bytes.
  /// One sluice sends the file to another, whose source these options are for.
  bool over_tcp = false;
  bool has_floor = true;  ///< Else other programs have a part in it.
};

struct Workload {
  std::string_view name;
  std::string_view title;
  Input input;
  Question question;
  std::optional<Compression> output;  ///< Nothing: the result is the number of lines.
  std::vector<Peer> peers;
  unsigned runs = 0;  ///< 0: as many as the user wants.
  std::optional<Conversion> conversion = {};
};

/// Which log a workload reads.
Log log_of(const Workload& workload);

/// Those that are about records, about bytes, and about other programs: as peers of a connection,
/// and as children.
std::vector<Workload> record_workloads();
std::vector<Workload> byte_workloads();
std::vector<Workload> peer_workloads();

/// All of them, in the order in which they are run.
const std::vector<Workload>& workloads();
const Workload* find_workload(std::string_view name);

/// What the names in a Peer's command stand for in one run.
struct CommandWords {
  std::string in;
  std::string out;
  std::string threads;
  std::string scripts;      ///< The folder with the programs of the peers that are languages.
  std::string port = {};    ///< For a listener.
  std::string config = {};  ///< The path of its config.
  std::string sluice = {};  ///< The launcher, and its config to send {in} to that port.
  std::string sender = {};
};

/// A peer's command, ready to run, or which program of it is not installed.
struct PeerPipeline {
  Pipeline pipeline;
  std::string missing;
};
PeerPipeline pipeline_of(const Peer& peer, const CommandWords& words);

/// The label with the number of threads in it.
std::string label_of(const Peer& peer, const CommandWords& words);

/// The condition that a workload's lines fulfil; none if it is about all lines.
std::optional<MatchRule> rule_of(const Workload& workload);

/// The text of a listener's config.
std::string config_of(const Listener& listener, const CommandWords& words);

/// The same work as a sluice config; over TCP, that of the receiver.
std::string config_of(const Workload& workload, const CommandWords& words);
/// How a file is sent over TCP.
std::string sender_config_of(const CommandWords& words);

}  // namespace sluice::bench
