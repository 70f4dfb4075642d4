# The corpus of the fuzz targets, over UDP into a running collector: as it is, then changed at random for some
# seconds (SECONDS_=3), from a few senders.  It goes on, counts every datagram, and what is good between them
# is stored.  Run with SAN=address,undefined this is a daemon's share of fuzzing.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
CORPUS=$PWD/tests/fuzz/corpus
cd "$SCRATCH"

# fuzz PORT SECONDS SEED FOLDER...: prints how many datagrams it sent.  A file of wire_datagram is
# { sender 1, length 2, bytes }*; of others the bytes are taken as they are.
cat >fuzz.pl <<'PERL'
use strict;
use warnings;
use Socket;
use Time::HiRes 'time';
my ($port, $seconds, $seed, @folders) = @ARGV;
srand $seed;
my $to = pack_sockaddr_in($port, inet_aton('127.0.0.1'));
my (@good, @from);
for my $n (0 .. 15) {
	socket($from[$n], PF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
	bind($from[$n], pack_sockaddr_in(0, pack('CCCC', 127, 9, 9, 1 + $n))) or die "bind: $!\n";
}
for my $file (map { glob "$_/*" } @folders) {
	open my $f, '<:raw', $file or die "$file: $!\n";
	my $bytes = do { local $/; <$f> } // next;
	if ($file !~ m{/wire_datagram/}) { push @good, substr $bytes, 0, 60000; next }
	while (length $bytes >= 3) {
		my ($who, $len) = unpack 'Cn', $bytes;
		push @good, substr $bytes, 3, $len;
		$bytes = length $bytes > 3 + $len ? substr $bytes, 3 + $len : '';
	}
}
@good = grep { length $_ && length $_ < 60000 } @good;
my $sent = 0;
sub out { send($from[rand @from], $_[0], 0, $to); select undef, undef, undef, 0.002 if ++$sent % 32 == 0 }
out($_) for @good;
my $end = time + $seconds;
while (time < $end) {
	my $d = $good[rand @good];
	for (0 .. rand 4) {
		my $at = int rand length $d;
		my $how = int rand 6;
		if    ($how == 0) { substr($d, $at, 1) = chr rand 256 }
		elsif ($how == 1) { substr($d, $at, 1) ^= chr(1 << rand 8) }
		elsif ($how == 2) { $d = substr $d, 0, 1 + $at }
		elsif ($how == 3) { substr($d, $at & ~3, 4) = pack 'N', (0, 1, 0x7fffffff, 0xffffffff, 0x80000000)[rand 5] }
		elsif ($how == 4) { my $o = $good[rand @good]; $d = substr($d, 0, $at) . substr($o, rand length $o) }
		else              { substr($d, $at, 0) = "\0" x (1 + rand 8) }
		$d = substr $d, 0, 60000;
	}
	out($d) if length $d;
}
print "$sent\n";
PERL

# The counters alone: thousands of made-up exporters make a line that is slow to read.
counters() { tail -1 totals | sed 's/,"exporters":\[.*/}/' >counters; }
received() { local i; for i in $(seq 25); do kill -USR1 "$PID"; sleep 0.3; counters; [ "$(pick counters received)" -ge "$1" ] && return 0; done; return 1; }

start_collector store --listen 127.0.0.1:0 --workers 2
n=$(perl fuzz.pl "$PORT" "${SECONDS_:-3}" "${SEED:-$$}" "$CORPUS"/wire_datagram "$CORPUS"/wire_snapshot)
"$WEIR" generate --send "127.0.0.1:$PORT" --protocol sflow --records 5000 --per-second 5000 --json >sent
good=$(pick sent datagrams)
ok "it still runs after $n datagrams (SEED=${SEED:-$$})" received $((n + good))
stop_collector
counters
is 'status 0' "$STATUS" 0
is 'every datagram was received or is counted as dropped' $(($(pick counters received) + $(pick counters drops.kernel))) $((n + good))
ok 'many were refused by name' test "$(sum counters rejects)" -gt 100
ok 'what was good is stored' test "$(rows store)" -ge 5000
ok 'the store is sound' "$WEIR" store check --store store
status 'a query over what came' 0 "$WEIR" top traffic ipsource,bytes '' 'last 2 hours' --store store --tz UTC
done_testing
