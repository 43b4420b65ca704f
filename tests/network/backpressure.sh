#!/usr/bin/env bash
# A peer that stops reading stops the file at the other end of the graph: read is what the two
# systems buffer, and the buffers of the source, and nothing else. When the peer reads on, so does
# the source, and every byte arrives.
#
#   tests/network/backpressure.sh SLUICE
#
# The peer is Node.js. Exit status 77 means that there is no Node.js.
set -euo pipefail

sluice=$(realpath "$1")
# A batch is a range of the file that leaves room in its buffer for the rest of a record.
readonly tokens=5 buffer=262144 batch=$((262144 - 4096)) line=64
command -v node >/dev/null || { echo "SKIPPED: there is no node" && exit 77; }

folder=$(mktemp -d)
sluice_pid='' peer_pid=''
stop() {
  [[ $? == 0 || ! -e $folder/log.txt ]] || tail -n 5 "$folder/log.txt"
  # shellcheck disable=SC2086  # some are not there
  kill -KILL $sluice_pid $peer_pid 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

# Lines of $line bytes, so that a batch is a range to its last byte.
seq -f "%0$((line - 1)).0f" 1 1000000 >in.log
cat >peer.mjs <<'END'
import { createServer } from 'node:net'
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
const server = createServer({ pauseOnConnect: true }, socket => {
  const stay = setInterval(() => {}, 1000)  // A socket that is not read lets a process end.
  process.on('SIGUSR2', async () => {
    clearInterval(stay)
    server.close()
    await pipeline(socket, createWriteStream('out.log'))
  })
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
END
exec 4< <(exec node peer.mjs)
peer_pid=$!
read -r port <&4
cat >pipelines.yaml <<END
version: 1
engine: { buffer: $((buffer / 1024))KiB, tokens: $tokens }
metrics: { log: { every: 100ms, format: json } }
pipelines:
  p:
    stages:
      - file: in.log
      - { sink: tcp, address: '127.0.0.1:$port', write_timeout: 10m, close_timeout: 1m }
END

# Bytes the source has read so far, as the metrics say.
read_bytes() {
  jq -s '[.[] | select(.msg == "metrics" and .stage == "file") | .bytes_out] | add // 0' log.txt
}
# Bytes in the buffers of both ends of the connection: not acknowledged, and not read.
socket_bytes() {
  local hex_port bytes=0 tx rx
  hex_port=$(printf ':%04X' "$port")
  while IFS=: read -r tx rx; do
    bytes=$((bytes + 16#$tx + 16#$rx))
  done < <(awk -v port="$hex_port" '$4 == "01" && ($2 ~ port "$" || $3 ~ port "$") { print $5 }' \
    /proc/net/tcp)
  echo "$bytes"
}

"$sluice" run 2>log.txt &
sluice_pid=$!
last=-1 same=0
while ((same < 5)); do
  sleep 0.2
  now=$(read_bytes)
  if [[ $now == "$last" && $now != 0 ]]; then same=$((same + 1)); else same=0; fi
  last=$now
done
in_sockets=$(socket_bytes)
in_flight=$((last - in_sockets))
least=$(((tokens - 1) * batch)) most=$((tokens * batch))
kill -USR2 "$peer_pid"
status=0
wait "$sluice_pid" || status=$?
sluice_pid=''
wait "$peer_pid" 2>/dev/null || true
echo "stopped after $((last / batch)) batches, $last bytes: $in_sockets in the sockets, $in_flight in" \
  "$tokens batches of $batch, one of them sent in part"
cmp in.log out.log
[[ $status == 0 && $((last % batch)) == 0 && $in_flight -gt $least && $in_flight -le $most ]]
