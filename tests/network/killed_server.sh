#!/usr/bin/env bash
# Kills the server of a sink over and over while records are sent to it, and starts it again: every
# record must arrive at least once.
#
#   tests/network/killed_server.sh SLUICE tcp|http [KILLS]     100 kills, if not given
#
# The server is Node.js; it keeps what it has read in files before it answers. Exit status 77 means
# that there is no Node.js.
set -euo pipefail

sluice=$(realpath "$1")
readonly kind=$2 kills=${3:-100} life_seconds=0.3
command -v node >/dev/null || { echo "SKIPPED: there is no node" && exit 77; }

folder=$(mktemp -d)
server_pid='' sender_pid='' feeder_pid=''
stop() {
  # shellcheck disable=SC2086  # some are not there
  kill -KILL $server_pid $sender_pid $feeder_pid 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

cat >server.mjs <<'END'
import { openSync, writeSync } from 'node:fs'
import { createServer as tcpServer } from 'node:net'
import { createServer as httpServer } from 'node:http'
const [kind, life] = process.argv.slice(2)
let number = 0
// Keeps whole lines only: what is cut is not a record that has arrived.
const keep = () => {
  const file = openSync(`kept-${life}-${++number}`, 'w')
  let rest = Buffer.alloc(0)
  return chunk => {
    const all = Buffer.concat([rest, chunk])
    const whole = all.lastIndexOf(10) + 1
    writeSync(file, all.subarray(0, whole))
    rest = all.subarray(whole)
  }
}
const server = kind === 'tcp'
  ? tcpServer(socket => socket.on('error', () => {}).on('data', keep()))
  : httpServer((request, response) =>
      request.on('error', () => {}).on('data', keep()).on('end', () => response.end()))
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1',
  () => console.log(server.address().port))
END

# Starts the server number $1, and waits until it listens.
start_server() {
  exec 4< <(exec node server.mjs "$kind" "$1")
  server_pid=$!
  read -r PORT <&4
  export PORT
}

start_server 0
if [[ $kind == tcp ]]; then
  sink="{ sink: tcp, address: '127.0.0.1:$PORT', resend: 16MiB, close_timeout: 60s,"
else
  sink="{ sink: http, url: 'http://127.0.0.1:$PORT/', batch: { bytes: 256KiB, every: 20ms },"
fi
cat >pipelines.yaml <<END
version: 1
pipelines:
  p:
    stages:
      - stdin
      - throttle: { records_per_second: 50000 }
      - $sink retry: { attempts: 10000, backoff: 5ms, max_backoff: 20ms } }
END

mkfifo input
seq 1 1000000000 >input &
feeder_pid=$!
"$sluice" run --quiet --summary-file summary.json <input 2>log.txt &
sender_pid=$!
for ((life = 1; life <= kills; ++life)); do
  sleep "$life_seconds"
  kill -KILL "$server_pid"
  wait "$server_pid" 2>/dev/null || true
  start_server "$life"
done
kill -TERM "$sender_pid" || { cat log.txt; exit 1; }
status=0
wait "$sender_pid" || status=$?
[[ $status == 143 ]] || { echo "sluice ended with $status" && tail -5 log.txt && exit 1; }

sent=$(jq '[.pipelines[].stages[] | select(.type == "source/stdin") | .records_out] | add' summary.json)
arrived=$(find . -name 'kept-*' -exec cat {} + | wc -l)
different=$(find . -name 'kept-*' -exec cat {} + | LC_ALL=C sort -n -u |
  awk -v sent="$sent" '$1 >= 1 && $1 <= sent { ++count } END { print count + 0 }')
missing=$((sent - different))
lost=$(grep -c ' lost ' log.txt || true)
echo "$kind: $kills kills, $lost connections lost in the log, $sent records sent," \
  "$arrived arrived, $missing missing"
[[ $missing == 0 && $sent -gt 0 ]]
