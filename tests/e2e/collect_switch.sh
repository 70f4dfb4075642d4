# A real switch (Open vSwitch, userspace datapath) with two customers on its ports, network
# namespaces that ping each other and run iperf3; its sFlow agent samples 1 packet in 10 and exports
# to weir collect.  What the samples say of the traffic must agree with what the customers' own
# interfaces, ping and iperf3 counted, within the error that follows from the number of samples:
#
#	n samples at rate r stand for n * r packets; the error of that is r * sqrt(n * (1 - 1/r)), so
#	the relative one sqrt((1 - 1/r) / n).  Allowed: 5 of these (1 comparison in a million fails by chance).
#
# The bytes of traffic of several lengths vary more: by sqrt(mean of squares) / mean of the lengths.
# What the switch's interface counters say must be what the kernel counted, but for strays.
#
# Root only; some seconds of traffic.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
PATH=$PATH:/usr/sbin:/sbin
missing() { skip 'Open vSwitch with two customers' "$1"; done_testing; }
[ "$(id -u)" = 0 ] || missing 'needs root'
for tool in ovsdb-tool ovsdb-server ovs-vswitchd ovs-vsctl ip ping; do
	command -v $tool >/dev/null || missing "$tool is not installed"
done
A=weir-ca$$ B=weir-cb$$ VA=wca$$ VB=wcb$$ BRIDGE=wbr$$
ip netns add $A 2>/dev/null || missing 'no network namespaces here'
ip netns del $A
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
R=$SCRATCH/ovs
mkdir "$R"
export OVS_RUNDIR=$R OVS_LOGDIR=$R OVS_DBDIR=$R
vsctl() { ovs-vsctl --timeout=10 --db="unix:$R/db.sock" "$@"; }
cleanup() {
	[ -z "$PID" ] || kill -9 "$PID" 2>/dev/null
	if [ -s "$R/ovs-vswitchd.pid" ]; then
		local pid
		pid=$(cat "$R/ovs-vswitchd.pid")
		ovs-appctl --timeout=5 -t "$R/ovs-vswitchd.$pid.ctl" exit --cleanup 2>/dev/null || kill "$pid"
	fi
	[ -s "$R/ovsdb-server.pid" ] && kill "$(cat "$R/ovsdb-server.pid")"
	ip netns del $A 2>/dev/null
	ip netns del $B 2>/dev/null
	ip link del $VA 2>/dev/null
	ip link del $VB 2>/dev/null
	return 0
}
cd "$SCRATCH"
customer() { # NAMESPACE PORT ADDRESS
	ip netns add "$1" && ip link add "$2" type veth peer name eth0 netns "$1" && ip link set "$2" up &&
		vsctl add-port $BRIDGE "$2" && ip -n "$1" addr add "$3/24" dev eth0 && ip -n "$1" link set eth0 up
}
# As a customer counts: packets its interface has sent, and their bytes on the wire.
sent() { ip -n "$1" -s -j link show eth0 | perl -MJSON::PP -e 'local $/; my $s = decode_json(<STDIN>)->[0]{stats64}{tx}; print "$s->{packets} $s->{bytes}\n"'; }

{
	ovsdb-tool create "$R/conf.db" /usr/share/openvswitch/vswitch.ovsschema &&
		ovsdb-server "$R/conf.db" --remote="punix:$R/db.sock" --pidfile --detach --log-file &&
		vsctl --no-wait init && ovs-vswitchd "unix:$R/db.sock" --pidfile --detach --log-file &&
		vsctl add-br $BRIDGE -- set bridge $BRIDGE datapath_type=netdev &&
		customer $A $VA 10.77.0.1 && customer $B $VB 10.77.0.2
} >setup 2>&1 || missing "the switch does not start here: $(tail -1 setup)"
ok 'the customers reach each other' ip netns exec $A ping -c 3 -i 0.2 -w 10 10.77.0.2

RATE=10
start_collector store --listen 127.0.0.1:0
ok 'the switch exports sFlow' vsctl -- --id=@s create sflow agent=lo target="\"127.0.0.1:$PORT\"" sampling=$RATE polling=1 header=128 -- set bridge $BRIDGE sflow=@s
sleep 2.3 # the ports' counters are told each second: once before the traffic
# As the switch's port counts: octets and packets it received.
port() { ip -s -j link show "$1" | perl -MJSON::PP -e 'local $/; my $s = decode_json(<STDIN>)->[0]{stats64}{rx}; print "$s->{bytes} $s->{packets}\n"'; }
read -r pa_bytes pa_packets <<<"$(port $VA)"
read -r a_packets a_bytes <<<"$(sent $A)"
read -r b_packets b_bytes <<<"$(sent $B)"
ip netns exec $A timeout 10 ping -q -f -c 20000 -s 700 10.77.0.2 >ping.a
ip netns exec $B timeout 10 ping -q -f -c 5000 -s 100 10.77.0.1 >ping.b
# The userspace datapath forwards packets as they come: their checksums must be there.
if command -v iperf3 >/dev/null && command -v ethtool >/dev/null && ip netns exec $A ethtool -K eth0 tx off >/dev/null &&
	ip netns exec $B ethtool -K eth0 tx off >/dev/null; then
	ip netns exec $B timeout 20 iperf3 -s -1 -p 5201 >iperf.server 2>&1 &
	for _ in $(seq 40); do ip netns exec $B ss -ltn | grep -q :5201 && break; sleep 0.05; done
	ip netns exec $A timeout 20 iperf3 -u -c 10.77.0.2 -p 5201 -b 80M -t 2 -l 1000 -J >iperf.json
	kill $! 2>/dev/null
	wait $! 2>/dev/null
fi
read -r a_packets2 a_bytes2 <<<"$(sent $A)"
read -r b_packets2 b_bytes2 <<<"$(sent $B)"
sleep 2.5
read -r pa_bytes2 pa_packets2 <<<"$(port $VA)"
sleep 1.3 # the agent's last datagram, and its counters once more
stop_collector
is 'stopped with status 0' "$STATUS" 0
is 'no datagram was lost' "$(lost totals)" 0
is 'nothing was refused' "$(sum totals rejects)" 0
is 'nothing was dropped' "$(sum totals drops)" 0

cat >estimate.js <<'EOF'
Query.topN("traffic", "ipsource,samples,frames,bytes", "ipsource=10.77.0.0/24", "last 2 hours", "frames", 9).run().printCSV();
EOF
"$WEIR" query --store store --tz UTC estimate.js >estimate
# agrees NAME ADDRESS PACKETS BYTES: prints the figures; fails when they are further apart than chance explains.
agrees() {
	local name=$1 line
	line=$(grep "^$2," estimate)
	if perl -e '
		my ($line, $packets, $bytes, $rate) = @ARGV;
		my (undef, $n, $frames, $octets) = split /,/, $line;
		$n or die "no samples\n";
		my $error = sqrt((1 - 1 / $rate) / $n);
		# frames are told with 4 bytes that the interface does not count
		my ($f, $b) = ($frames / $packets - 1, ($octets - 4 * $frames) / $bytes - 1);
		printf "%d samples, expected error %.2f %%: frames %d of %d (%+.2f %%), bytes %d of %d (%+.2f %%)\n",
			$n, 100 * $error, $frames, $packets, 100 * $f, $octets - 4 * $frames, $bytes, 100 * $b;
		# Bytes vary with the lengths too: two lengths, mixed 4 to 1, add a factor of at most 1.1.
		exit(abs $f > 5 * $error || abs $b > 5 * 1.1 * $error);' "$line" "$3" "$4" $RATE >agree 2>&1; then
		pass "$name: $(cat agree)"
	else
		fail "$name" "$(cat agree) of: $line"
	fi
}
agrees 'what the first customer sent' 10.77.0.1 $((a_packets2 - a_packets)) $((a_bytes2 - a_bytes))
agrees 'what the second customer sent' 10.77.0.2 $((b_packets2 - b_packets)) $((b_bytes2 - b_bytes))
# What single tools have sent, all of one length: frames within 5 errors, bytes by their length exactly.
# tool NAME FILTER PACKETS LENGTH [OFF]: of a frame, as the interface counts it, and how far the mean may be off.
tool() {
	echo "Query.topN('traffic', 'samples,frames,bytes', '$2', 'last 2 hours', 'frames', 1).run().printCSV();" >tool.js
	if "$WEIR" query --store store --tz UTC tool.js | tail -1 | perl -e '
		my ($packets, $length, $rate, $off) = @ARGV;
		my ($n, $frames, $octets) = split /,/, <STDIN>;
		$n or die "no samples\n";
		my ($error, $f) = (sqrt((1 - 1 / $rate) / $n), $frames / $packets - 1);
		printf "%d samples, expected error %.2f %%: %d of %d packets (%+.2f %%), %.1f bytes each, sent with %d\n",
			$n, 100 * $error, $frames, $packets, 100 * $f, $octets / $frames - 4, $length;
		exit(abs $f > 5 * $error || abs($octets / $frames - 4 - $length) > $off);' "$3" "$4" $RATE "${5:-0.01}" >agree 2>&1; then
		pass "$1: $(cat agree)"
	else
		fail "$1" "$(cat agree)"
	fi
}
count() { sed -n 's/^\([0-9]*\) packets transmitted.*/\1/p' "$1"; }
tool 'the first ping' 'ipsource=10.77.0.1 & icmptype=8.0' "$(count ping.a)" 742
tool 'its answers' 'ipsource=10.77.0.2 & icmptype=0.0' "$(sed -n 's/.* \([0-9]*\) received.*/\1/p' ping.a)" 742
tool 'the second ping' 'ipsource=10.77.0.2 & icmptype=8.0' "$(count ping.b)" 142
if [ -s iperf.json ]; then
	tool 'iperf3' 'ipsource=10.77.0.1 & destinationport=UDP:5201' "$(perl -MJSON::PP -e 'local $/; print decode_json(<STDIN>)->{end}{sum}{packets}' <iperf.json)" 1042 2 # iperf3 begins with a small packet, which may be sampled
else
	skip 'iperf3' 'iperf3 or ethtool is not installed'
fi
# The counters of the customer's port, as differences of what the switch told.
echo "Query.topN('ifcounters', 'ifinoctets,ifinucastpkts', 'interface=$(pick totals exporters.0.agent)>$VA', 'last 2 hours', 'ifinoctets', 1).run().printCSV();" >counters.js
"$WEIR" query --store store --tz UTC counters.js 2>&1 | tail -1 >counters
if perl -e 'my ($got, $bytes, $packets) = @ARGV; my ($o, $p) = split /,/, $got; exit !($bytes && abs($o / $bytes - 1) < 0.001 && abs($p / $packets - 1) < 0.001)' "$(cat counters)" \
	$((pa_bytes2 - pa_bytes)) $((pa_packets2 - pa_packets)); then
	pass "the port's counters: $(cat counters), the kernel's $((pa_bytes2 - pa_bytes)),$((pa_packets2 - pa_packets))"
else
	fail "the port's counters" "$(cat counters), the kernel's $((pa_bytes2 - pa_bytes)),$((pa_packets2 - pa_packets))"
fi
has 'ports have the names the switch gives them' "$(cat store/model/interfaces)" "	$VA	"
ok 'counters of the ports came' test "$(rows store ifcounters)" -ge 6
done_testing
