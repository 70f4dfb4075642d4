# For shell tests: TAP, a scratch folder, and expectations that say what was wrong.
#   . tests/lib.sh;  ok "name" command...;  is "name" "$got" "$want";  has "name" "$text" "$part";  done_testing
set -u
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$PWD/$BUILD ;; esac
WEIR=$BUILD/weir
SHARED=${SHARED:-$(cd .. && pwd)/shared}   # captures and seed, when they are there
SCRATCH=$(mktemp -d "${TMPDIR:-/tmp}/weir-test.XXXXXX")
trap 'cleanup; rm -rf "$SCRATCH"' EXIT
cleanup() { :; }
tests=0
tap_fail=0
_note() { sed 's/^/# /' <<<"$1"; }
pass() { tests=$((tests + 1)); echo "ok $tests - $1"; }
fail() { tests=$((tests + 1)); tap_fail=1; echo "not ok $tests - $1"; [ -z "${2:-}" ] || _note "$2"; }
skip() { tests=$((tests + 1)); echo "ok $tests - $1 # skip $2"; }
ok() { local name=$1 out; shift; if out=$("$@" 2>&1); then pass "$name"; else fail "$name" "status $? of: $*
$out"; fi; }
is() { if [ "$2" == "$3" ]; then pass "$1"; else fail "$1" "got:
$2
want:
$3"; fi; }
has() { case "$2" in *"$3"*) pass "$1";; *) fail "$1" "no '$3' in:
$2";; esac; }
status() { local name=$1 want=$2 rc; shift 2; "$@" >"$SCRATCH/.out" 2>&1; rc=$?; if [ $rc = "$want" ]; then pass "$name"; else fail "$name" "status $rc, wanted $want, of: $*
$(cat "$SCRATCH/.out")"; fi; }
done_testing() { echo "1..$tests"; exit $tap_fail; }
