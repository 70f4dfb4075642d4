# An exporter that is more than one worker can take: its sFlow and NetFlow v5 go to all workers by sequence
# number, nothing is taken for lost, what is lost is told once; its v9 stays whole.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
cd "$SCRATCH"
printf 'time_zone: UTC\nstore: %s\ncollect: { workers: 3, spread: [ 127.0.0.1, "::1" ] }\n' "$SCRATCH/store" >"$WEIR_CONFIG"
gen() { "$WEIR" generate --send "127.0.0.1:$PORT" --protocol "$1" --records "$2" --per-second 30000 --agents 1 --json; }
# workers_of PROTOCOL: how many of them have heard it.
workers_of() { perl -MJSON::PP -e 'my @l = <STDIN>; print scalar(grep { $_->{protocol} eq $ARGV[0] } @{ decode_json($l[-1])->{exporters} }), "\n"' "$1" <totals; }
rows_of() { "$WEIR" exporters --json | perl -MJSON::PP -e 'local $/; my @x = grep { $_->{protocol} eq $ARGV[0] } @{ decode_json(<STDIN>)->{exporters} }; print scalar(@x), " ", $x[0]{datagrams_lost}, " ", $x[0]{records_lost}, "\n"' "$1"; }

start_collector '' --listen 127.0.0.1:0
gen sflow 40000 >sent1
gen netflow5 20000 >sent2
gen netflow9 20000 >sent3
stop_collector
is 'sFlow: every sample was decoded' "$(pick totals flow_samples)" 40000
is 'v5 and v9: every record' "$(pick totals flow_records)" 40000
is 'nothing was refused' "$(sum totals rejects)" 0
is 'nothing was dropped' "$(sum totals drops)" 0
is 'no worker takes it for lost' "$(lost totals)" 0
is 'all of it is stored' "$(rows store)" 80000
is 'sFlow reached all workers' "$(workers_of sflow5)" 3
is 'v5, too' "$(workers_of netflow5)" 3
is 'v9 reached one' "$(workers_of netflow9)" 1
is 'sFlow is one exporter, of whom nothing was lost' "$(rows_of sflow5)" '1 0 0'
is 'v5, too' "$(rows_of netflow5)" '1 0 0'

# Datagrams 10 to 16 of sFlow and of v5 do not come; one comes late.
cat >some.pl <<'PERL'
use strict;
use warnings;
use IO::Socket::INET;
my $to = IO::Socket::INET->new(Proto => 'udp', PeerAddr => "127.0.0.1:$ARGV[0]") or die;
for my $n (1 .. 9, 17 .. 60, 62, 61, 63 .. 200) {
	$to->send(pack 'NNNNNNN', 5, 1, 0x0a000001, 3, 1000 + $n, 1000 * $n, 0);
	my $v5 = pack('nnNNNNCCn', 5, 30, 60000 + $n, time, 0, 30 * $n, 0, 9, 0);
	$to->send($v5 . "\0" x (48 * 30));
	select undef, undef, undef, 0.001;
}
PERL
printf 'time_zone: UTC\nstore: %s\ncollect: { workers: 3, spread: [ 127.0.0.1 ] }\n' "$SCRATCH/some" >"$WEIR_CONFIG"
start_collector '' --listen 127.0.0.1:0
perl some.pl "$PORT"
wait_received 386
reload
stop_collector
is 'seven datagrams of sFlow were lost' "$(rows_of sflow5)" '1 7 0'
is 'and their like of v5' "$(rows_of netflow5)" '1 0 210'
done_testing
