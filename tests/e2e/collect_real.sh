# Exporters nobody here wrote, softflowd and pmacctd (sfprobe, nfprobe), read 1000 packets of 40 TCP
# connections from a capture made here, and export them over loopback to weir collect.  They look at each packet:
# the sampling error is nought, and totals are exact.
#
# Then 20,500 packets of 41 connections, of which they look at 1 in 10, and say so: in the header of v5, in options of
# v9 and IPFIX, in samples of sFlow.  The relative error of an estimate from n samples is sqrt((1 - 1/10) / n), of
# bytes 1.005 times that (lengths of 100 to 140); allowed: 5 of these, one comparison in a million fails by chance.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
cd "$SCRATCH"
FLOWS=40 PACKETS=1000

# capture FILE CONNECTIONS PACKETS STEP: connection f has so many packets of 100 + f bytes of IP, 10.0.0.(1+f) to
# 10.0.1.2, one each STEP milliseconds.
capture() { perl - "$@" <<'PERL'; }
use strict;
use warnings;
open my $out, '>:raw', shift or die;
my ($flows, $packets, $step) = @ARGV;
my $start = time - 60;
print $out pack('VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1);
for my $p (0 .. $packets - 1) {
	for my $f (0 .. $flows - 1) {
		my $len = 100 + $f;
		my $tcp = pack('nnNNCCnnn', 40000 + $f, 443, 1000 + $p, 1, 0x50, 0x10, 8192, 0, 0) . 'x' x ($len - 40);
		my $ip = pack('CCnnnCCnNN', 0x45, 0, $len, ($p * $flows + $f) & 65535, 0, 64, 6, 0, 0x0a000001 + $f, 0x0a000102);
		my $sum = 0;
		$sum += $_ for unpack 'n*', $ip;
		$sum = ($sum & 65535) + ($sum >> 16) for 1 .. 2;
		substr($ip, 10, 2) = pack 'n', ~$sum & 65535;
		my $frame = "\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" . $ip . $tcp;
		my $ms = $p * $step + $f;
		print $out pack('VVVV', $start + int($ms / 1000), $ms % 1000 * 1000, length $frame, length $frame), $frame;
	}
}
PERL
capture packets.pcap $FLOWS $((PACKETS / FLOWS)) 2000
BYTES=119500
RATE=10 MANY=20500 MANY_BYTES=2460000
capture many.pcap 41 500 100

cat >pairs.js <<'EOF'
Query.topN("traffic", "ipsource,frames,bytes", "ipdestination=10.0.1.2 & destinationport=TCP:443", "last 2 hours", "bytes", 100).run().printCSV();
EOF
# What each connection must come to, largest first.
expected=$(for f in $(seq 39 -1 0); do echo "10.0.0.$((f + 1)),25,$((25 * (100 + f)))"; done)

flows_are_right() { # NAME
	is "$1: every flow came, expected error 0 %" "$(pick totals flow_records)" $FLOWS
	is "$1: all packets" "$(pick totals frames)" $PACKETS
	is "$1: all bytes" "$(pick totals bytes)" $BYTES
	is "$1: nothing refused" "$(sum totals rejects)" 0
	is "$1: no gap" "$(lost totals)" 0
	is "$1: each connection has its own" "$("$WEIR" query --store "store-$1" --tz UTC pairs.js | tail -n +2)" "$expected"
}

# sampled_agrees NAME SAMPLES BYTES: what came of the second capture.
sampled_agrees() {
	is "$1: it tells its rate" "$(pick totals exporters.0.samplingrate)" $RATE
	is "$1: nothing refused" "$(sum totals rejects)" 0
	is "$1: no gap" "$(lost totals)" 0
	if perl -e '
		my ($n, $octets, $packets, $bytes, $rate) = @ARGV;
		$n or die "no samples\n";
		my $error = sqrt((1 - 1 / $rate) / $n);
		my ($f, $b) = ($n * $rate / $packets - 1, $octets / $bytes - 1);
		printf "%d samples, expected error %.2f %%: packets %+.2f %%, bytes %+.2f %%\n", $n, 100 * $error, 100 * $f, 100 * $b;
		exit(abs $f > 5 * $error || abs $b > 5 * 1.005 * $error);' "$2" "$3" $MANY $MANY_BYTES $RATE >agree 2>&1; then
		pass "$1: $(cat agree)"
	else
		fail "$1" "$(cat agree)"
	fi
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
	start_collector store-sampled --listen 127.0.0.1:0 || continue
	ok "softflowd -v $v samples" env PATH="$PATH:/usr/sbin" timeout 20 softflowd -d -r many.pcap -n "127.0.0.1:$PORT" -v $v -A milli -s $RATE -p "$SCRATCH/pid" -c none
	sleep 0.5
	stop_collector
	sampled_agrees "softflowd -v $v -s $RATE" "$(pick totals frames)" "$(pick totals estimated_bytes)"
	rm -rf store-sampled
done

# probe CAPTURE OPTION...: pmacctd over the capture, with one plugin.  When the plugin is done before the core
# has seen the end of the file, pmacctd says so and calls it a failure: that one status 1 is no fault of
# the export.  Any other failure, and an error it prints, is.
probe() {
	local rc=0
	local capture=$1
	shift
	printf '%s\n' 'daemonize: false' "pcap_savefile: $SCRATCH/$capture" "$@" >pmacctd.conf
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
	nfprobe=('plugins: nfprobe' "nfprobe_version: $v" 'aggregate: src_host,dst_host,src_port,dst_port,proto,tos')
	ok "nfprobe version $v exports" probe packets.pcap "${nfprobe[@]}" "nfprobe_receiver: 127.0.0.1:$PORT"
	stop_collector
	flows_are_right nfprobe-$v
	start_collector store-sampled --listen 127.0.0.1:0 || continue
	ok "nfprobe version $v samples" probe many.pcap "${nfprobe[@]}" "nfprobe_receiver: 127.0.0.1:$PORT" "sampling_rate: $RATE"
	stop_collector
	sampled_agrees "nfprobe version $v, 1 in $RATE" "$(pick totals frames)" "$(pick totals estimated_bytes)"
	rm -rf store-sampled
done

# sfprobe takes every packet as a sample.  It ends without sending its last, unfinished datagram: at
# most some samples are missing, and those that came are whole.
start_collector store-sfprobe --listen 127.0.0.1:0
ok 'sfprobe exports' probe packets.pcap 'plugins: sfprobe' "sfprobe_receiver: 127.0.0.1:$PORT" 'sfprobe_agentip: 10.9.9.9' 'sfprobe_agentsubid: 7' 'sampling_rate: 1'
stop_collector
n=$(pick totals flow_samples)
ok "sfprobe: nearly all samples came ($n)" test "$n" -gt $((PACKETS - 20))
is 'sfprobe: no datagram was lost' "$(lost totals)" 0
is 'sfprobe: nothing refused' "$(sum totals rejects)" 0
is 'sfprobe: its agent and sub-agent' "$(pick totals exporters.0.agent exporters.0.domain | paste -sd ' ')" '10.9.9.9 7'
is 'sfprobe: all samples are stored' "$(rows store-sfprobe)" "$n"
# A frame is the IP packet, 14 bytes before and 4 behind it.
is 'sfprobe: a connection that is complete' "$("$WEIR" query --store store-sfprobe --tz UTC pairs.js | grep '^10.0.0.1,')" "10.0.0.1,25,$((25 * 118))"
# Sampled, what it keeps back is some more of the error: at most 20 samples.
start_collector store-sampled --listen 127.0.0.1:0
ok 'sfprobe samples' probe many.pcap 'plugins: sfprobe' "sfprobe_receiver: 127.0.0.1:$PORT" 'sfprobe_agentip: 10.9.9.9' "sampling_rate: $RATE"
stop_collector
n=$(pick totals flow_samples)
sampled_agrees "sfprobe, 1 in $RATE" "$n" $(($(pick totals estimated_bytes) - n * RATE * 18))
done_testing
