#!/usr/bin/env bash
# Peers that mean no good, each against a run of its own: the memory of sluice stays flat, another
# connection loses nothing, and the log says what happened.
#
#   tests/network/hostile_peers.sh SLUICE [MIB [SECONDS]]     5120 and 20, if not given
#
# MIB is the length of a line that does not end, SECONDS how long slow peers are slow. The peers are
# Node.js, openssl makes a certificate, and perl lets a connection vanish (as root). Exit status 77
# means that there is no Node.js.
set -euo pipefail

command -v node >/dev/null || { echo "SKIPPED: there is no node" && exit 77; }
exec node "$(dirname "$0")/hostile_peers.mjs" "$@"
