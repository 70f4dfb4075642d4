# Forwarding between two collectors, as people use it: weir generate -> A -> B.  Raw: B finds what A found.
# Sampled: within the error of its samples.  A customer: B has, row for row, what a query of A under that
# customer's scope shows, and no byte of what is not the customer's.  Other people's receivers read it too.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
cd "$SCRATCH"
echo 'time_zone: UTC' >weir.yaml
RECORDS=10000
counts() { pick "$1" flow_records option_records templates flow_samples counter_samples bytes frames estimated_bytes estimated_frames; }
gen() { "$WEIR" generate --send "$1" --protocol "$2" --records "$3" --per-second 40000 --seed 7 --sampling "${4:-1000}" --json; }

# start_b OPTION...: the receiving collector: PID_B and PORT_B; its totals go to ./totals-b.
PID_B=
cleanup() { for p in $PID $PID_B $EXTRA; do kill -9 "$p" 2>/dev/null; done; true; }
EXTRA=
start_b() {
	rm -f b.err totals-b
	"$WEIR" collect --store "$1" --json --listen "${2:-127.0.0.1:0}" >totals-b 2>b.err &
	PID_B=$!
	wait_for collecting b.err || { fail "B starts: $*" "$(cat b.err)"; return 1; }
	PORT_B=$(sed -n 's/.*on UDP \([0-9]*\).*/\1/p' b.err)
}
stop_b() { kill -TERM "$PID_B"; wait "$PID_B"; STATUS_B=$?; PID_B=; }
# A, with the rules on standard input.
start_a() {
	{ printf 'time_zone: UTC\ncustomers: %s/customers.xml\nforward:\n' "$SCRATCH"; cat; } >a.yaml
	start_collector "$1" -c a.yaml --listen "${2:-127.0.0.1:0}"
}

# What is sent is what every hop saw: the view iftraffic.  A query some minutes from now: ends of flow records may lie a moment ahead.
LATER=$(date -u -d '+10 minutes' +%Y-%m-%dT%H:%M:%SZ)
ask() { "$WEIR" query --now "$LATER" "$@"; }

# -- raw -----------------------------------------------------------------------------------------------------
for protocol in sflow netflow5 netflow9 ipfix; do
	start_b b-$protocol
	start_a a-$protocol <<EOF
  - { to: "127.0.0.1:$PORT_B", what: raw }
EOF
	gen "127.0.0.1:$PORT" $protocol 5000 >sent
	stop_collector
	stop_b
	is "raw $protocol: status 0" "$STATUS $STATUS_B" '0 0'
	is "raw $protocol: B decoded what was sent" "$(counts totals-b)" "$(counts sent)"
	is "raw $protocol: A says so" "$(pick totals forwarded)" "$(pick sent datagrams)"
	is "raw $protocol: nothing dropped" "$(sum totals drops)" 0
	is "raw $protocol: no gap" "$(lost totals-b)" 0
done
if grep -q . /proc/net/if_inet6 2>/dev/null; then
	start_b b-v6 '[::1]:0'
	start_a a-v6 '[::1]:0' <<EOF
  - { to: "[::1]:$PORT_B", what: raw }
EOF
	gen "[::1]:$PORT" sflow 5000 >sent
	stop_collector
	stop_b
	is 'raw, IPv6: B decoded what was sent' "$(counts totals-b)" "$(counts sent)"
else
	skip 'raw, IPv6' 'this host has none'
fi
if [ "$(id -u)" = 0 ]; then
	start_b b-keep
	start_a a-keep <<EOF
  - { to: "127.0.0.1:$PORT_B", what: raw, source: keep }
EOF
	"$WEIR" generate --pcap x.pcap --protocol ipfix --records 500 --agents 1 >/dev/null
	perl -MIO::Socket::INET -e '
		open my $f, "<:raw", "x.pcap" or die; local $/; my $d = <$f>;
		my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.9", PeerAddr => "127.0.0.1:$ARGV[0]") or die;
		for (my $o = 24; $o < length $d;) { my $n = (unpack "VVVV", substr $d, $o, 16)[2]; $s->send(substr $d, $o + 16 + 42, $n - 42); $o += 16 + $n }' "$PORT"
	stop_collector
	stop_b
	is 'source: keep: B finds the same exporter' "$(pick totals-b exporters.0.exporter)" 127.0.0.9
	is 'source: keep: and all of its records' "$(pick totals-b flow_records)" "$(pick totals flow_records)"
else
	skip 'source: keep' 'needs root'
fi

# -- sampled ---------------------------------------------------------------------------------------------------
start_b b-sampled
start_a a-sampled <<EOF
  - { to: "127.0.0.1:$PORT_B", what: sampled, one_in: 10 }
EOF
gen "127.0.0.1:$PORT" sflow $RECORDS >sent
stop_collector
stop_b
# Of n samples each is kept with p = 1/10: a standard deviation of sqrt(n p (1 - p)), of which four.
within() { perl -e 'my ($got, $n, $p) = @ARGV; exit !(abs($got - $n * $p) < 4 * sqrt($n * $p * (1 - $p)))' "$@"; }
n=$(pick totals-b flow_samples)
ok "sampled: $n of $RECORDS samples are one in ten" within "$n" $RECORDS 0.1
is 'sampled: their rate is ten times as high' "$(pick totals-b estimated_frames)" "$((n * 10000))"
is 'sampled: all counters came' "$(pick totals-b counter_samples)" "$(pick sent counter_samples)"
is 'sampled: what was left out is no loss' "$(lost totals-b)" 0
is 'sampled: B refused nothing' "$(sum totals-b rejects)" 0
# Bytes: every frame has at most 1514, so the estimate's standard deviation is below 1514 * rate * sqrt(n p (1-p)) / p.
close_to() { perl -e 'my ($got, $true, $n) = @ARGV; exit !(abs($got - $true) < 4 * 1514 * 1000 * sqrt($n * 0.1 * 0.9) / 0.1)' "$@"; }
ok 'sampled: bytes within the error of so many samples' close_to "$(pick totals-b estimated_bytes)" "$(pick sent estimated_bytes)" $RECORDS

# -- a customer's own --------------------------------------------------------------------------------------------
"$WEIR" generate --pcap /dev/null --records 1 --seed 7 --customers-file customers.xml --names-file names.txt >/dev/null
id=$(sed -n 's/.*<customer .*id="\([^"]*\)".*/\1/p' customers.xml | head -1)
# A receiver that keeps every byte beside B.
cat >keep.pl <<'EOF'
use strict; use warnings; use IO::Socket::INET;
my $s = IO::Socket::INET->new(Proto => 'udp', LocalAddr => '127.0.0.1:0') or die; $s->setsockopt(SOL_SOCKET, SO_RCVBUF, 8 << 20);
$| = 1; print $s->sockport, "\n"; open my $f, '>:raw', $ARGV[0] or die; $f->autoflush(1);
while (defined $s->recv(my $d, 65536)) { print $f $d }
EOF
perl keep.pl bytes >keep.port & EXTRA=$!
wait_for . keep.port
start_b b-own
awk -F, 'BEGIN { print "interfaces:" } { printf "  - { agent: %s, ifindex: %s, ifname: \"%s\" }\n", $1, $2, $3 }' names.txt >named.yaml
start_a a-own <<EOF
  - { to: ["127.0.0.1:$PORT_B", "127.0.0.1:$(cat keep.port)"], what: customer, customer: "$id" }
$(cat named.yaml)
EOF
gen "127.0.0.1:$PORT" sflow $RECORDS >sent
sleep 0.5
stop_collector
stop_b
kill "$EXTRA"; EXTRA=
is 'customer: status 0' "$STATUS $STATUS_B" '0 0'
is 'customer: nothing dropped' "$(sum totals drops)" 0
is 'customer: B refused nothing' "$(sum totals-b rejects)" 0
is 'customer: no gap' "$(lost totals-b)" 0
# What A hides of others is nothing, what is not in a datagram is zero: as keys they are the same.
joined() { tail -n +2 | awk -F, '{ k = ""; for (i = 1; i < NF - 1; i++) k = k ($i == "0" ? "" : $i) ","; f[k] += $(NF - 1); b[k] += $NF }
	END { for (k in f) printf "%s%.0f,%.0f\n", k, f[k], b[k] }' | sort; }
# All fields that both may show, in two halves; A is asked under the scope, B as itself.
for half in ipsource,ipdestination,protocol,sourceport,destinationport,tos,ttl,tcpflags,icmptype,ethertype,fragment,frames,bytes \
	ipsource,ipdestination,sourceport,priority,sourceas,destinationas,sourcemask,destinationmask,macsource,macdestination,vlansource,vlandestination,vlaninner,frames,bytes; do
	echo "Query.topN('iftraffic', '$half', '', 'last 2 hours', 'bytes', 100000).run().printCSV();" >rows.js
	ask --store a-own --customers customers.xml --customer "$id" --tz UTC rows.js | joined >a.rows
	ask --store b-own --tz UTC rows.js | joined >b.rows
	ok "customer: there are rows ($(wc -l <a.rows))" test "$(wc -l <a.rows)" -gt 50
	is 'customer: B has, row for row, what A shows the customer' "$(diff a.rows b.rows | head -5)" ''
done
cat >ports.js <<'EOF'
Query.topN("iftraffic", "inputinterface,outputinterface,frames,bytes", "", "last 2 hours", "bytes", 100000).run().printCSV();
EOF
# The agent's address is not the customer's: only the number behind it is compared.
ports() { tail -n +2 | sed 's/[0-9.]*>//g; s/^0,/,/; s/^\([0-9]*\),0,/\1,,/' | sort; }
ask --store a-own --customers customers.xml --customer "$id" --tz UTC ports.js | ports >a.ports
ask --store b-own --tz UTC ports.js | ports >b.ports
is 'customer: ports are its own' "$(diff a.ports b.ports | head -5)" ''
ok "customer: and are there ($(wc -l <b.ports))" test "$(wc -l <b.ports)" -gt 3
has 'customer: its agents are numbered' "$(ask --store b-own --tz UTC ports.js)" '0.0.0.1>'
ok 'customer: counters of its ports came' test "$(pick totals-b counter_samples)" -gt 0
ok 'customer: and of those alone' test "$(pick totals-b counter_samples)" -lt "$(pick totals counter_samples)"

# No byte of agents, of other customers' names, or of next hops in what was sent.
cat >foreign.pl <<'EOF'
use strict; use warnings; use Socket;
my ($bytes, $names, $mapping) = @ARGV;
local $/; open my $f, '<:raw', $bytes or die; my $d = <$f>; open $f, '<', $names or die; my @names = split /\n/, <$f>;
open $f, '<', $mapping or die; my $m = <$f>;
die "nothing was sent\n" unless length $d > 10000;
my %agent = map { (split /,/)[0] => 1 } grep { /^[0-9]/ } @names;
my %name =  map { (split /,/)[2] => 1 } grep { /^[0-9]/ } @names;
my @found;
for my $a (sort keys %agent) { for (my $i = -1; ($i = index($d, inet_aton($a), $i + 1)) >= 0;) { push @found, "agent $a" if $i % 4 == 0 } # XDR is words
	push @found, "agent $a as text" if index($d, $a) >= 0 }
for my $n (sort keys %name) { push @found, "name $n" if length $n > 3 && index($d, $n) >= 0 }
for my $c ($m =~ /<customer name="([^"]*)"/g) { push @found, "customer $c" if length $c > 3 && index($d, $c) >= 0 }
print "$_\n" for @found;
EOF
is 'customer: no agent and no name in any datagram' "$(perl foreign.pl bytes names.txt customers.xml 2>&1)" ''
is 'customer: no agent is an address in any row' "$(ask --store b-own --tz UTC /dev/stdin <<<'Query.topN("iftraffic", "ipsource,frames", "ipsource=10.0.0.0/24|ipdestination=10.0.0.0/24|nexthop!=0.0.0.0", "last 2 hours", "frames", 9).run().printCSV();' | tail -n +2)" ''
ok 'customer: the names to look for are there' test "$(wc -l <names.txt)" -gt 50 -a "$(grep -c '<customer ' customers.xml)" -gt 2

# -- the mapping changes while it runs ---------------------------------------------------------------------------
start_b b-change
start_a a-change <<EOF
  - { to: "127.0.0.1:$PORT_B", what: customer, customer: nobody }
EOF
has 'an unknown customer is told' "$(cat collect.err)" '1 rules name a customer that is not in the mapping'
gen "127.0.0.1:$PORT" sflow 2000 >sent
cp customers.xml before.xml
cat >customers.xml <<'EOF'
<customers><customer id="nobody"><cidr address="0.0.0.0" bits="1"/><cidr address="128.0.0.0" bits="1"/></customer></customers>
EOF
reload
gen "127.0.0.1:$PORT" sflow 2000 >sent
sed -i "s/what: customer, customer: nobody/what: raw/" a.yaml
kill -HUP "$PID"; wait_for 'only with a restart' collect.err
has 'other rules at a reload: told, and the old ones hold' "$(cat collect.err)" 'forward change only with a restart'
echo 'no mapping' >customers.xml
kill -HUP "$PID"; wait_for 'last good' collect.err
has 'a wrong mapping is told' "$(cat collect.err)" 'the last good mapping stays'
gen "127.0.0.1:$PORT" sflow 2000 >sent
sleep 0.3
stop_collector
stop_b
cp before.xml customers.xml
ok "after SIGHUP everything with an address is its own ($(pick totals-b flow_samples))" test "$(pick totals-b flow_samples)" -gt 3000
ok 'and nothing was before' test "$(pick totals-b flow_samples)" -le 4000

# -- NetFlow and IPFIX of a customer ------------------------------------------------------------------------------
for protocol in netflow5 ipfix; do
	start_b b-own-$protocol
	start_a a-own-$protocol <<EOF
  - { to: "127.0.0.1:$PORT_B", what: customer, customer: "$id" }
EOF
	gen "127.0.0.1:$PORT" $protocol $RECORDS 1 >sent
	sleep 0.5
	stop_collector
	stop_b
	cat >flows.js <<'EOF'
Query.topN("iftraffic", "ipsource,ipdestination,protocol,sourceport,destinationport,tos,tcpflags,sourceas,destinationas,frames,bytes", "ipsource!=0.0.0.0", "last 48 hours", "bytes", 100000).run().printCSV();
EOF
	ask --store a-own-$protocol --customers customers.xml --customer "$id" --tz UTC flows.js | tail -n +2 | sort >a.rows
	ask --store b-own-$protocol --tz UTC flows.js | tail -n +2 | sort >b.rows
	ok "$protocol: there are rows ($(wc -l <a.rows))" test "$(wc -l <a.rows)" -gt 50
	is "$protocol: comes as IPFIX, row for row" "$(diff a.rows b.rows | head -5)" ''
	is "$protocol: no gap" "$(lost totals-b)" 0
	is "$protocol: B refused nothing" "$(sum totals-b rejects)" 0
done

# -- receivers nobody here wrote ------------------------------------------------------------------------------------
free_port() { perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1:0")->sockport'; }
if command -v sfcapd >/dev/null; then
	p=$(free_port)
	mkdir flows
	sfcapd -b 127.0.0.1 -p "$p" -l flows -t 3600 >sfcapd.log 2>&1 & EXTRA=$!
	sleep 0.5
	start_a a-sfcapd <<EOF
  - { to: "127.0.0.1:$p", what: customer, customer: "$id" }
EOF
	gen "127.0.0.1:$PORT" sflow $RECORDS >sent
	sleep 0.5
	stop_collector
	sleep 0.5
	kill -TERM "$EXTRA"; wait "$EXTRA"; EXTRA=
	seen=$(ask --store a-sfcapd --customers customers.xml --customer "$id" --tz UTC /dev/stdin <<<'Query.topN("iftraffic", "protocol,samples", "ipsource!=0.0.0.0", "last 2 hours", "samples", 100).run().printCSV();' | awk -F, 'NR > 1 { n += $2 } END { print n }')
	theirs=$(nfdump -R flows -o 'fmt:%pkt' -q -N 2>/dev/null | awk '{ n++ } END { print n }')
	is 'sfcapd reads every sample' "$theirs" "$seen"
	has 'sfcapd complains of nothing' "$(cat sfcapd.log)" 'Sequence Errors: 0, Bad Packets: 0'
else
	skip 'sfcapd' 'nfdump-sflow is not installed'
fi
if command -v nfcapd >/dev/null; then
	p=$(free_port)
	mkdir records
	nfcapd -b 127.0.0.1 -p "$p" -l records -t 3600 >nfcapd.log 2>&1 & EXTRA=$!
	sleep 0.5
	start_a a-nfcapd <<EOF
  - { to: "127.0.0.1:$p", what: customer, customer: "$id" }
EOF
	gen "127.0.0.1:$PORT" netflow5 $RECORDS 1 >sent
	sleep 0.5
	stop_collector
	sleep 0.5
	kill -TERM "$EXTRA"; wait "$EXTRA"; EXTRA=
	seen=$(ask --store a-nfcapd --customers customers.xml --customer "$id" --tz UTC /dev/stdin <<<'Query.topN("iftraffic", "protocol,flows", "", "last 48 hours", "flows", 300).run().printCSV();' | awk -F, 'NR > 1 { n += $2 } END { print n }')
	is 'nfcapd reads every record' "$(nfdump -R records -o 'fmt:%pkt' -q -N 2>/dev/null | awk 'END { print NR }')" "$seen"
	has 'nfcapd complains of nothing' "$(cat nfcapd.log)" 'Sequence Errors: 0, Bad Packets: 0'
else
	skip 'nfcapd' 'nfdump is not installed'
fi

# -- usage ----------------------------------------------------------------------------------------------------------
refused() { printf '%s\n' "$2" >wrong.yaml; status "$1: 1" 1 "$WEIR" collect -c wrong.yaml --store s9 --listen 127.0.0.1:"${4:-0}"; has "$1: says so" "$(cat .out)" "$3"; }
p=$(free_port)
refused 'to ourselves' "forward: [{to: '127.0.0.1:$p', what: raw}]" 'is where this collector listens' "$p"
refused 'an unknown what' 'forward: [{to: "127.0.0.1:9", what: all}]' 'what must be raw, sampled or customer, not "all"'
refused 'no receiver' 'forward: [{what: raw}]' 'a rule needs to and what'
refused 'a name as receiver' 'forward: [{to: "host:9", what: raw}]' '"host" is not an address'
refused 'a wrong exporter' 'forward: [{to: "127.0.0.1:9", what: raw, exporters: [10.0.0.1/8]}]' 'host bits set'
refused 'a customer without a mapping' 'forward: [{to: "127.0.0.1:9", what: customer, customer: x}]' 'needs customers: a mapping'
refused 'sampled without a number' 'forward: [{to: "127.0.0.1:9", what: sampled}]' 'needs one_in'
refused 'an unknown key' 'forward: [{to: "127.0.0.1:9", what: raw, hops: 3}]' 'unknown key "hops" of a rule'
done_testing
