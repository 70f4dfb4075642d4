# A disk that is full while a store is sealed, compacted, rolled up and pruned: the command says so, or does
# with what room there is; what was there is there, once; with room again it does all of it.
. tests/lib.sh
cd "$SCRATCH" || exit 1
export TZ=UTC
NOW=$(date +%s)
hour() { date -u -d "@$((NOW - $1 * 3600))" +%Y-%m-%dT%H:00:00Z; }
mkdir disk
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=12m tmpfs disk 2>/dev/null; then
	skip 'a full disk' 'needs root and tmpfs'
	done_testing
fi
cleanup() { umount "$SCRATCH/disk" 2>/dev/null; }
rows() { "$WEIR" export --store "$1" iftraffic '' "$(hour 10),$(hour 6)" 2>/dev/null | sort; }
for age in 9 8; do
	"$WEIR" generate --protocol sflow --records 8000 --from "$(hour $age)" --to "$(hour $((age - 1)))" --seed $age --pcap $age.pcap >/dev/null
done
seal() { "$WEIR" import --store "$1" 8.pcap || grep -q 'imported already' err; }
compact() { "$WEIR" store compact --no-grace --store "$1"; }
rollup() { "$WEIR" store rollup --store "$1"; }
prune() { "$WEIR" store prune --keep 8h --no-grace --store "$1"; }

# full STEP KILOBYTES: the step on a disk with so much room left, then with enough.
full() {
	local status
	rm -rf disk/*
	cp -a before disk/store
	head -c $((($(df --output=avail -k disk | tail -1) - $2) * 1024)) /dev/zero >disk/filler
	"$1" disk/store >said 2>err
	status=$?
	[ $status = 0 ] || { refused=$((refused + 1)); grep -q 'No space left' err || echo "$2 kB: status $status, said: $(cat err)"; }
	"$WEIR" store check --store disk/store >said 2>&1 || echo "$2 kB: $(cat said)"
	rows disk/store >got
	case $1 in
	seal) comm -13 rows.after got | head -2 ;; # as far as it came
	*) cmp -s got rows.before || cmp -s got rows.after || echo "$2 kB: other rows, $(wc -l <got)" ;;
	esac
	[ $1 != seal ] || [ -z "$(comm -23 rows.before got)" ] || echo "$2 kB: rows that were there are gone"
	rm disk/filler
	"$1" disk/store >said 2>err || echo "$2 kB, then enough: $(cat err)"
	"$WEIR" store check --store disk/store >said 2>&1 || echo "$2 kB, then enough: $(cat said)"
	rows disk/store | cmp - rows.after || echo "$2 kB, then enough: other rows"
}

"$WEIR" import --store before 9.pcap >/dev/null
for step in seal compact rollup prune; do
	cp -a before after
	"$step" after >/dev/null 2>err
	rows before >rows.before
	rows after >rows.after
	refused=0
	for room in 0 12 60 200; do full $step $room; done >wrong 2>&1
	is "$step: nothing is lost and nothing comes twice" "$(cat wrong)" ''
	ok "$step: was refused $refused times" test $refused -gt 0
	rm -rf before
	mv after before
done
ok 'prune took rows' test "$(wc -l <rows.after)" -lt "$(wc -l <rows.before)"
done_testing
