#!/usr/bin/env bash
# Syslog over TLS (RFC 5425) with rsyslogd, which others wrote, at either end: both ask for a
# certificate of the other, and every record arrives.
#
#   tests/network/syslog_tls.sh SLUICE [RECORDS]     20000, if not given
#
# Exit status 77 means that there is no rsyslogd, or none with its module for OpenSSL.
set -euo pipefail

sluice=$(realpath "$1")
readonly records=${2:-20000}
cases=$(realpath "$(dirname "$0")/../cases/tls")
compgen -G '/usr/lib/*/rsyslog/lmnsd_ossl.so' >/dev/null && command -v rsyslogd openssl nc >/dev/null ||
  { echo "SKIPPED: there is no rsyslogd with OpenSSL" && exit 77; }

folder=$(mktemp -d)
pids=()
stop() {
  exec 2>/dev/null
  ((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" || true
  wait || true
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"
. "$cases/certificates.sh"
issue server DNS:localhost,IP:127.0.0.1
issue client DNS:client

# Waits until the rest succeeds, for 30 seconds at most.
await() {
  local until=$((SECONDS + 30))
  until "$@" 2>/dev/null; do
    ((SECONDS < until)) || { echo "in vain: $*" && return 1; }
    sleep 0.05
  done
}
has_lines() { [[ -e $1 && $(wc -l <"$1") -ge $records ]]; }
verdict() {
  cmp -s sent.log "$2" && echo "$1: $records records, equal" && return
  echo "$1: DIFFERENT: $(wc -l <"$2") of $records records"
  diff sent.log "$2" | head -n 4
  return 1
}
# Starts rsyslogd with what is on stdin, under the name $1 and with the certificate $2.
start_rsyslogd() {
  {
    echo "global(workDirectory=\"$folder\" DefaultNetstreamDriver=\"ossl\""
    echo "  DefaultNetstreamDriverCAFile=\"$folder/ca.crt\""
    echo "  DefaultNetstreamDriverCertFile=\"$folder/$2.crt\""
    echo "  DefaultNetstreamDriverKeyFile=\"$folder/$2.key\")"
    cat
  } >"$1.conf"
  rsyslogd -n -i NONE -f "$1.conf" 2>"$1.err" &
  pids+=($!)
}

awk -v records="$records" 'BEGIN {
  for (i = 1; i <= records; ++i) {
    printf "<134>1 2026-01-02T03:04:05.%06dZ host%d app %d ID - message number %d\n", i, i % 9, i, i
  }
}' >sent.log

# --- rsyslogd sends -------------------------------------------------------------------------------

cat >receive.yaml <<'END'
version: 1
pipelines:
  p:
    stages:
      - source: tcp
        listen: '127.0.0.1:0'
        tls: { certificate: server.crt, key: server.key, ca: ca.crt }
        framing: octet_counted
      - { sink: file, path: received.log, append: true }
END
"$sluice" run -f receive.yaml 2>receive.err &
pids+=($!)
start_rsyslogd sends client <<END
module(load="imptcp")
input(type="imptcp" path="$folder/sends.sock" supportOctetCountedFraming="off")
template(name="raw" type="string" string="%rawmsg%")
action(type="omfwd" target="localhost" port="$(port receive.err)" protocol="tcp"
  tcp_framing="octet-counted" template="raw" StreamDriver="ossl" StreamDriverMode="1"
  StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost")
END
await nc -z -U sends.sock
nc -N -U sends.sock <sent.log
await has_lines received.log || cat receive.err sends.err
verdict 'rsyslogd sends' received.log

# --- rsyslogd receives ----------------------------------------------------------------------------

start_rsyslogd receives server <<END
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1"
  StreamDriver.AuthMode="x509/name" PermittedPeer=["client"])
input(type="imtcp" port="0" address="127.0.0.1" listenPortFileName="$folder/port")
template(name="raw" type="string" string="%rawmsg%\n")
action(type="omfile" file="$folder/stored.log" template="raw")
END
await test -s port
"$sluice" run --quiet --file sent.log --tcp "{ address: 'localhost:$(cat port)',
  tls: { certificate: client.crt, key: client.key, ca: ca.crt }, framing: octet_counted }"
await has_lines stored.log || cat receives.err
verdict 'rsyslogd receives' stored.log
