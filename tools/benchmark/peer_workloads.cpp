// The workloads with other programs in them: at the other end of a connection, where sluice is both
// ends in its turn, and as children of sluice, beside the shell pipeline that they replace.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/benchmark/workloads.h"

namespace sluice::bench {
namespace {

const std::string to_plain_file = "        compression: none\n";
/// Its result is looked at while it runs.
const std::string to_growing_file = to_plain_file + "        append: true\n";

/// What all system logs are sent by: it is done when the receiver has read all.
constexpr std::string_view sender =
    "{sluice} run -f {sender} --no-progress --quiet --threads {threads}";

/// One rule, without parsing where that can be had, long queues, and one worker, since two of them
/// would not keep the order.
constexpr std::string_view rsyslog_config =
    R"(global(maxMessageSize="64k" parser.escapeControlCharactersOnReceive="off")
main_queue(queue.size="100000" queue.dequeueBatchSize="4096" queue.workerThreads="1")
module(load="imtcp")
template(name="raw" type="string" string="%rawmsg%\n")
ruleset(name="all") {
  action(type="omfile" file="{out}" template="raw" ioBufferSize="256k")
}
input(type="imtcp" address="127.0.0.1" port="{port}" ruleset="all")
)";
constexpr std::string_view syslog_ng_config = R"(@version: 3.38
options { threaded(yes); stats-freq(0); };
source all {
  network(ip("127.0.0.1") port({port}) transport("tcp") flags(no-parse)
          log-iw-size(100000) log-fetch-limit(10000));
};
destination file { file("{out}" template("${MESSAGE}\n") flush-lines(10000)); };
log { source(all); destination(file); flags(flow-control); };
)";

/// All of a plain log, without a program written by hand to compare with.
Workload beside(std::string_view name, std::string_view title, std::vector<Peer> peers,
                Conversion conversion) {
  conversion.has_floor = false;
  return {name,
          title,
          Input::plain,
          Question::all,
          Compression::none,
          std::move(peers),
          0,
          std::move(conversion)};
}

Workload over_tcp(std::string_view name, std::string_view title, Log log, bool takes_records,
                  std::vector<Peer> peers) {
  Conversion conversion{"", "", to_growing_file};
  conversion.log = log;
  conversion.takes_records = takes_records;
  conversion.over_tcp = true;
  return beside(name, title, std::move(peers), std::move(conversion));
}

std::vector<Peer> copies_over_tcp() {
  const std::string to_peer = ":127.0.0.1:{port}";
  const auto socat = [&](const std::string& block) -> Peer {
    return {"socat -b " + block, "socat -u -b " + block + " FILE:{in} TCP" + to_peer, Pace::fast,
            Listener{"socat -u -b " + block +
                         " TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr OPEN:{out},creat,trunc",
                     "", true}};
  };
  return {socat("8192"),
          socat("262144"),
          {"node (net, stream.pipeline)", "node {scripts}/tcp.mjs send {port} {in}", Pace::fast,
           Listener{"node {scripts}/tcp.mjs receive {port} {out}", "", true}}};
}

std::vector<Peer> system_logs() {
  return {{"rsyslog", std::string(sender), Pace::fast,
           Listener{"rsyslogd -n -f {config} -i {config}.pid", std::string(rsyslog_config)}},
          {"syslog-ng", std::string(sender), Pace::fast,
           Listener{"syslog-ng -F -f {config} -R {config}.persist -p {config}.pid -c {config}.ctl",
                    std::string(syslog_ng_config)}}};
}

/// `command` as a child of sluice.
Workload through_child(std::string_view name, std::string_view title, Log log,
                       const std::string& command, bool is_per_slot, std::vector<Peer> peers) {
  std::string stage = "      - duplex: exec\n        command: " + command + "\n";
  if (is_per_slot) stage += "        instances: per_slot\n";
  Conversion conversion{"", std::move(stage), to_plain_file, /*gives_log=*/false};
  conversion.log = log;
  conversion.takes_records = is_per_slot;
  return beside(name, title, std::move(peers), std::move(conversion));
}

}  // namespace

std::vector<Workload> peer_workloads() {
  const std::vector<Peer> jq{{"jq", "jq -c {jq_errors} {in}"}};
  const std::vector<Peer> awk{{"mawk", "mawk {awk_numbers} {in}"}};
  // As the child of sluice has it, which reads from a pipe.
  const Peer piped_jq{"cat | jq", "cat {in} | jq -c {jq_errors}"};
  const Peer piped_awk{"cat | mawk", "cat {in} | mawk {awk_numbers}"};
  const std::string jq_child = "[jq, -c, 'select(.level == \"ERROR\")']";
  const std::string awk_child = R"([mawk, '{ gsub(/[0-9]+/, "#"); print }'])";
  return {
      over_tcp("tcp-copy", "file -> TCP -> file", Log::access, false, copies_over_tcp()),
      over_tcp("tcp-syslog", "syslog lines over TCP -> file", Log::system, true, system_logs()),
      through_child("exec-cat", "plain -> cat -> plain", Log::access, "cat", false,
                    {{"cat | cat", "cat {in} | cat"}}),
      through_child("exec-awk", "plain -> mawk -> plain", Log::access, awk_child, false,
                    {awk.front(), piped_awk}),
      through_child("exec-awk-slots", "the same with a child for each core", Log::access, awk_child,
                    true, awk),
      through_child("exec-jq", "JSON -> jq -> JSON", Log::app, jq_child, false,
                    {jq.front(), piped_jq}),
      through_child("exec-jq-slots", "the same with a child for each core", Log::app, jq_child,
                    true, jq),
  };
}

}  // namespace sluice::bench
