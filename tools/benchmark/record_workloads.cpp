// The workloads about records: sums over an access log, and the errors in an application log, each
// over a plain file, over a gzip file of one member (decoded by one thread, whoever does it), and
// over what sluice writes: gzip members that tell their sizes, and zstd frames of 2 MiB.
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
  add(3, "the same over zst that sluice wrote (frames of 2 MiB)", Input::zstd_frames,
      behind("zstd -q -dc", usual));
}

/// The scripts for a question about a plain file, in Perl and in Node.js.
Peers scripts_for(const std::string& question, Pace node_pace = Pace::slow) {
  return {{"perl", "perl {scripts}/records.pl " + question + " {in}"},
          {"node", "node {scripts}/records.mjs " + question + " {in}", node_pace}};
}

void append_access(std::vector<Workload>& workloads) {
  const auto add = [&](std::string_view name, std::string_view title, Question question,
                       Peers peers) {
    workloads.push_back({name, title, Input::plain, question, Compression::none, std::move(peers)});
  };
  add("server-errors", "keep the requests with a status of 500 or more", Question::server_errors,
      joined({{"mawk", "mawk -f {scripts}/server_errors.awk {in}"},
              {"gawk", "gawk -f {scripts}/server_errors.awk {in}"},
              {"rg (search alone)", "rg --no-config {server_errors} {in}"},
              {"mlr", "mlr --inidx --ifs {space} --onidx filter {mlr_server_errors} {in}",
               Pace::sliced}},
             scripts_for("server_errors")));
  add("top-paths", "the ten paths that were asked for most", Question::top_paths,
      joined({{"mawk | sort | sed",
               "mawk -f {scripts}/path_counts.awk {in} | sort -k1,1nr -k2 | sed -n 1,10p"},
              {"gawk | sort | sed",
               "gawk -f {scripts}/path_counts.awk {in} | sort -k1,1nr -k2 | sed -n 1,10p"},
              {"mlr | sort | sed",
               "mlr --inidx --ifs {space} --onidx count -g 7 then reorder -f count {in} | "
               "sort -k1,1nr -k2 | sed -n 1,10p",
               Pace::sliced}},
             scripts_for("top_paths")));
  add("clients-by-hour", "the number of distinct clients in each hour", Question::clients_by_hour,
      joined({{"mawk", "mawk -f {scripts}/clients_by_hour.awk {in}"},
              {"gawk", "gawk -f {scripts}/clients_by_hour.awk {in}"},
              {"mlr", "mlr --inidx --ifs {space} --onidx put -q {mlr_hours} {in}", Pace::sliced}},
             scripts_for("clients_by_hour")));
  add("redact", "all lines without their e-mail and IPv4 addresses", Question::redact,
      scripts_for("redact"));
  add("sort-by-time", "all lines of two joined logs in the order of their times",
      Question::sort_by_time,
      joined({{"sort -s --parallel={threads}", "sort -s --parallel={threads} -S 4G -k4,4 {in}"}},
             scripts_for("sort_by_time", Pace::sliced)));
}

void append_others(std::vector<Workload>& workloads) {
  const auto add = [&](std::string_view name, std::string_view title, Question question,
                       Peers peers) {
    workloads.push_back({name, title, Input::plain, question, Compression::none, std::move(peers)});
  };
  add("json-error-fields", "four of 20 fields of the records with the level ERROR",
      Question::error_fields,
      joined({{"jq", "jq -c -f {scripts}/error_fields.jq {in}", Pace::sliced},
              {"mlr", "mlr --ijsonl --ojsonl filter {mlr_errors} then cut -o -f {four_fields} {in}",
               Pace::sliced}},
             scripts_for("error_fields")));
  add("json-fields", "four of 20 fields of all records", Question::fields,
      joined({{"jq", "jq -c -f {scripts}/fields.jq {in}", Pace::sliced},
              {"mlr", "mlr --ijsonl --ojsonl cut -o -f {four_fields} {in}", Pace::sliced}},
             scripts_for("fields")));
  // A script first: it takes the value of a percentile as sluice does, and so judges the others.
  add("json-latencies", "percentiles of a duration by service, of JSON", Question::latencies,
      joined(scripts_for("latencies"),
             {{"jq", "jq -nr -f {scripts}/latencies.jq {in}", Pace::sliced},
              {"mlr", "mlr --ijsonl --onidx stats1 -a p50,p95,p99 -f duration_ms -g service {in}",
               Pace::slow}}));
  add("syslog-json", "RFC 5424 to JSON", Question::system_json, scripts_for("system_json"));
}

}  // namespace

std::vector<Workload> record_workloads() {
  std::vector<Workload> made;
  append(made, {"status-sums", "status-sums-gz", "status-sums-members", "status-sums-zst"},
         "count records and sum their bytes by status",
         {Question::status_sums,
          {{"mawk", "mawk -f {scripts}/status_sums.awk"}},
          {{"gawk", "gawk -f {scripts}/status_sums.awk"},
           {"perl", "perl {scripts}/records.pl status_sums"},
           {"node", "node {scripts}/records.mjs status_sums", Pace::slow},
           {"mlr", "mlr --inidx --ifs {space} --ocsv put -q {mlr_sums}", Pace::sliced}}});
  append(
      made, {"json-errors", "json-errors-gz", "json-errors-members", "json-errors-zst"},
      "keep the records of an application log with the level ERROR",
      {Question::errors,
       {{"rg (search alone)", "rg --no-config {error}"}, {"jq", "jq -c {jq_errors}", Pace::sliced}},
       {{"grep -F (search alone)", "grep -F {error}"},
        {"perl (search alone)", "perl {scripts}/records.pl errors"},
        {"node (JSON.parse)", "node {scripts}/records.mjs errors", Pace::slow},
        {"mlr", "mlr --ijsonl --ojsonl filter {mlr_errors}", Pace::sliced}}});
  append_access(made);
  append_others(made);
  return made;
}

}  // namespace sluice::bench
