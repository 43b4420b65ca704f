#!/usr/bin/env bash
# A source tcp with many connections on which nothing happens: they cost no thread and no time, and
# all of them are still heard when they speak.
#
#   tests/network/idle_connections.sh SLUICE [CONNECTIONS [SECONDS]]     1000 and 10, if not given
#
# The clients are Node.js. Exit status 77 means that there is no Node.js.
set -euo pipefail

sluice=$(realpath "$1")
readonly connections=${2:-1000} seconds=${3:-10}
command -v node >/dev/null || { echo "SKIPPED: there is no node" && exit 77; }
ulimit -n 4096

folder=$(mktemp -d)
sluice_pid='' clients_pid=''
stop() {
  # shellcheck disable=SC2086  # some are not there
  kill -KILL $sluice_pid $clients_pid 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

cat >pipelines.yaml <<'END'
version: 1
pipelines:
  p:
    stages:
      - { source: tcp, listen: 'unix:s', max_connections: 5000 }
      - stdout
END
# Speaks once at first, so that every connection is known to be accepted, and once at the end.
cat >clients.mjs <<'END'
import { connect } from 'node:net'
const count = Number(process.argv[2])
const sockets = Array.from({ length: count }, () => connect('s'))
sockets.forEach((socket, i) => socket.write(`hello ${i}\n`))
process.stdin.on('data', () => sockets.forEach((socket, i) => socket.end(`bye ${i}\n`)))
process.stdin.unref?.()
END

threads() { awk '/^Threads:/ { print $2 }' "/proc/$sluice_pid/status"; }
resident_kib() { awk '/^VmRSS:/ { print $2 }' "/proc/$sluice_pid/status"; }
# User and system time, in clock ticks.
ticks() { awk '{ print $14 + $15 }' "/proc/$sluice_pid/stat"; }
await_lines() { until [[ $(wc -l <out.log) -ge $1 ]]; do sleep 0.02; done; }

"$sluice" run >out.log 2>log.txt &
sluice_pid=$!
until grep -q listening log.txt; do sleep 0.02; done
threads_alone=$(threads)
mkfifo speak
node clients.mjs "$connections" <speak &
clients_pid=$!
exec 3>speak
await_lines "$connections"
threads_connected=$(threads)
before=$(ticks)
sleep "$seconds"
used=$(($(ticks) - before))
resident=$(resident_kib)
echo now >&3
await_lines $((2 * connections))
kill -TERM "$sluice_pid"
wait "$sluice_pid" || [[ $? == 143 ]]
sluice_pid=''
heard=$(grep -c '^bye ' out.log)
# A hundred ticks are a second.
echo "$connections idle connections for $seconds s: $((10 * used)) ms of CPU, $resident KiB resident," \
  "$threads_connected threads ($threads_alone without connections), $heard heard at the end"
[[ $used -lt $seconds && $threads_connected == "$threads_alone" && $heard == "$connections" ]]
