# How exporters fare: rates, losses, duplicates, resets, clocks and silence, in the collector's report and by
# `weir exporters` as a table, JSON and CSV, while it runs and after it has ended; losses in `weir import`.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
cat >"$WEIR_CONFIG" <<EOF
time_zone: UTC
store: $SCRATCH/store
agents:
  - { agent: 127.0.0.1, name: "edge router" }
collect: { silent: 2s }
EOF
cd "$SCRATCH"

# v5 ENGINE CLOCK SAMPLING SEQUENCE...: NetFlow v5 datagrams of one record each to $PORT, with a clock that is so
# many seconds ahead; or, when PORT is a file's name, into a capture.
cat >v5.pl <<'PERL'
use strict;
use warnings;
use IO::Socket::INET;
my ($port, $engine, $ahead, $sampling, @sequence) = @ARGV;
my $to = $port =~ /^\d+$/ ? IO::Socket::INET->new(Proto => 'udp', PeerAddr => "127.0.0.1:$port") : undef;
my $now = time;
if (!$to) { open $to, '>:raw', $port or die; print $to pack 'VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101 }
for my $s (@sequence) {
	my $p = pack('nnNNNNCCn', 5, 1, 60000 + $s, $now + $ahead, 0, $s, 0, $engine, 1 << 14 | $sampling)
		. pack('NNNnnNNNNnnCCCCnnCCn', 0x0a000001, 0x0a000002, 0, 1, 2, 10, 1000, 1000, 2000, 1024, 443, 0, 16, 6, 0, 0, 0, 24, 24, 0);
	if ($port =~ /^\d+$/) { $to->send($p); select undef, undef, undef, 0.002; next }
	my $udp = pack('nnnn', 2055, 2055, 8 + length $p, 0) . $p;
	my $ip = pack('CCnnnCCnNN', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0, 0x0a090909, 0x0a080808) . $udp;
	print $to pack('VVVV', $now, 0, length $ip, length $ip), $ip;
}
PERL
v5() { perl v5.pl "$@"; }
# member N NAME: of the n-th exporter as JSON.
member() { "$WEIR" exporters --json | tr '\n' ' ' | pick - "exporters.$1.$2"; }
fresh() { kill -USR1 "$PID"; sleep 0.4; }

status 'before a collector has run: 1' 1 "$WEIR" exporters
start_collector '' --listen 127.0.0.1:0 --workers 1
status 'an empty list' 0 "$WEIR" exporters
fresh
has 'says so' "$("$WEIR" exporters)" 'no exporter was heard'
v5 "$PORT" 1 0 100 0 1 2 3 4 9 10 10 10 11
v5 "$PORT" 2 -3600 0 0 1
wait_received 12
fresh
is 'who sends' "$(member 0 exporter)" 127.0.0.1
is 'its name' "$(member 0 name)" 'edge router'
is 'its protocol and engine' "$(member 0 protocol) $(member 0 domain) $(member 1 domain)" 'netflow5 1 2'
is 'its sampling rate' "$(member 0 samplingrate)" 100
is 'a rate that is not told is unknown' "$(member 1 samplingrate)" unknown
is 'told by the datagram itself' "$(member 0 sampling_from)" header
is 'records' "$(member 0 records)" 10
is 'lost: 5, 6, 7, 8' "$(member 0 records_lost)" 4
is 'duplicates' "$(member 0 duplicates)" 2
ok 'a rate' perl -e 'exit !(shift > 0)' -- "$(member 0 records_per_second)"
ok 'its clock agrees' perl -e 'exit !(abs(shift) < 5)' -- "$(member 0 clock_skew)"
ok 'the other one is an hour behind' perl -e 'exit !(abs(3600 + shift) < 5)' -- "$(member 1 clock_skew)"
is 'nobody is silent' "$(member 0 silent_since)" 0 # null
has 'a table for people' "$("$WEIR" exporters | tr -s ' ')" 'EXPORTER AGENT NAME PROTOCOL DOMAIN SAMPLING FROM DGRAMS/S RECORDS/S LOST'
has 'with the unknown rate' "$("$WEIR" exporters | tr -s ' ')" '127.0.0.1 127.0.0.1 edge router netflow5 2 unknown'
is 'CSV' "$("$WEIR" exporters --csv | sed -n 2p | cut -d, -f1-7,10-17)" '127.0.0.1,127.0.0.1,edge router,netflow5,1,100,header,10,10,0,4,0,0,2,0'
sleep 2.2
fresh
has 'silence' "$(member 0 silent_since)" "$(date -u +%Y)-"
v5 "$PORT" 2 -3600 0 2
wait_received 13
fresh
is 'who speaks again is not silent' "$(member 1 silent_since)" 0
has 'the other one still is' "$(member 0 silent_since)" "$(date -u +%Y)-"
# A rate from the configuration, for who tells none: at once, for the interface it names, until it is gone.
sed -i 's/name: "edge router" }/name: "edge router", sampling: 512 }/' "$WEIR_CONFIG"
echo 'interfaces: [ { agent: 127.0.0.1, ifindex: 1, sampling: 64 } ]' >>"$WEIR_CONFIG"
reload
v5 "$PORT" 2 -3600 0 3
wait_received 14
fresh
is 'a configured rate' "$(member 1 samplingrate) $(member 1 sampling_from)" '512 configured'
sed -i '/^interfaces/d' "$WEIR_CONFIG"
kill -HUP "$PID"; sleep 0.5
v5 "$PORT" 2 -3600 0 4
wait_received 15
fresh
is 'what was told stands' "$(member 0 samplingrate)" 100
is 'the collector runs' "$("$WEIR" exporters --json | tr '\n' ' ' | pick - collecting)" 1
stop_collector
is 'it does not run any more' "$("$WEIR" exporters --json | tr '\n' ' ' | pick - collecting)" 0
is 'rows have the rate of their interface, else of the agent' "$("$WEIR" top --csv traffic samplingrate,frames 'domain=2' 'last 2 hours' | sed 1d | sort -n | paste -sd' ')" '0,30 64,640 512,5120'
has 'and the table says when it did' "$("$WEIR" exporters)" 'when a collector ran last'
printf x | dd of=store/status/exporters bs=1 seek=30 conv=notrunc 2>/dev/null
status 'a damaged file: 1' 1 "$WEIR" exporters
has 'is told' "$(cat .out)" 'status/exporters: damaged data'
status 'an unknown option: usage' 2 "$WEIR" exporters --frob
status '--help' 0 "$WEIR" exporters --help
has 'explains the columns' "$(cat .out)" 'clock_skew           seconds that its clock is ahead of ours'

# -- the same of a capture ------------------------------------------------------------------------------------
v5 lost.pcap 1 0 0 0 1 2 3 4 9 10 10 10 11
"$WEIR" import --json --store imported lost.pcap | tr '\n' ' ' >json
is 'import: lost, dropped, resets, duplicates' "$(pick json total.datagrams_lost total.records_lost total.samples_dropped total.resets total.duplicates | paste -sd' ')" '0 4 0 0 2'
has 'import: in words' "$("$WEIR" import --again --store imported lost.pcap)" 'on the way: 0 datagrams and 4 records lost, 2 duplicates, 0 resets; 0 samples dropped by agents'
done_testing
