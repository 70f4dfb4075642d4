# Commands that write: each of their calls fails in turn, and the disk fills up at several places.  Either the
# command fails, says so and leaves nothing under the name (or what was there before), or all that it had to write is
# there.  (What the store writes itself: tests/unit/store/faults.c.)
. tests/lib.sh
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # nor can it look for leaks beneath strace
cd "$SCRATCH" || exit 1
generate=(--records 300 --agents 2 --ports 4 --customers 3 --seed 1 --from 2026-01-10T10:00:00Z --hours 1)
"$WEIR" generate "${generate[@]}" --pcap gen.pcap --customers-file customers.xml >/dev/null
"$WEIR" import --store store gen.pcap >/dev/null
all='2026-01-10T10:00:00Z,2026-01-10T12:00:00Z'
mkdir out
echo before >before

pcap() { "$@" "$WEIR" generate "${generate[@]}" --pcap out/file; }
mapping() { "$@" "$WEIR" generate "${generate[@]}" --pcap - --customers-file out/file >/dev/null; }
csv() { "$@" "$WEIR" export --store store iftraffic '' "$all" >out/file; }
json() { "$@" "$WEIR" export --store store --format json iftraffic '' "$all" >out/file; }
nfdump() { "$@" "$WEIR" export --store store --format nfdump traffic '' "$all" >out/file; }
schema() { "$@" "$WEIR" export --store store --schema sqlite traffic >out/file; }

# Is what NAME's run (its status: $2) left behind right?  Else it is told.
judge() {
	local left=$(ls out)
	if [ "$2" = 0 ]; then
		cmp -s out/file "whole.$1" || echo "$1, $3: ended well, but the file is not whole"
	else
		[ -s err ] || echo "$1, $3: failed and did not say so"
		case $1 in
		pcap | mapping) [ "$left" = file ] && { cmp -s out/file before || cmp -s out/file "whole.$1"; } || echo "$1, $3: left '$left'" ;;
		esac
	fi
}

# Reached: the trace has the call; beyond the last one nothing is left to fail.
each_call() {
	local name=$1 call=$2 error=$3 n
	for n in $(seq 40); do
		cp before out/file
		"$name" strace -f -qq -o trace -e trace="$call" -e inject="$call:error=$error:when=$n" >said 2>err
		judge "$name" $? "$call $n fails ($error)"
		grep -q INJECTED trace || return 0
	done
	echo "$name: $call has no end"
}

for name in pcap mapping csv json nfdump schema; do
	"$name" env >/dev/null
	mv out/file "whole.$name"
	wrong=$(for blocks in 1 2 5 10 20 40; do
		cp before out/file
		(trap '' XFSZ; ulimit -f $blocks; "$name" env >said 2>err; judge "$name" $? "$blocks blocks of room")
	done 2>&1)
	is "$name: a disk that fills up" "$wrong" ''
done
if strace -qq -o trace true 2>/dev/null; then
	for name in pcap mapping csv json nfdump schema; do
		calls="write:ENOSPC write:EIO"
		case $name in
		pcap) calls+=" rename:EACCES" ;;
		mapping) calls+=" fdatasync:EIO renameat:EACCES" ;;
		esac
		for call in $calls; do
			is "$name: each $call" "$(each_call "$name" "${call%:*}" "${call#*:}")" ''
		done
	done
else
	skip "each call" "strace is not installed, or may not trace"
fi
status "an end that nobody reads any more" 1 bash -c "trap '' PIPE; set -o pipefail; '$WEIR' export --store store iftraffic '' '$all' | exec 0<&-"
for form in csv json nfdump; do
	status "a full disk behind standard output: $form" 1 sh -c "'$WEIR' export --store store --format $form iftraffic '' '$all' >/dev/full"
	has "is said" "$(cat .out)" "standard output: No space left on device"
done
mkfifo pipe
"$WEIR" generate "${generate[@]}" --pcap pipe >/dev/null & cat pipe >piped
wait $!
ok "a capture goes into a pipe" cmp piped whole.pcap
done_testing
