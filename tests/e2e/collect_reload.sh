# SIGHUP with other places, workers and buffers, in the middle of bursts: no datagram is lost, templates stay
# known, what both configurations name goes on; a place that cannot be had changes nothing.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
cd "$SCRATCH"
read -r ONE TWO <<<"$(perl -MIO::Socket::INET -e 'print join(" ", map { $_->sockport } map { IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1") } 1, 2), "\n"')"
[ -n "$TWO" ] || { read -r ONE TWO <<<"$(perl -MIO::Socket::INET -e 'my @s = map { IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1") } 1, 2; print join(" ", map { $_->sockport } @s), "\n"')"; }
configure() { # WORKERS BUFFER PLACE...
	local workers=$1 buffer=$2
	shift 2
	printf 'time_zone: UTC\nstore: %s\ncollect:\n  workers: %s\n  buffer: %s\n  listen: [ %s ]\n' "$SCRATCH/store" "$workers" "$buffer" "$(printf '"127.0.0.1:%s", ' "$@")" >"$WEIR_CONFIG"
}
gen() { "$WEIR" generate --send "127.0.0.1:$1" --protocol "$2" --records "$3" --per-second 40000 --seed "$4" --agents 3 --json; }

configure 2 8M "$ONE"
start_collector '' || done_testing
gen "$ONE" netflow9 160000 1 >sent1 &
sender=$!
sleep 0.5
configure 3 8M "$ONE" "$TWO"
ok 'SIGHUP: another place and more workers' reload
has 'is told' "$(cat collect.err)" "collecting on UDP $ONE, $TWO into $SCRATCH/store, 3 workers"
gen "$TWO" ipfix 80000 2 >sent2 &
other=$!
sleep 0.5
configure 1 8M "$TWO" "$ONE"
ok 'fewer workers' reload
sleep 0.5
configure 2 16M "$ONE" "$TWO"
ok 'larger buffers' reload
sleep 0.3
configure 2 16M "$ONE" "$TWO" "not-a-port"
reload
has 'a place that is none is told' "$(cat collect.err)" 'not-a-port'
configure 2 16M "$ONE" "$TWO"
reload
wait $sender $other
kill -USR1 "$PID"; wait_for seconds totals
is 'the workers of the last one' "$(pick totals workers)" 2
configure 2 16M "$ONE"
ok 'a place that is given up' reload
ok 'is free again' perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1:$ARGV[0]")' "$TWO"
gen "$ONE" sflow 20000 3 >sent3
stop_collector
is 'stopped with status 0' "$STATUS" 0
is 'every record of all of them was decoded' "$(pick totals flow_records) $(pick totals flow_samples)" '240000 20000'
is 'every datagram was received' "$(pick totals datagrams)" $(($(pick sent1 datagrams) + $(pick sent2 datagrams) + $(pick sent3 datagrams)))
is 'no sequence has a gap' "$(lost totals)" 0
is 'nothing was dropped' "$(sum totals drops)" 0
is 'nothing was refused' "$(sum totals rejects)" 0
is 'all of it is stored' "$(pick totals stored.traffic) $(rows store)" '260000 260000'
ok 'the store is sound' "$WEIR" store check --store store
ok 'the process that opens sockets has ended, too' perl -e 'exit(0 < grep { open my $f, "<", "$_/comm" and <$f> =~ /^weir-door/ and -d "$_" and open my $p, "<", "$_/stat" and (split " ", <$p>)[3] == $ARGV[0] } glob "/proc/[0-9]*")' "$$"

# -- the disk is full while one collector takes the other's place ------------------------------------------------
# The process sleeps until all of it has come: the reload is the first thing it sees, before the store refuses.
replace_on_full_disk() {
	configure 1 8M "$ONE"
	start_collector disk/store --queue 262144 || return 1
	gen "$ONE" netflow5 3000 1 >/dev/null
	wait_received 100
	sleep 1.5
	kill -STOP "$PID"
	cat /dev/zero >disk/filler 2>/dev/null
	gen "$ONE" netflow5 60000 2 >sent
	configure 1 8M "$ONE" "$TWO"
	kill -HUP "$PID"
	kill -CONT "$PID"
	wait_for 'No space left' collect.err
}
mkdir disk
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=12m tmpfs disk 2>/dev/null; then
	cleanup() { [ -z "$PID" ] || kill -9 "$PID" 2>/dev/null; umount "$SCRATCH/disk" 2>/dev/null; }
	replace_on_full_disk
	has 'a full disk in the middle of a reload' "$(cat collect.err)" 'No space left on device; trying again'
	is 'which is not done' "$(grep -c 'read again' collect.err)" 0
	rm disk/filler
	ok 'goes on when there is room' wait_for 'read again' collect.err
	stop_collector
	is 'every row is there, once' "$STATUS $(sum totals drops) $(pick totals stored.traffic) $(rows disk/store)" '0 0 63000 63000'
	rm -r disk/store
	replace_on_full_disk
	(sleep 60; kill -9 "$PID") & guard=$!
	stop_collector
	kill $guard
	is 'it can be ended' "$STATUS" 1
	has 'and says what that cost' "$(cat collect.err)" "$(sum totals drops) rows were lost"
	more=$(($(pick totals stored.traffic) + $(sum totals drops) - 63000)) # events of its own that were lost, too
	ok "stored and dropped make all that came (and $more)" test "$more" -ge 0 -a "$more" -lt 10
	rm disk/filler
	kept=$(pick totals stored.traffic)
	start_collector disk/store
	stop_collector
	is 'what it says is stored is there, once' "$(rows disk/store)" "$kept"
	ok 'the store is sound' "$WEIR" store check --store disk/store
	umount disk
else
	skip 'a full disk in the middle of a reload' 'needs root and tmpfs'
fi
done_testing
