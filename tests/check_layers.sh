#!/usr/bin/env bash
# Reads every #include of the tree and fails on an edge the design does not have, on a library that
# is used outside its door, and on a file that has grown too long.
#
#   tests/check_layers.sh ROOT         checks the tree
#   tests/check_layers.sh --self-test  checks that each rule finds its violation in a bad tree
#
# The layers, lowest first: engine/{base,data,expression,stage,run}; then config and stages, which do
# not know each other; then tools and tests, which may use everything.
set -euo pipefail

# Prints "FILE:LINE: what is wrong" for each violation, given "FILE:LINE:TEXT" of all includes.
check_includes() {
  awk '
    BEGIN {
      rank["base"] = 1; rank["data"] = 2; rank["stage"] = 3
      rank["expression"] = 4; rank["run"] = 5

      # What a header of a library looks like, and the only files that may include it.
      door["^(oneapi/)?tbb/"] = "^(engine/run/flow_graph[a-z0-9_]*[.](h|cpp)|tests/stress/.*)$"
      door["^spdlog/"] = "^engine/base/log[.]cpp$"
      door["^libfyaml[.]h$"] = "^config/document[a-z_]*[.](h|cpp)$"
      door["^(zlib|zstd[a-z_]*|libdeflate|isa-l|igzip_lib)[.]h$|^isa-l/"] = \
        "^(stages/support|tests/unit/stages)/"
      door["^re2/"] = "^(engine/expression|stages/support|tests/unit/stages)/"
      door["^(curl/curl|microhttpd)[.]h$"] = "^stages/support/"
      door["^CLI/"] = "^tools/"
      door["^simdjson[.]h$"] = "^(stages/support|tests/unit/stages)/"
    }

    function report(what) { print place ": " what }

    function check_door(  pattern) {
      for (pattern in door) {
        if (header ~ pattern && file !~ door[pattern])
          report("<" header "> may be included only in " door[pattern])
      }
    }

    function check_edge(  from, to, top, target) {
      split(file, from, "/")
      split(header, to, "/")
      top = from[1]
      target = to[1]
      if (target !~ /^(engine|config|stages|tools|tests)$/)
        return report("\"" header "\" is not written from the root of the repository")
      if (header ~ /[.]cpp$/) return report("includes the source file " header)
      if (top == "tools" || top == "tests") return
      if (top == "engine" && target == "engine") {
        if (!(from[2] in rank) || !(to[2] in rank))
          report("\"" header "\": this check does not know that folder of engine")
        else if (rank[to[2]] > rank[from[2]])
          report("engine/" from[2] " must not include engine/" to[2] ": " header)
        return
      }
      if (target == "engine") return
      if (top == "config" && target == "config") return
      if (top == "stages" && header ~ /^stages\/support\//) return
      report(top " must not include " header)
    }

    {
      split($0, parts, ":")
      file = parts[1]
      place = parts[1] ":" parts[2]
      header = $0
      sub(/^[^:]*:[^:]*:[ \t]*#[ \t]*include[ \t]*["<]/, "", header)
      quoted = $0 ~ /^[^:]*:[^:]*:[ \t]*#[ \t]*include[ \t]*"/
      sub(/[">].*$/, "", header)
      check_door()
      if (quoted) check_edge()
    }
  '
}

# A longer file holds two ideas.
check_lengths() {
  awk '
    function check(  limit) {
      limit = (name ~ /[.]h$/) ? 250 : 450
      if (lines > limit) print name ": " lines " lines, the limit is " limit
    }
    FNR == 1 { if (name != "") check(); name = FILENAME }
    { lines = FNR }
    END { if (name != "") check() }
  ' "$@"
}

# Prints the violations of the tree at $1; nothing if it is good.
violations() {
  local tops=() top files
  for top in engine config stages tools tests; do
    [[ -d $1/$top ]] && tops+=("$top")
  done
  ((${#tops[@]})) || { echo "$1: no source folders here"; return; }
  cd "$1"
  mapfile -t files < <(find "${tops[@]}" -name '*.h' -o -name '*.cpp' | sort)
  ((${#files[@]})) || { echo "$1: no source files here"; return; }
  { grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]' "${files[@]}" || true; } |
    check_includes
  check_lengths "${files[@]}"
}

# Writes file $2 of the tree at $1, with the include $3 in it.
plant() {
  mkdir -p "$(dirname "$1/$2")"
  printf '#pragma once\n#include %s\n' "$3" >>"$1/$2"
}

self_test() {
  local root good bad file include expected found failed=0
  root=$(mktemp -d)
  # shellcheck disable=SC2064  # the name as it is now
  trap "rm -rf '$root'" EXIT
  good=$root/good
  plant "$good" engine/run/flow_graph.cpp '<oneapi/tbb/flow_graph.h>'
  plant "$good" engine/run/plan.h '"engine/stage/role.h"'
  plant "$good" engine/base/log.cpp '<spdlog/spdlog.h>'
  plant "$good" config/document_nodes.cpp '<libfyaml.h>'
  plant "$good" stages/support/decoder.cpp '<zlib.h>'
  plant "$good" stages/sinks/file.cpp '"stages/support/decoder.h"'
  plant "$good" tools/sluice/main.cpp '"stages/register_all.h"'
  plant "$good" tests/unit/a_test.cpp '"config/loader.h"'
  if found=$(violations "$good") && [[ -n $found ]]; then
    echo "a good tree is refused: $found" && failed=1
  fi

  # One bad tree for each line: the file, what it includes, and what must be said of it.
  while IFS='|' read -r file include expected; do
    bad=$(mktemp -d -p "$root")
    plant "$bad" "$file" "$include"
    found=$(violations "$bad")
    if [[ $found != "$file:2: "*"$expected"* ]]; then
      echo "$file with $include: expected '$expected', found '$found'" && failed=1
    fi
  done <<'TREES'
engine/base/a.h|"engine/data/b.h"|engine/base must not include engine/data
engine/stage/a.h|"engine/run/b.h"|engine/stage must not include engine/run
engine/other/a.h|"engine/base/b.h"|does not know that folder
engine/run/a.cpp|"stages/support/b.h"|engine must not include
engine/run/a.cpp|"config/loader.h"|engine must not include
config/a.cpp|"stages/support/b.h"|config must not include
stages/sinks/a.cpp|"config/loader.h"|stages must not include
stages/sinks/a.cpp|"stages/sources/b.h"|stages must not include
stages/sinks/a.cpp|"tools/b.h"|stages must not include
tests/unit/a_test.cpp|"stages/sinks/file.cpp"|includes the source file
stages/support/a.cpp|"decoder.h"|not written from the root
engine/run/plan.cpp|<oneapi/tbb/flow_graph.h>|only in
stages/sinks/a.cpp|<tbb/parallel_for.h>|only in
engine/run/flow_graph.cpp|<spdlog/spdlog.h>|only in
config/loader.cpp|<libfyaml.h>|only in
stages/sinks/a.cpp|<zstd.h>|only in
stages/sinks/a.cpp|<curl/curl.h>|only in
stages/sources/a.cpp|<microhttpd.h>|only in
stages/sources/a.cpp|<isa-l/igzip_lib.h>|only in
stages/transforms/a.cpp|<re2/re2.h>|only in
engine/run/a.cpp|<CLI/CLI.hpp>|only in
TREES

  for file in engine/run/long.h:251 engine/run/long.cpp:451; do
    bad=$(mktemp -d -p "$root")
    plant "$bad" "${file%:*}" '"engine/base/a.h"'
    yes '//' | head -n $((${file#*:} - 2)) >>"$bad/${file%:*}" || true
    found=$(violations "$bad")
    if [[ $found != "${file%:*}: ${file#*:} lines"* ]]; then
      echo "$file lines: found '$found'" && failed=1
    fi
  done
  ((failed == 0)) && echo "every rule finds its violation"
}

main() {
  if (($# != 1)); then
    echo "usage: check_layers.sh ROOT | --self-test" >&2
    exit 2
  fi
  if [[ $1 == --self-test ]]; then
    self_test
    return
  fi
  local found
  found=$(violations "$1")
  if [[ -n $found ]]; then
    echo "$found"
    exit 1
  fi
}

main "$@"
