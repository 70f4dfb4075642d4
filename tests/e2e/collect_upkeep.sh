# A running collector keeps its house: hours that are over are compacted while exports come in, retention
# takes what is beyond its limits, at the start and after SIGHUP; a full disk costs rows that are
# counted, and it goes on by itself when there is room again.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
cd "$SCRATCH"
hour() { date -u -d "@$(($(date +%s) - $1 * 3600))" +%Y-%m-%dT%H:00:00Z; }

# housekeeping FIELD: of a report now.
housekeeping() { rm -f asked; cp totals asked; kill -USR1 "$PID"; for _ in $(seq 40); do [ "$(wc -l <totals)" -gt "$(wc -l <asked)" ] && break; sleep 0.05; done; pick totals "housekeeping.$1"; }
# until FIELD N: it is at least so, ten seconds at most.
until_is() { local i; for i in $(seq 50); do [ "$(housekeeping "$1")" -ge "$2" ] && return 0; sleep 0.2; done; return 1; }
past=$(hour 9),$(hour 7)
asked() { "$WEIR" top --store store "$@" iftraffic protocol,bytes,flows "" "$past" 2>&1; }
segments() { ls store/traffic/"$1" 2>/dev/null | grep -c 'seg$'; }

# -- old hours are compacted, new rows come in ---------------------------------------------------------------
for age in 9 8 7; do
	"$WEIR" generate --protocol sflow --records 40000 --from "$(hour $age)" --to "$(hour $((age - 1)))" --seed $age --pcap $age.pcap >/dev/null
	ok "an hour $age hours ago" "$WEIR" import --store store $age.pcap
done
old=$(rows store)
cat >conf.yaml <<EOF
store:
  folder: $SCRATCH/store
  retention:
    - { level: fresh, keep: 30d }
EOF
start_collector '' -c conf.yaml --listen 127.0.0.1:0
"$WEIR" generate --send "127.0.0.1:$PORT" --protocol sflow --records 60000 --per-second 30000 --seed 5 --json >sent
ok 'hours that are over are merged while exports come in' until_is merges 3
is 'each into one segment' "$(segments hour)" 3
ok 'roll-ups are made of them' until_is rollups 3
is 'no failure' "$(pick totals housekeeping.failures)" 0
has 'a question is answered by them' "$(asked --explain)" 'hour roll-ups (2 '
asked >by_rollups
cat >customers.xml <<EOF
<customers><customer id="7" name="Seven"><cidr address="10.0.0.0" bits="9"/></customer></customers>
EOF
echo "customers: $SCRATCH/customers.xml" >>conf.yaml
made=$(pick totals housekeeping.rollups)
kill -HUP "$PID"
ok 'another mapping makes them anew' until_is rollups $((made + 3))
stop_collector
is 'stopped with status 0' "$STATUS" 0
is 'nothing was dropped' "$(sum totals drops)" 0
is 'every row is there, once' "$(rows store)" $((old + 60000))
ok 'the store is sound' "$WEIR" store check --store store

# -- retention: at the start, and when it is changed ------------------------------------------------------------
cat >conf.yaml <<EOF
store:
  folder: $SCRATCH/store
  retention:
    - { table: traffic, keep: 7h }
EOF
start_collector '' -c conf.yaml --listen 127.0.0.1:0
ok 'retention takes what is too old' until_is pruned 1
before=$(pick totals housekeeping.pruned_rows)
ok "some of the rows ($before)" test "$before" -gt 0 -a "$before" -lt "$old"
has 'and tells of it' "$(cat collect.err)" 'retention: '
sed -i 's/7h/3h/' conf.yaml
kill -HUP "$PID"
ok 'SIGHUP: a shorter one at once' until_is pruned_rows "$old"
sed -i 's/3h/3m/' conf.yaml
kill -HUP "$PID"; wait_for 'nothing was changed' collect.err
has 'a wrong one is told with its line' "$(cat collect.err)" 'conf.yaml:4:31: keep "3m" is no age: wanted an age like 36h, 90d, 8w or 2y; nothing was changed'
stop_collector
is 'what is younger stays' "$(rows store)" 60000
is 'roll-ups answer for rows that are gone' "$(asked)" "$(cat by_rollups)"
ok 'the store is sound' "$WEIR" store check --store store

# -- a full disk, for longer than rows can wait --------------------------------------------------------------
mkdir disk
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=12m tmpfs disk 2>/dev/null; then
	cleanup() { [ -z "$PID" ] || kill -9 "$PID" 2>/dev/null; umount "$SCRATCH/disk" 2>/dev/null; }
	start_collector disk/store --listen 127.0.0.1:0 --queue 32768 --workers 1
	"$WEIR" generate --send "127.0.0.1:$PORT" --protocol netflow5 --records 10000 --per-second 50000 --json >sent0
	sleep 1.5
	head -c 12000000 /dev/zero >disk/filler 2>/dev/null
	"$WEIR" generate --send "127.0.0.1:$PORT" --protocol netflow5 --records 150000 --per-second 100000 --seed 2 --json >sent1
	wait_for 'No space left' collect.err
	has 'a full disk is told' "$(cat collect.err)" 'No space left on device; trying again each second'
	kill -USR1 "$PID"; sleep 0.5
	dropped=$(pick totals drops.queue.traffic)
	ok "rows that could not wait are counted by name ($dropped)" test "$dropped" -gt 0
	rm disk/filler
	wait_for 'writes again' collect.err
	has 'it goes on by itself' "$(cat collect.err)" 'writes again'
	"$WEIR" generate --send "127.0.0.1:$PORT" --protocol netflow5 --records 10000 --per-second 50000 --seed 3 --json >sent2
	stop_collector
	is 'status 0' "$STATUS" 0
	is 'no row was dropped after that' "$(pick totals drops.queue.traffic)" "$dropped"
	is 'stored and dropped make all that came' $(($(pick totals stored.traffic) + $(sum totals drops))) 170000
	is 'what it says is stored is there, once' "$(rows disk/store)" "$(pick totals stored.traffic)"
	ok 'the store is sound' "$WEIR" store check --store disk/store
	umount disk
else
	skip 'a full disk' 'needs root and tmpfs'
fi
done_testing
