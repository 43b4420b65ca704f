#!/usr/bin/env bash
# Lines through a peer that gives back what it is given, a process and a connection: the checksum of
# what comes back is that of what was sent, with any number of threads.
#
#   tests/network/checksums.sh SLUICE [LINES]     some 1 GiB of lines, if not given
#
# The peers are cat and Node.js. Exit status 77 means that there is no Node.js.
set -euo pipefail

sluice=$(realpath "$1")
readonly lines=${2:-118000000}
command -v node >/dev/null || { echo "SKIPPED: there is no node" && exit 77; }

folder=$(mktemp -d)
peer_pid=''
stop() {
  # shellcheck disable=SC2086  # it may not be there
  kill -KILL $peer_pid 2>/dev/null || true
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"

cat >echo.mjs <<'END'
import { createServer } from 'node:net'
import { pipeline } from 'node:stream/promises'
createServer({ allowHalfOpen: true }, socket => pipeline(socket, socket))
  .listen('s', () => console.log('ready'))
END
exec 4< <(exec node echo.mjs)
peer_pid=$!
read -r _ <&4
cat >pipelines.yaml <<'END'
version: 1
pipelines:
  exec:
    stages:
      - stdin
      - { duplex: exec, command: [ cat ] }
      - stdout
  tcp:
    stages:
      - stdin
      - { duplex: tcp, address: 'unix:s' }
      - stdout
END

wanted=$(seq 1 "$lines" | sha256sum)
failures=0
for peer in exec tcp; do
  for threads in 1 2 8; do
    start=$(date +%s%N)
    got=$(seq 1 "$lines" | "$sluice" run "$peer" --quiet --threads "$threads" | sha256sum)
    verdict=equal
    [[ $got == "$wanted" ]] || { verdict=DIFFERENT && failures=$((failures + 1)); }
    echo "$peer, $threads threads, $lines lines: $verdict, $((($(date +%s%N) - start) / 1000000)) ms"
  done
done
[[ $failures == 0 ]]
