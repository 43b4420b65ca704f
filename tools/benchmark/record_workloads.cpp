// The workloads about records: sums over an access log, and the errors in an application log, each
// over a plain file, over a gzip file of one member (decoded by one thread, whoever does it), and
// over what sluice writes: gzip members that tell their sizes, and zstd frames of 1 MiB.
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/benchmark/workloads.h"

namespace sluice::bench {
namespace {

using Peers = std::vector<Peer>;

/// Peers whose commands read stdin, as they open the file themselves.
Peers with_file(Peers peers) {
  for (Peer& peer : peers) peer.command += " {in}";
  return peers;
}

/// The same peers behind a program that decodes the file.
Peers behind(const std::string& decoder, Peers peers) {
  for (Peer& peer : peers) {
    peer.label.insert(0, decoder + " | ");
    peer.command.insert(0, decoder + " {in} | ");
  }
  return peers;
}

Peers joined(Peers peers, const Peers& others) {
  peers.insert(peers.end(), others.begin(), others.end());
  return peers;
}

/// A question with the peers that answer it: `usual` takes part everywhere, `others` where the file
/// is plain or has one member.
struct Contestants {
  Question question;
  Peers usual;
  Peers others;
};

/// Appends the question over all forms of its log.
void append(std::vector<Workload>& workloads, const std::array<std::string_view, 4>& names,
            std::string_view title, const Contestants& contestants) {
  const Peers& usual = contestants.usual;
  const Peers all = joined(usual, contestants.others);
  const auto add = [&](std::size_t i, std::string_view what, Input input, Peers peers) {
    workloads.push_back(
        {names[i], what, input, contestants.question, Compression::none, std::move(peers)});
  };
  add(0, title, Input::plain, with_file(all));
  add(1, "the same over gz", Input::gzip, joined(behind("igzip -dc", all), behind("zcat", usual)));
  add(2, "the same over gz that sluice wrote (members with sizes)", Input::gzip_members,
      behind("igzip -dc", usual));
  add(3, "the same over zst that sluice wrote (frames of 1 MiB)", Input::zstd_frames,
      behind("zstd -q -dc", usual));
}

}  // namespace

std::vector<Workload> record_workloads() {
  std::vector<Workload> made;
  append(made, {"status-sums", "status-sums-gz", "status-sums-members", "status-sums-zst"},
         "count records and sum their bytes by status",
         {Question::status_sums,
          {{"mawk", "mawk {awk_sums}"}},
          {{"gawk", "gawk {awk_sums}"},
           {"perl", "perl -ne {perl_sums}"},
           {"node", "node {node_records} sums", Pace::slow},
           {"mlr", "mlr --inidx --ifs {space} --ocsv put -q {mlr_sums}", Pace::sliced}}});
  append(
      made, {"json-errors", "json-errors-gz", "json-errors-members", "json-errors-zst"},
      "keep the records of an application log with the level ERROR",
      {Question::errors,
       {{"rg (search alone)", "rg --no-config {error}"}, {"jq", "jq -c {jq_errors}", Pace::sliced}},
       {{"grep -F (search alone)", "grep -F {error}"},
        {"perl (search alone)", "perl -ne {perl_errors}"},
        {"node (JSON.parse)", "node {node_records} errors", Pace::slow},
        {"mlr", "mlr --ijsonl --ojsonl filter {mlr_errors}", Pace::sliced}}});
  return made;
}

}  // namespace sluice::bench
