#!/usr/bin/env bash
# Syslog daemons that others wrote, as senders and as receivers: what they send is received and
# parsed, what is sent to them is in their files, record by record.
#
#   tests/network/syslog_peers.sh SLUICE [RECORDS]     20000, if not given
#
# Of rsyslogd and syslog-ng those that are installed; exit status 77 means that none is.
set -euo pipefail

sluice=$(realpath "$1")
readonly records=${2:-20000}
folder=$(mktemp -d)
pids=()
stop() {
  ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

failures=0
# Waits until command $2 succeeds, for 20 seconds at most.
await() {
  local what=$1 until=$((SECONDS + 20))
  shift
  until "$@" 2>/dev/null; do
    ((SECONDS < until)) || { echo "$what: it does not come" && return 1; }
    sleep 0.05
  done
}
has_lines() { [[ -e $1 && $(wc -l <"$1") -ge $2 ]]; }
verdict() {
  local name=$1 wanted=$2 got=$3
  if cmp -s "$wanted" "$got"; then
    echo "$name: $(wc -l <"$got") records, equal"
  else
    echo "$name: DIFFERENT: $(wc -l <"$wanted") sent, $(wc -l <"$got") received" && failures=$((failures + 1))
    diff "$wanted" "$got" | head -n 4 || true
  fi
}

# RFC 5424, with what makes framing hard: a line that begins with a number, and a long one.
awk -v records="$records" 'BEGIN {
  long = sprintf("%2000s", ""); gsub(/ /, "x", long)
  for (i = 1; i <= records; ++i) {
    text = i % 100 == 0 ? long : i % 7 == 0 ? "42 <13> looks like a frame" : "message number " i
    printf "<134>1 2026-01-02T03:04:05.%06dZ host%d app %d ID - %s\n", i, i % 9, i, text
  }
}' >sent.log
# What is in a message, as the daemons give it back and as the parser sees it: its process and text.
awk '{ process = $5; for (i = 0; i < 7; ++i) sub(/^[^ ]+ /, ""); print process " " $0 }' sent.log >messages

# The port of the log line "listening ... address=0.0.0.0:PORT".
port_of() { grep -oE 'listening .*address=[^ ]*:[0-9]+' "$1" | grep -oE '[0-9]+$' | head -n 1; }

# --- rsyslogd -------------------------------------------------------------------------------------

# Starts rsyslogd with the config on stdin, under the name $1.
start_rsyslogd() {
  { echo "global(workDirectory=\"$folder\" maxMessageSize=\"16k\")" && cat; } >"$1.conf"
  rsyslogd -n -i NONE -f "$1.conf" 2>"$1.err" &
  pids+=($!)
}

# Sluice receives and parses what `$3 $1 PORT` starts somebody to send; framing $2.
check_received() {
  local name=$1 framing=$2 start=$3 pid
  cat >"$name.yaml" <<END
version: 1
pipelines:
  p:
    stages:
      - { source: tcp, listen: '127.0.0.1:0', framing: $framing }
      - parse: syslog
      - { sink: file, path: '$name.out', encoding: template, template: '{pid} {message}' }
END
  "$sluice" run -f "$name.yaml" 2>"$name.log" &
  pid=$!
  pids+=("$pid")
  await "$name" grep -q listening "$name.log" || { cat "$name.log" && return 1; }
  "$start" "$name" "$(port_of "$name.log")"
  await "$name" has_lines "$name.out.partial" "$records" || true
  kill -TERM "$pid" && wait "$pid" || true
  verdict "$name" messages "$name.out.partial"
}

rsyslogd_sends() {
  start_rsyslogd "$1" <<END
module(load="imptcp")
input(type="imptcp" path="$folder/$1.sock" supportOctetCountedFraming="off")
template(name="raw" type="string" string="%rawmsg%")
action(type="omfwd" target="127.0.0.1" port="$2" protocol="tcp" tcp_framing="${1#rsyslogd_}"
  template="raw")
END
  await "$1" nc -z -U "$1.sock"
  nc -N -U "$1.sock" <sent.log
}

check_rsyslogd_receives() {
  local framing=$1 name="rsyslogd_receives_$1"
  start_rsyslogd "$name" <<END
module(load="imptcp")
input(type="imptcp" path="$folder/$name.sock" supportOctetCountedFraming="on")
template(name="raw" type="string" string="%rawmsg%\n")
action(type="omfile" file="$folder/$name.out" template="raw")
END
  await "$name" nc -z -U "$name.sock"
  "$sluice" run --quiet --file sent.log \
    --tcp "{ address: 'unix:$name.sock', framing: $framing, close_timeout: 20s }"
  await "$name" has_lines "$name.out" "$records" || true
  verdict "$name" sent.log "$name.out"
}

# --- syslog-ng ------------------------------------------------------------------------------------

# Starts syslog-ng with the config on stdin, under the name $1.
start_syslog_ng() {
  { printf '@version: 3.38\noptions { log-msg-size(16384); };\n' && cat; } >"$1.conf"
  syslog-ng --foreground --no-caps --cfgfile "$1.conf" --persist-file "$1.persist" \
    --pidfile "$1.pid" --control "$1.control" 2>"$1.err" &
  pids+=($!)
}

# Line by line as it is; octet-counted it makes the message anew.
syslog_ng_sends() {
  local flags=no-parse driver=network template='template("$MSG\n")'
  [[ $1 == *octet_counted ]] && flags=syslog-protocol driver=syslog template=''
  start_syslog_ng "$1" <<END
source s { file("$folder/sent.log" flags($flags)); };
destination d { $driver("127.0.0.1" port($2) transport("tcp") $template); };
log { source(s); destination(d); };
END
}

check_syslog_ng_receives() {
  local name=syslog_ng_receives
  start_syslog_ng "$name" <<END
source s { unix-stream("$folder/$name.sock" flags(no-parse)); };
destination d { file("$folder/$name.out" template("\$MSG\\n")); };
log { source(s); destination(d); flags(flow-control); };
END
  await "$name" nc -z -U "$name.sock"
  "$sluice" run --quiet --file sent.log --tcp "{ address: 'unix:$name.sock', close_timeout: 20s }"
  await "$name" has_lines "$name.out" "$records" || true
  verdict "$name" sent.log "$name.out"
}

found=false
if command -v rsyslogd >/dev/null; then
  found=true
  check_received rsyslogd_octet-counted octet_counted rsyslogd_sends
  check_received rsyslogd_traditional lines rsyslogd_sends
  check_rsyslogd_receives lines
  check_rsyslogd_receives octet_counted
fi
if command -v syslog-ng >/dev/null; then
  found=true
  check_received syslog_ng_octet_counted octet_counted syslog_ng_sends
  check_received syslog_ng_lines lines syslog_ng_sends
  check_syslog_ng_receives
fi
$found || { echo "SKIPPED: there is no syslog daemon" && exit 77; }
[[ $failures == 0 ]]
