# What weir collect knows of exporters outlives it: after a restart, and after kill -9, data of NetFlow v9
# and IPFIX that comes without templates is decoded at once, whichever worker it reaches.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
cd "$SCRATCH"

# replay PCAP PORT KIND: its datagrams to the collector.  KIND "templates": those that tell of templates or
# options, "data": those of data sets alone.  Prints how many.
cat >replay.pl <<'PERL'
use strict;
use warnings;
use IO::Socket::INET;
my ($file, $port, $kind) = @ARGV;
open my $in, '<:raw', $file or die "$file: $!\n";
read $in, my ($head), 24;
my $to = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "127.0.0.1:$port") or die "socket: $!\n";
my $n = 0;
while (read($in, my ($h), 16) == 16) {
	my (undef, undef, $len) = unpack 'VVV', $h;
	read $in, my ($frame), $len;
	my $p = substr $frame, 14 + 20 + 8; # Ethernet, IPv4, UDP
	my $set = unpack 'n', substr($p, unpack('n', $p) == 9 ? 20 : 16, 2);
	next if ($kind eq 'data') != ($set >= 260 || $set == 256 || $set == 257); # 258 and 259 are options
	$to->send($p);
	$n++;
	select undef, undef, undef, 0.002 unless $n % 20;
}
print "$n\n";
PERL

for protocol in netflow9 ipfix; do
	"$WEIR" generate --protocol $protocol --records 20000 --agents 3 --hours 1 --pcap $protocol.pcap --json >sent
	records=$(pick sent flow_records)

	start_collector store-$protocol --listen 127.0.0.1:0 --workers 3 || continue
	n=$(perl replay.pl $protocol.pcap "$PORT" data)
	wait_received "$n"
	is "$protocol: without templates nothing is decoded" "$(pick totals flow_records)" 0
	stop_collector
	is "$protocol: and nothing that could be kept" "$(rows store-$protocol)" 0

	start_collector store-$protocol --listen 127.0.0.1:0 --workers 3 || continue
	n=$(perl replay.pl $protocol.pcap "$PORT" templates)
	wait_received "$n"
	stop_collector
	is "$protocol: only templates came" "$(pick totals flow_records)" 0
	ok "$protocol: they are kept" test -s store-$protocol/templates/all

	start_collector store-$protocol --listen 127.0.0.1:0 --workers 1 || continue
	n=$(perl replay.pl $protocol.pcap "$PORT" data)
	wait_received "$n"
	stop_collector
	is "$protocol: after a restart data is decoded at once" "$(pick totals flow_records)" "$records"
	is "$protocol: nothing waited for its template" "$(pick totals rejects.nf.no_template)" 0
	is "$protocol: nothing was refused" "$(sum totals rejects)" 0
	is "$protocol: all of it is stored" "$(rows store-$protocol)" "$records"

	# Killed two seconds after it has heard them.
	start_collector store-kill-$protocol --listen 127.0.0.1:0 --workers 1 || continue
	n=$(perl replay.pl $protocol.pcap "$PORT" templates)
	wait_received "$n"
	for _ in $(seq 40); do [ -s store-kill-$protocol/templates/all ] && break; sleep 0.1; done
	kill -9 "$PID"; wait "$PID" 2>/dev/null
	start_collector store-kill-$protocol --listen 127.0.0.1:0 --workers 2 || continue
	n=$(perl replay.pl $protocol.pcap "$PORT" data)
	wait_received "$n"
	stop_collector
	is "$protocol: after kill -9, too" "$(pick totals flow_records)" "$records"
	is "$protocol: and nothing was refused" "$(sum totals rejects)" 0
done

# A file that was changed costs the templates, not the start.
printf 'x' | dd of=store-ipfix/templates/all bs=1 seek=40 conv=notrunc 2>/dev/null
start_collector store-ipfix --listen 127.0.0.1:0
has 'a damaged file is told of' "$(cat collect.err)" 'templates of the last run are not known: damaged data'
perl replay.pl ipfix.pcap "$PORT" templates >/dev/null
n=$(perl replay.pl ipfix.pcap "$PORT" data)
wait_received "$n"
stop_collector
is 'and the collector works' "$(pick totals flow_records)" "$records"
ok 'the store is sound' "$WEIR" store check --store store-ipfix
done_testing
