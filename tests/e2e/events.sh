# The view events, as the collector fills it: start, stop, reload, exporters that come, go and come back, losses,
# templates, ports that go down, a full disk; who sees them; and that the table is kept like all others.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
KINDS=$(sed -nE 's/^EVENT\([A-Z_]+, *"([a-z.]+)".*/\1/p' src/app/events.def)
cd "$SCRATCH"
cat >customers.xml <<'EOF'
<customers>
<customer id="1001" name="One"><port agent="10.9.9.1" ifIndex="5"/></customer>
<customer id="1002" name="Two"><port agent="10.9.9.1" ifIndex="6"/></customer>
</customers>
EOF
printf 'time_zone: UTC\nstore: %s\ncustomers: %s\ncollect: { silent: 2s }\n' "$SCRATCH/store" "$SCRATCH/customers.xml" >"$WEIR_CONFIG"

# Datagrams to PORT:  v5 SEQUENCE...   v9 HEX   ipfix HEX   status [IFINDEX STATUS]... (sFlow counters of 10.9.9.1)
cat >send.pl <<'PERL'
use strict;
use warnings;
use IO::Socket::INET;
my ($port, $kind, @what) = @ARGV;
my $to = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "127.0.0.1:$port");
my $sequence = 0;
if ($kind eq 'v5') {
	$to->send(pack('nnNNNNCCn', 5, 1, 60000 + $_, time, 0, $_, 0, 1, 0)
		. pack('NNNnnNNNNNnnCCCCnnCCn', 0x0a000001, 0x0a000002, 0, 1, 2, 10, 1000, 1000, 2000, 1024, 443, 0, 16, 6, 0, 0, 0, 24, 24, 0)) for @what;
} elsif ($kind eq 'v9') {
	$to->send(pack('nnNNNN', 9, 1, 60000, time, 1, 7) . pack('H*', $what[0]));
} elsif ($kind eq 'ipfix') {
	my $sets = pack 'H*', $what[0];
	$to->send(pack('nnNNN', 10, 16 + length $sets, time, 0, 7) . $sets);
} else {
	while (my ($ifindex, $status) = splice @what, 0, 2) {
		my $counters = pack('NNNNNNNN', $ifindex, 6, 0, 1000000000, 1, $status, 0, 1000 + $sequence) . pack('N6', (1) x 6) . pack('NN', 0, 1000) . pack('N6', (1) x 6);
		my $sample = pack('NNN', $sequence, $ifindex, 1) . pack('NN', 1, length $counters) . $counters;
		$to->send(pack('NNNNNNN', 5, 1, 0x0a090901, 0, $sequence++, 60000, 1) . pack('NN', 2, length $sample) . $sample);
	}
}
PERL
datagrams() { perl send.pl "$PORT" "$@"; }
# told KIND [COLUMNS [N]]: what events of a kind say, asked until there are N (1), ten seconds at most.
told() {
	local i got
	for i in $(seq 40); do
		got=$("$WEIR" top --csv events "${2:-agent,value,comment},events" "name=$1" 'last 2 hours' 2>&1 | sed '1d;s/,1$//')
		[ -n "$got" ] && [ "$(echo "$got" | wc -l)" -ge "${3:-1}" ] && break
		kill -USR1 "$PID" 2>/dev/null
		sleep 0.25
	done
	echo "$got"
}

start_collector '' --listen 127.0.0.1:0 --workers 1
is 'its start' "$(told collector.start severity,type,value)" '6,collector,1'
datagrams v5 0 1 2 9
is 'a new exporter' "$(told exporter.new)" '127.0.0.1,0,netflow5 domain 1'
is 'what is missing: 3 to 8' "$(told loss.network)" '127.0.0.1,6,60.0 % of netflow5 domain 1'
datagrams v9 0100000800000001
is 'data before its template' "$(told template.missing)" '127.0.0.1,1,netflow9 domain 7'
datagrams v9 0000000c0100000100010004
datagrams v9 0000000c0100000100020004
is 'another template of that number' "$(told template.changed)" '127.0.0.1,1,netflow9 domain 7'
datagrams ipfix 0002000c01000001000100040002000801000000
is 'a template that is withdrawn' "$(told template.withdrawn)" '127.0.0.1,1,ipfix domain 7'
datagrams status 5 3 6 3 5 1 6 1 6 3
is 'ports that go down' "$(told interface.down interface,value,comment | sort)" '10.9.9.1>5,0,administratively up
10.9.9.1>6,0,administratively up'
is 'and up' "$(told interface.up interface,ifindex,value)" '10.9.9.1>6,6,1'
sed -i 's/ifIndex="6"/ifIndex="6" from="2026-01-01"/; s/name="One"/name="Uno"/; s|</customers>|<customer id="1003" name="canary"/></customers>|' customers.xml
printf 'zones: [{name: canary-zone, cidrs: [10.0.0.0/8]}]\nboundary: [10.9.9.1>1]\n' >zones.yaml
echo "zones: $SCRATCH/zones.yaml" >>"$WEIR_CONFIG"
reload
is 'another mapping' "$(told customers.changed severity,type,value,comment)" \
	'5,mapping,3,"customers 1 new, 0 gone; ports, MACs, blocks 0 gained, 0 lost, 1 at other times; names, resellers, privacy 1"'
is 'other zones' "$(told zones.changed type,value,comment)" 'mapping,3,"names, blocks, agents, ports of the boundary: 3 new, 0 gone"'
is 'a reload with the same is no change' "$(reload; told collector.reload name 2 >reloads; told customers.changed name)$(told zones.changed name)" 'customers.changedzones.changed'
sed -i 's/silent: 2s/silent: 3s, queue: 100K/' "$WEIR_CONFIG"
reload
has 'what a reload changed' "$(told collector.reload value,comment 3)" '2,"collect.queue, collect.silent"'
echo 'stroe: x' >>"$WEIR_CONFIG"
reload
sed -i '/stroe/d' "$WEIR_CONFIG"
has 'a reload that was refused, and why' "$(told collector.refused comment)" 'unknown key ""stroe""'
sleep 3
has 'silence' "$(told exporter.silent agent,comment)" '127.0.0.1,netflow5 domain 1'
datagrams v5 10
is 'and its end' "$(told exporter.back agent,comment)" '127.0.0.1,netflow5 domain 1'

# -- who sees what ------------------------------------------------------------------------------------------
events() { "$WEIR" top --csv events "$@" 2>&1; }
is 'a customer: what happened at its port' "$(events --customer 1001 name,interface,comment,events)" 'name,interface,comment,events
interface.down,10.9.9.1>5,administratively up,1'
is 'neither mapping nor zones are' "$(events --customer 1001 'name,comment,events' 'type=mapping' | sed 1d)" ''
is 'the other one, too' "$(events --customer 1002 name,interface,events | sed 1d | sort)" 'interface.down,10.9.9.1>6,1
interface.up,10.9.9.1>6,1'
is 'nothing else is in a filter' "$(events --customer 1001 events 'name~collector|interface!=10.9.9.1>7|ifindex!=9')" 'events
1'
has 'agents are for operators' "$(events --customer 1001 agent,events)" 'unknown field "agent"'
has 'and so is another name of them' "$(events --customer 1001 address,events)" 'unknown field "address"'
is 'other names of fields' "$(events address,datasource,events 'address=10.9.9.1 & datasource=5' | sed 1d)" '10.9.9.1,5,1'
is 'an alias is of its own view' "$("$WEIR" top traffic address,bytes 2>&1 | grep -c 'unknown field "address"')" 1
has 'a trend' "$("$WEIR" trend --csv --bucket hour events time,type,events '' 'last 2 hours')" ',interface,3'
has 'raw rows' "$("$WEIR" export events name=interface.up)" ',10.9.9.1,10.9.9.1>6,'
is 'the view is in the help' "$("$WEIR" help views | grep -c '^events ')" 1
is 'every kind is' "$("$WEIR" help events | awk '{ print $1 }')" "$KINDS"

# -- killed: names and comments are there; a restart knows who was there ----------------------------------------
kill -9 "$PID"; wait "$PID" 2>/dev/null
is 'after kill -9 nothing shows without its text' "$(events name,comment,events | grep -c '?')" 0
ok 'the store is sound' "$WEIR" store check --store store
start_collector '' --listen 127.0.0.1:0 --workers 1
datagrams v5 11
wait_received 1
stop_collector
is 'who was known is not new' "$(told exporter.new comment | grep -c netflow5)" 1
is 'its stop' "$(told collector.stop severity,type)" '6,collector'
is 'both starts' "$(events events name=collector.start | tail -1)" 2

# -- kept like all other tables ------------------------------------------------------------------------------------
all=$(events events | tail -1)
is 'rows of a table' "$(rows store events)" "$all"
ok 'merged' "$WEIR" store compact --store store --all
is 'the same rows' "$(events events | tail -1)" "$all"
ok 'the store is sound' "$WEIR" store check --store store
traffic=$(rows store)
ok 'retention by table' "$WEIR" store prune --store store --table events --max-size 1K
has 'a level that is none: the names of all' "$("$WEIR" store prune --store store --level day --max-size 1K 2>&1)" 'not a level: fresh, hour, rollup-5min, rollup-hour, rollup-day'
is 'what is younger than an hour stays' "$(rows store events) $(rows store)" "$all $traffic"

# -- a full disk -----------------------------------------------------------------------------------------------------
mkdir disk
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=8m tmpfs disk 2>/dev/null; then
	cleanup() { [ -z "$PID" ] || kill -9 "$PID" 2>/dev/null; umount "$SCRATCH/disk" 2>/dev/null; }
	head -c 7600000 /dev/zero >disk/filler
	start_collector disk/store --listen 127.0.0.1:0
	"$WEIR" generate --send "127.0.0.1:$PORT" --protocol netflow5 --records 100000 --per-second 100000 >sent
	wait_for 'No space left' collect.err
	rm disk/filler
	wait_for 'writes again' collect.err
	stop_collector
	has 'a full disk' "$(events --store disk/store name,comment,events)" 'No space left on device'
	has 'and its end' "$(events --store disk/store name,events)" 'store.resumed,1'
	umount disk
else
	skip 'a full disk' 'needs root and tmpfs'
fi
done_testing
