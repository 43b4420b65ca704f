#!/usr/bin/env bash
# Checks that the tests which the documentation points to exist: `tests/FILE`, and behind a file the
# name of the test in it.
#
#   check_references.sh ROOT
#   check_references.sh --self-test
set -euo pipefail

# Lines "DOCUMENT FILE NAME", NAME being - where none follows.
references() {
  grep -oHE '`tests/(bytes|cases|conformance|fuzz|real_logs|stress|unit)/[^`]+`( [A-Z][A-Za-z0-9]+)?' "$@" |
    sed -E 's/^([^:]+):`([^`]+)`( (.*))?$/\1 \2 \4/; s/ $/ -/'
}

check() {
  local root=$1 document file name failed=0
  while read -r document file name; do
    if [[ ! -e $root/$file ]]; then
      echo "$document: there is no $file"
      failed=1
    elif [[ $name != - ]] && ! grep -qw "$name" "$root/$file"; then
      echo "$document: $file has no test $name"
      failed=1
    fi
  done < <(references "$root"/docs/*.md)
  return $failed
}

self_test() {
  local root
  root=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf '$root'" EXIT
  mkdir -p "$root/docs" "$root/tests/unit"
  echo 'TEST(Some, Thing)' >"$root/tests/unit/some_test.cpp"
  # shellcheck disable=SC2016  # backticks of Markdown
  echo '| `tests/unit/some_test.cpp` Thing | `tests/unit/some_test.cpp` |' >"$root/docs/good.md"
  check "$root" || return 1
  # shellcheck disable=SC2016
  echo '`tests/unit/some_test.cpp` Other' >"$root/docs/bad.md"
  ! check "$root" >/dev/null || return 1
  # shellcheck disable=SC2016
  echo '`tests/cases/none.case`' >"$root/docs/bad.md"
  ! check "$root" >/dev/null
}

if [[ ${1:-} == --self-test ]]; then self_test; else check "$1"; fi
