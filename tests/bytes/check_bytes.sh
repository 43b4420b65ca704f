#!/usr/bin/env bash
# Reads and writes every compression and encoding of bytes both ways with the programs that others
# use for them: what sluice writes they read, what they write sluice reads. Also that a bomb takes
# no memory.
#
#   check_bytes.sh SLUICE [--long]
#
# --long has a sparse file of more than 4 GiB and a bomb of 1 GiB, and takes minutes and disk space.
# Programs that are not installed are named and left out.
set -euo pipefail
export LC_ALL=C

sluice=$(realpath "$1")
long=false
[[ ${2:-} != --long ]] || long=true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
checks=0
failures=0
left_out=()

cat >convert.yaml <<'YAML'
version: 1
pipelines:
  convert:
    stages:
      - { source: file, paths: "${IN}", framing: none, compression: "${FROM:-auto}" }
      - { sink: file, path: "${OUT}", compression: "${TO:-none}", format: "${FORMAT:-members}" }
YAML
cat >code.yaml <<'YAML'
version: 1
pipelines:
  code:
    stages:
      - { source: file, paths: "${IN}", framing: none, compression: none }
      - { transform: "${CODE}", encoding: "${ENCODING}" }
      - { sink: file, path: "${OUT}", compression: none }
YAML

convert() { env "$@" "$sluice" run --quiet -f convert.yaml; }
code() { env "$@" "$sluice" run --quiet -f code.yaml; }

# same WHAT EXPECTED_FILE ACTUAL_FILE
same() {
  checks=$((checks + 1))
  cmp -s "$2" "$3" && return
  failures=$((failures + 1))
  echo "DIFFERS: $1"
}

# there PROGRAM: whether it is installed; if not, it is remembered.
there() {
  command -v "$1" >/dev/null && return
  [[ " ${left_out[*]} " == *" $1 "* ]] || left_out+=("$1")
  return 1
}

# writes COMPRESSION INPUT COMMAND...: sluice reads what the command makes of stdin.
writes() {
  local compression=$1 input=$2
  shift 2
  there "$1" || return 0
  "$@" <"$input" >stored
  # What no part is in cannot be told from plain data.
  [[ -s stored ]] || return 0
  convert IN=stored OUT=plain FROM="$compression"
  same "sluice reads $input by $*" "$input" plain
}

# reads COMPRESSION FORMAT INPUT COMMAND...: the command reads what sluice writes.
reads() {
  local compression=$1 format=$2 input=$3
  shift 3
  there "$1" || return 0
  convert IN="$input" OUT=stored FROM=none TO="$compression" FORMAT="$format"
  "$@" <stored >plain
  same "$* reads $input by sluice" "$input" plain
}

check_compressions() {
  local input=$1
  writes auto "$input" gzip -c
  writes auto "$input" pigz -c -p 2
  writes auto "$input" igzip -c
  writes gzip "$input" bgzip -c -@ 2
  writes auto "$input" zstd -q -c
  writes zstd "$input" zstd -q -c --long=27 -T2
  writes auto "$input" pzstd -q -c -p 2
  writes auto "$input" lz4 -q -c
  writes lz4 "$input" lz4 -q -c -9 -BD --no-frame-crc
  writes auto "$input" bzip2 -c
  writes auto "$input" xz -q -c -1 -T2 --block-size=300000
  writes zlib "$input" pigz -c -z
  reads gzip members "$input" gzip -dc
  reads gzip members "$input" pigz -dc
  reads gzip members "$input" igzip -dc
  reads gzip bgzf "$input" bgzip -dc -@ 2
  reads gzip bgzf "$input" gzip -dc
  reads zstd members "$input" zstd -q -dc
  reads zstd members "$input" pzstd -q -dc
  reads lz4 members "$input" lz4 -q -dc
  reads bzip2 members "$input" bzip2 -dc
  reads xz members "$input" xz -q -dc
  reads zlib members "$input" pigz -dc
}

# both ENCODING INPUT ENCODE -- DECODE: both ways with a command each.
both() {
  local encoding=$1 input=$2 encode=() decode=()
  shift 2
  while [[ $1 != -- ]]; do encode+=("$1") && shift; done
  shift
  decode=("$@")
  there "${encode[0]}" || return 0
  "${encode[@]}" <"$input" >theirs
  code CODE=encode ENCODING="$encoding" IN="$input" OUT=ours
  same "$encoding of $input as by ${encode[*]}" theirs ours
  "${decode[@]}" <ours >plain
  same "${decode[*]} reads $encoding of $input" "$input" plain
  code CODE=decode ENCODING="$encoding" IN=theirs OUT=plain
  same "sluice reads $encoding of $input by ${encode[*]}" "$input" plain
}

xxd_line() { xxd -p -c 0 | tr -d '\n'; }

check_encodings() {
  local input=$1
  both base64 "$input" base64 -w 0 -- base64 -d
  both base64url "$input" basenc --base64url -w 0 -- basenc --base64url -d
  there xxd && both hex "$input" xxd_line -- xxd -r -p
}

check_texts() {
  both utf16le "$1" iconv -f UTF-8 -t UTF-16LE -- iconv -f UTF-16LE -t UTF-8
  both utf16be "$1" iconv -f UTF-8 -t UTF-16BE -- iconv -f UTF-16BE -t UTF-8
  iconv -f UTF-8 -t ISO-8859-1//TRANSLIT <"$1" | iconv -f ISO-8859-1 -t UTF-8 >latin.txt
  both latin1 latin.txt iconv -f UTF-8 -t ISO-8859-1 -- iconv -f ISO-8859-1 -t UTF-8
}

# peak COMMAND...: prints the peak of its memory in KiB.
peak() {
  python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}

# A bomb of $1 MiB of zeros must not take 32 MiB more than one of 1 MiB.
check_bombs() {
  local mebibytes=$1 program small large
  for program in gzip zstd lz4 xz bzip2; do
    there "$program" || continue
    head -c 1M /dev/zero | "$program" -q -c >small.bomb
    head -c "${mebibytes}M" /dev/zero | "$program" -q -c -1 >large.bomb
    small=$(peak env IN=small.bomb OUT=/dev/null "$sluice" run --quiet -f convert.yaml)
    large=$(peak env IN=large.bomb OUT=/dev/null "$sluice" run --quiet -f convert.yaml)
    checks=$((checks + 1))
    ((large - small < 32 * 1024)) && continue
    failures=$((failures + 1))
    echo "MEMORY: $mebibytes MiB of zeros by $program take $((large - small)) KiB more than 1 MiB"
  done
}

check_sparse() {
  truncate -s 4500M sparse
  printf 'the end\n' >>sparse
  local pair compression program
  for pair in gzip:pigz zstd:zstd lz4:lz4; do
    compression=${pair%:*} program=${pair#*:}
    there "$program" || continue
    convert IN=sparse OUT=stored FROM=none TO="$compression"
    "$program" -q -dc <stored >plain
    same "$program reads 4.5 GB by sluice" sparse plain
    "$program" -q -c <sparse >stored
    convert IN=stored OUT=plain
    same "sluice reads 4.5 GB by $program" sparse plain
    rm -f plain stored
  done
}

printf 'a line of text with Gr\xc3\xbc\xc3\x9fen, number %d\n' $(seq 60000) >text
printf 'one\xf0\x9d\x84\x9etwo\xe2\x82\xac %d\n' $(seq 3000) >wide.txt
head -c 700000 /dev/urandom >random
head -c 3000000 /dev/zero >zeros
: >empty
printf x >one_byte
for input in text random zeros empty one_byte; do check_compressions "$input"; done
for input in text random empty one_byte; do check_encodings "$input"; done
for input in text wide.txt empty one_byte; do check_texts "$input"; done
if $long; then
  check_bombs 1024
  check_sparse
else
  check_bombs 128
fi

((${#left_out[@]} == 0)) || echo "not installed: ${left_out[*]}"
echo "$checks checks, $failures failures"
((failures == 0))
