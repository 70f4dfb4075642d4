#!/usr/bin/env bash
# Sets up, builds every way we build, and tests.  On a bare Debian 12: ./test.sh
#   gcc -O2, gcc with ASan+UBSan (the tests run under it), gcc with TSan (the collector, whose tests run
#   under it too), clang; clang-tidy and cppcheck.
# The last line is "N passed, N failed, N skipped"; the exit status is 0 when all passed.
set -eu
cd "$(dirname "$0")"
jobs=$(nproc)
began=$(date +%s)
said=''
step() { # NAME COMMAND...
  local name=$1 start; shift
  start=$(date +%s)
  echo "== $name"
  "$@" || { echo "test.sh: $name failed" >&2; echo '0 passed, 1 failed, 0 skipped'; exit 1; }
  said="$said, $name $(($(date +%s) - start))"
}
quiet() { # COMMAND...: its output only when it fails
  local log rc=0
  log=$(mktemp)
  "$@" >"$log" 2>&1 || { rc=$?; cat "$log"; }
  rm -f "$log"
  return $rc
}
step setup scripts/bootstrap build test
step 'gcc -O2' quiet make -j"$jobs" WERROR=1 all tests
step 'gcc ASan+UBSan' quiet make -j"$jobs" WERROR=1 SAN=address,undefined OPT='-O1 -g' all tests
step clang quiet make -j"$jobs" WERROR=1 CC=clang BUILD=build/clang all tests
step 'gcc TSan (collect)' quiet make -j"$jobs" WERROR=1 SAN=thread OPT='-O1 -g' tests-collect
step lint scripts/lint
echo '== tests (ASan+UBSan)'
start=$(date +%s)
rc=0
BUILD=build/san-address-undefined tests/run >build/tests.log 2>&1 || rc=$?
sed '$d' build/tests.log
echo '== tests of collect (TSan)'
BUILD=build/san-thread tests/run collect >build/tests-thread.log 2>&1 || rc=$?
sed '$d' build/tests-thread.log
echo "seconds:${said#,}, tests $(($(date +%s) - start)), all $(($(date +%s) - began))"
tail -qn 1 build/tests.log build/tests-thread.log |
  awk '{ p += $1; f += $3; s += $5 } END { printf "%d passed, %d failed, %d skipped\n", p, f, s }'
exit $rc
