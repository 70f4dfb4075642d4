# Exporters nobody here wrote, softflowd and pmacctd (sfprobe, nfprobe), read 1000 packets of 40 TCP
# connections from a capture made here, and export them over loopback to weir collect.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
cd "$SCRATCH"
FLOWS=40 PACKETS=1000

# Connection f has 25 packets of 100 + f bytes of IP, 10.0.0.(1+f) to 10.0.1.2.
perl - packets.pcap <<'PERL'
use strict;
use warnings;
open my $out, '>:raw', shift or die;
my $start = time - 60;
print $out pack('VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1);
for my $p (0 .. 24) {
	for my $f (0 .. 39) {
		my $len = 100 + $f;
		my $tcp = pack('nnNNCCnnn', 40000 + $f, 443, 1000 + $p, 1, 0x50, 0x10, 8192, 0, 0) . 'x' x ($len - 40);
		my $ip = pack('CCnnnCCnNN', 0x45, 0, $len, $p * 40 + $f, 0, 64, 6, 0, 0x0a000001 + $f, 0x0a000102);
		my $sum = 0;
		$sum += $_ for unpack 'n*', $ip;
		$sum = ($sum & 65535) + ($sum >> 16) for 1 .. 2;
		substr($ip, 10, 2) = pack 'n', ~$sum & 65535;
		my $frame = "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" . $ip . $tcp;
		print $out pack('VVVV', $start + 2 * $p, $f * 1000, length $frame, length $frame), $frame;
	}
}
PERL
BYTES=119500

cat >pairs.js <<'EOF'
Query.topN("traffic", "ipsource,frames,bytes", "ipdestination=10.0.1.2 & destinationport=TCP:443", "last 2 hours", "bytes", 100).run().printCSV();
EOF
# What each connection must come to, largest first.
expected=$(for f in $(seq 39 -1 0); do echo "10.0.0.$((f + 1)),25,$((25 * (100 + f)))"; done)

flows_are_right() { # NAME
	is "$1: every flow came" "$(pick totals flow_records)" $FLOWS
	is "$1: all packets" "$(pick totals frames)" $PACKETS
	is "$1: all bytes" "$(pick totals bytes)" $BYTES
	is "$1: nothing refused" "$(sum totals rejects)" 0
	is "$1: no gap" "$(lost totals)" 0
	is "$1: each connection has its own" "$("$WEIR" query --store "store-$1" --tz UTC pairs.js | tail -n +2)" "$expected"
}

# -A milli: version 10 tells its times as they are, not since a start of its own that lies behind those
# of the capture.  -c none: without its control socket, which it would wait on at the end.
for v in 5 9 10; do
	if ! command -v softflowd >/dev/null && [ ! -x /usr/sbin/softflowd ]; then skip "softflowd -v $v" 'softflowd is not installed'; continue; fi
	start_collector store-softflowd-$v --listen 127.0.0.1:0 || continue
	ok "softflowd -v $v exports" env PATH="$PATH:/usr/sbin" timeout 20 softflowd -d -r packets.pcap -n "127.0.0.1:$PORT" -v $v -A milli -p "$SCRATCH/pid" -c none
	sleep 0.5
	stop_collector
	flows_are_right softflowd-$v
done

# probe OPTION...: pmacctd over the capture, with one plugin.  When the plugin is done before the core
# has seen the end of the file, pmacctd says so and calls it a failure: that one status 1 is no fault of
# the export.  Any other failure, and an error it prints, is.
probe() {
	local rc=0
	printf '%s\n' 'daemonize: false' "pcap_savefile: $SCRATCH/packets.pcap" "$@" >pmacctd.conf
	PATH=$PATH:/usr/sbin timeout 30 pmacctd -f pmacctd.conf >pmacctd.log 2>&1 || rc=$?
	cat pmacctd.log
	grep -q '^ERROR' pmacctd.log && return 1
	[ $rc = 0 ] || { [ $rc = 1 ] && grep -q 'no more plugins active' pmacctd.log; }
}
if ! command -v pmacctd >/dev/null && [ ! -x /usr/sbin/pmacctd ]; then
	skip 'pmacctd' 'pmacctd is not installed'
	done_testing
fi
for v in 5 9 10; do
	start_collector store-nfprobe-$v --listen 127.0.0.1:0 || continue
	ok "nfprobe version $v exports" probe 'plugins: nfprobe' "nfprobe_receiver: 127.0.0.1:$PORT" "nfprobe_version: $v" \
		'aggregate: src_host,dst_host,src_port,dst_port,proto,tos'
	stop_collector
	flows_are_right nfprobe-$v
done

# sfprobe takes every packet as a sample.  It ends without sending its last, unfinished datagram: at
# most some samples are missing, and those that came are whole.
start_collector store-sfprobe --listen 127.0.0.1:0
ok 'sfprobe exports' probe 'plugins: sfprobe' "sfprobe_receiver: 127.0.0.1:$PORT" 'sfprobe_agentip: 10.9.9.9' 'sfprobe_agentsubid: 7' 'sampling_rate: 1'
stop_collector
n=$(pick totals flow_samples)
ok "sfprobe: nearly all samples came ($n)" test "$n" -gt $((PACKETS - 20))
is 'sfprobe: no datagram was lost' "$(lost totals)" 0
is 'sfprobe: nothing refused' "$(sum totals rejects)" 0
is 'sfprobe: its agent and sub-agent' "$(pick totals exporters.0.agent exporters.0.domain | paste -sd ' ')" '10.9.9.9 7'
is 'sfprobe: all samples are stored' "$(rows store-sfprobe)" "$n"
# A frame is the IP packet, 14 bytes before and 4 behind it.
is 'sfprobe: a connection that is complete' "$("$WEIR" query --store store-sfprobe --tz UTC pairs.js | grep '^10.0.0.1,')" "10.0.0.1,25,$((25 * 118))"
done_testing
