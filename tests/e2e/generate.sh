#!/bin/bash
# weir generate: what it says it made is what an import finds; the shipped examples run on it.
. tests/lib.sh
export TZ=UTC
cd "$SCRATCH" || exit 1
EXAMPLES=$OLDPWD/examples
FROM=2026-11-22T22:30 TO=2026-11-23T22:30

# The counts both know, one a line.
counts() {
	perl -MJSON::PP -e '
		my $j = decode_json(do { local $/; <STDIN> });
		$j = $j->{total} if $j->{total};
		print "$_ $j->{$_}\n" for qw(datagrams flow_records option_records templates flow_samples
			counter_samples drop_samples bytes frames estimated_bytes estimated_frames)'
}

for protocol in sflow netflow5 netflow9 ipfix; do
	"$WEIR" generate --protocol $protocol --records 20k --from $FROM --to $TO --pcap $protocol.pcap --json >made.json
	"$WEIR" import --store store-$protocol --json $protocol.pcap >found.json
	is "$protocol: an import finds exactly what was made" "$(counts <found.json)" "$(counts <made.json)"
	has "$protocol: 20000 records" "$(counts <made.json)" " 20000"
done

"$WEIR" generate --records 5k --from $FROM --to $TO --pcap - >one.pcap 2>totals.txt
"$WEIR" generate --records 5k --from $FROM --to $TO --pcap two.pcap >/dev/null
"$WEIR" generate --records 5k --from $FROM --to $TO --pcap three.pcap --seed 2 >/dev/null
ok "the same options give the same bytes, in a file or on standard output" cmp one.pcap two.pcap
status "another seed gives others" 1 cmp one.pcap three.pcap
has "the totals then go to standard error" "$(cat totals.txt)" "flow_samples"

# -- to a collector --
perl -MIO::Socket::INET -e '
	my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1", LocalPort => 0) or die;
	setsockopt($s, SOL_SOCKET, SO_RCVBUF, pack("i", 8 << 20));
	open my $f, ">", "port.tmp"; print $f $s->sockport; close $f; rename "port.tmp", "port";
	my ($n, $b) = (0, "");
	vec(my $r = "", fileno $s, 1) = 1;
	while (select(my $ready = $r, undef, undef, $n ? 2 : 20)) { recv($s, $b, 65535, 0); $n++ }
	print "$n\n"' >received.txt &
listener=$!
for _ in $(seq 100); do [ -s port ] && break; sleep 0.05; done
start=$(date +%s%N)
"$WEIR" generate --send 127.0.0.1:"$(cat port)" --records 2000 --per-second 2000 --json >sent.json
took=$((($(date +%s%N) - start) / 1000000))
wait $listener
is "every datagram arrives" "$(cat received.txt)" "$(counts <sent.json | sed -n 's/^datagrams //p')"
ok "a second's records take a second (took $took ms)" test $took -ge 900 -a $took -lt 5000

# -- refusals --
status "nothing to make" 2 "$WEIR" generate
status "an option there is not" 2 "$WEIR" generate --bogus --pcap x
status "a number that is none" 2 "$WEIR" generate --pcap x --records many
status "a network that cannot be" 2 "$WEIR" generate --pcap x --ports 1
status "an end before the begin" 2 "$WEIR" generate --pcap x --from 2026-11-23 --to 2026-11-22
status "a file that cannot be written" 1 "$WEIR" generate --pcap /nowhere/x
status "an address that is none" 1 "$WEIR" generate --send nowhere
ok "and nothing was written" test ! -e x

# -- the examples --
"$WEIR" generate --records 50k --from $FROM --to $TO --pcap day.pcap --customers-file customers.xml >/dev/null
"$WEIR" import --store S day.pcap >/dev/null
mkdir www
status "the standard report runs" 0 "$WEIR" query --store S --now $TO --write www \
	-input customersfile=customers.xml -input interval=last24hours "$EXAMPLES/trends.js"
is "a folder for each customer" "$(ls www | tr '\n' ' ')" "1001 1002 1003 1004 1005 "
is "a chart for each port" "$(cd www && head -qc 4 */*.png | tr -d '\211\n' | sed 's/PNG/x/g')" xxxxxxx
is "a day of five minutes in each table" "$(wc -l <www/1001/10.0.0.1-ethernet5.csv)" 289
has "a page that shows them" "$(cat www/1002/index.html)" '<img src="10.0.0.4-A4.png"'

audit() { "$WEIR" query --store S --now $TO --customers customers.xml -input interval=last24hours \
	-input format=csv "$@" "$EXAMPLES/connections.js"; }
target=$(audit -input customerid=1001 -input target=192.0.2.0/24 | sed -n 2p | grep -o '192\.0\.2\.[0-9]*' | head -1)
own=$(audit -input customerid=1001 -input target="$target")
ok "the audit finds who talked with $target" test "$(wc -l <<<"$own")" -gt 3
is "and nobody who did not (but for the row of the rest)" "$(tail -n +2 <<<"$own" | grep -vE "(^|,)$target(,|$)|^,")" ""
other=$(audit -input customerid=1002 -input target="$target" | tail -n +2 | grep -vE '203\.0\.113\.|2001:db8:2:')
is "another customer sees of it only what it had with that customer" "$other" ""
walk=$(audit -input customerid=1002 -input "target=1.1.1.1)|(ipsource=0.0.0.0/0" 2>&1)
has "an input that would end the filter is an error" "$walk" "does not fit ipsource"
done_testing
