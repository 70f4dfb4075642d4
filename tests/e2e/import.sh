# weir import and weir store, as people use them: good files and bad ones, names, shifted times,
# again, and after a kill.  The captures are made here, so that this runs anywhere.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
cd "$SCRATCH"

# capture FILE FIRST N COUNTERS: N NetFlow v5 datagrams of 30 records each, the bytes of the
# records counting up from 1, at times from FIRST on, one a second; behind every second one an sFlow
# datagram with COUNTERS counter samples when that is not 0.
capture() {
	perl - "$@" <<'PERL'
use strict;
use warnings;
my ($file, $first, $n, $counters) = @ARGV;
open my $out, '>:raw', $file or die "$file: $!\n";
my $bytes = 0;
sub packet {
	my ($time, $port, $data) = @_;
	my $udp = pack('nnnn', 40000, $port, 8 + length $data, 0) . $data;
	my $ip = pack('CCnnnCCnNN', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0, 0xc0000201, 0xc00002fe) . $udp;
	my $frame = ("\0" x 12) . "\x08\x00" . $ip;
	print $out pack('VVVV', $time, 0, length $frame, length $frame), $frame;
}
print $out pack('VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1);
for my $i (0 .. $n - 1) {
	my $time = $first + $i;
	my $records = '';
	for my $k (0 .. 29) {
		$bytes++;
		$records .= pack('NNNnnNNNNnnCCCCnnCCn', 0x0a000001, 0x0a000100 + $k, 0, 1, 2, 1, $bytes, 10000, 10000,
		                 1024 + $k, 80, 0, 0x18, 6, 0, 0, 0, 24, 24, 0);
	}
	packet($time, 2055, pack('nnNNNNCCn', 5, 30, 10000, $time, 0, $i * 30, 0, 0, 0) . $records);
	next unless $counters && $i % 2;
	my $samples = '';
	for my $k (1 .. $counters) {
		my $if = pack('NNNNNNNNNNNNNNNNNNNNNN', $k, 6, 0, 1000000000, 1, 3, 0, $i * 100, (0) x 6, 0, $i * 50, (0) x 6);
		$if = substr($if, 0, 88);
		my $sample = pack('NNN', $i, $k, 1) . pack('NN', 1, length $if) . $if;
		$samples .= pack('NN', 2, length $sample) . $sample;
	}
	packet($time, 6343, pack('NNNNNNN', 5, 1, 0xc0000201, 0, $i, 1000 * $i, $counters) . $samples);
}
PERL
}
json() { perl -MJSON::PP -e 'local $/; my $v = decode_json(<STDIN>); for (split /\./, shift) { $v = ref $v eq "ARRAY" ? $v->[$_] : $v->{$_} } print ref $v ? JSON::PP->new->canonical->encode($v) : $v // "null"' "$1"; }
rows() { "$WEIR" store info --json --store "$1" | json "tables.$2.segment_rows"; }

# 1767225600 is 2026-01-01T00:00:00Z
capture small.pcap 1767225600 10 2
head -c 1000 small.pcap >cut.pcap
head -c 4000 /dev/urandom >garbage.pcap
: >empty.pcap

# -- what is printed -----------------------------------------------------------------------------
out=$("$WEIR" import --store s1 small.pcap 2>err)
is 'a good file: status 0' $? 0
is 'nothing on stderr' "$(cat err)" ''
has 'datagrams, records and counters are counted' "$out" 'small.pcap                               15        300          0         10          0'
has 'bytes and frames by protocol, with units' "$out" 'netflow5        45.1 kB                45150              300'
has 'the time of what was stored' "$out" 'time       2026-01-01T00:00:00+00:00 to 2026-01-01T00:00:09+00:00'
has 'and where' "$out" 'stored     300 flow rows and 10 counter rows in s1'

out=$("$WEIR" import --json --store s2 small.pcap)
is 'JSON: the counts' "$(json total <<<"$out")" \
	'{"bytes":45150,"counter_samples":10,"datagrams":15,"datagrams_lost":4,"drop_samples":0,"duplicates":0,"estimated_bytes":45150,"estimated_frames":300,"file":null,"flow_records":300,"flow_samples":0,"frames":300,"option_records":0,"records_lost":8,"rejects":{},"resets":0,"samples_dropped":0,"skipped":{},"templates":0}'
is 'JSON: a file has the same' "$(json files.0 <<<"$out" | sed 's/"small.pcap"/null/')" "$(json total <<<"$out")"

# -- usage ------------------------------------------------------------------------------------------
status 'no file: usage' 2 "$WEIR" import --store s3
has 'says what is missing' "$(cat .out)" 'weir: import: no file is named'
status 'an unknown option: usage' 2 "$WEIR" import --frob small.pcap
has 'names it' "$(cat .out)" "weir: import: unrecognized option '--frob'"
status 'a time that is none: usage' 2 "$WEIR" import --store s3 --rebase sometime small.pcap
status '--help' 0 "$WEIR" import --help
has 'describes every option' "$(cat .out)" '--rebase TIME'
is 'none of these made a store' "$(ls -d s3 2>&1)" "ls: cannot access 's3': No such file or directory"

# -- files that are none -------------------------------------------------------------------------------
status 'a missing file: 1' 1 "$WEIR" import --store s3 nowhere.pcap
has 'says so' "$(cat .out)" 'weir: nowhere.pcap: No such file or directory'
status 'garbage: 1' 1 "$WEIR" import --store s3 garbage.pcap
has 'says what it is not' "$(cat .out)" 'weir: garbage.pcap: '
status 'an empty file: 1' 1 "$WEIR" import --store s3 empty.pcap
has 'says so too' "$(cat .out)" 'weir: empty.pcap: '
status 'a folder: 1' 1 "$WEIR" import --store s3 .
has 'is not a file' "$(cat .out)" 'weir: .: is not a file'
is 'no half-written store is left' "$(ls -d s3 2>&1)" "ls: cannot access 's3': No such file or directory"
status 'a good one among bad ones: 1' 1 "$WEIR" import --store s3 garbage.pcap small.pcap nowhere.pcap
is 'but it is in' "$(rows s3 traffic)" 300

out=$("$WEIR" import --json --store s4 cut.pcap 2>err)
is 'a file cut inside a packet: 1' $? 1
has 'says where it ends' "$(cat err)" 'weir: cut.pcap: '
is 'what was whole is kept' "$(rows s4 traffic)" 0
"$WEIR" import --store s4b <(:) small.pcap >.out 2>&1
is 'a pipe is no file' $? 1
head -c 5000 small.pcap >cut2.pcap
status 'cut after some packets: 1' 1 "$WEIR" import --store s4 cut2.pcap
is 'these are kept' "$(rows s4 traffic)" 90

# -- once, and again ----------------------------------------------------------------------------------
cp small.pcap copy.pcap
status 'the same bytes under another name: 1' 1 "$WEIR" import --store s1 copy.pcap
has 'says that they are in' "$(cat .out)" 'weir: copy.pcap: imported already; --again imports it once more'
is 'nothing came in' "$(rows s1 traffic)" 300
status '--again' 0 "$WEIR" import --again --store s1 copy.pcap
is 'takes it once more' "$(rows s1 traffic)" 600
status 'twice in one command: the second is refused' 1 "$WEIR" import --store s5 small.pcap copy.pcap
is 'and is not in' "$(rows s5 traffic)" 300

# -- times ----------------------------------------------------------------------------------------------
capture later.pcap 1767225700 10 0
status '--rebase' 0 "$WEIR" import --store s6 --rebase 2026-06-01T12:00:00Z small.pcap later.pcap
is 'the last record of all falls on it' "$("$WEIR" store info --json --store s6 | json tables.traffic.last)" '2026-06-01T12:00:00+00:00'
is 'the first keeps its distance' "$("$WEIR" store info --json --store s6 | json tables.traffic.first)" '2026-06-01T11:58:11+00:00'
is 'counters move with them' "$("$WEIR" store info --json --store s6 | json tables.ifcounters.first)" '2026-06-01T11:58:12+00:00'

# -- names ------------------------------------------------------------------------------------------------
printf '# names\n192.0.2.1,1,ethernet1,1G\n' >names
status '--names' 0 "$WEIR" import --store s7 --names names small.pcap
has 'the model has them' "$(cat s7/model/interfaces)" '	ethernet1	'
has 'and what counters tell' "$(grep -P '^192.0.2.1\t2\t' s7/model/interfaces)" '1000000000	6'
printf '192.0.2.1,1,ethernet1\n192.0.2.1,x,ethernet2\n' >bad-names
status 'a wrong names file: 1' 1 "$WEIR" import --store s8 --names bad-names small.pcap
has 'with its line' "$(cat .out)" 'weir: bad-names:2: ifIndex must be 1..4294967295'
is 'before anything is written' "$(ls -d s8 2>&1)" "ls: cannot access 's8': No such file or directory"
cat >conf.yaml <<'EOT'
store: s9
interfaces:
  - { agent: 192.0.2.1, ifindex: 2, ifname: "uplink", speed: 10G }
EOT
status 'store and names from the configuration' 0 "$WEIR" import -c conf.yaml small.pcap
has 'are used' "$(cat s9/model/interfaces)" '	10000000000	6	'
printf 'store: s9\nstroe: s8\n' >conf.yaml
status 'a wrong configuration: 1' 1 "$WEIR" import -c conf.yaml small.pcap
has 'with its place and what would be right' "$(cat .out)" 'weir: conf.yaml:2:1: unknown key "stroe": wanted store, customers'

# -- killed -----------------------------------------------------------------------------------------------
# 600,000 flow rows and 80,000 counter rows.  Each kill comes as soon as the store has grown.
capture big.pcap 1767225600 20000 8
size() { cat s10/*/journal/* s10/*/fresh/* 2>/dev/null | wc -c; }
kills=0
for _ in 1 2 3 4 5 6; do
	"$WEIR" import --store s10 big.pcap >killed 2>&1 &
	pid=$! before=$(size)
	for _ in $(seq 500); do
		[ "$(size)" -gt $((before + 300000)) ] && break
		kill -0 $pid 2>/dev/null || break
		sleep 0.01
	done
	kill -9 $pid 2>/dev/null && kills=$((kills + 1))
	wait $pid 2>/dev/null || true
	status 'after a kill the store is sound' 0 "$WEIR" store check --store s10
done
ok 'imports were killed' test $kills -gt 0
status 'another file may come between' 0 "$WEIR" import --store s10 small.pcap
"$WEIR" import --store s10 big.pcap >killed 2>&1 &
pid=$!
sleep 0.1
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null || true
# Behind its walls the collector's own leak check cannot look around.
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 "$WEIR" collect --store s10 --listen 127.0.0.1:0 >collected 2>collect.err &
pid=$!
for _ in $(seq 100); do grep -q collecting collect.err && break; sleep 0.05; done
"$WEIR" generate --protocol netflow5 --records 1000 --per-second 10000 --send "127.0.0.1:$(sed -n 's/.*on UDP \([0-9]*\).*/\1/p' collect.err)" >/dev/null
kill -TERM $pid
wait $pid
is 'a collector, too' "$?" 0
"$WEIR" import --store s10 big.pcap >last 2>&1
rc=$?
if grep -q 'imported already' last; then rc=0; fi # the last kill came too late
is 'the import is finished in the end' "$rc" 0
is 'every flow row is there, once' "$(rows s10 traffic)" 601300
is 'every counter row is there, once' "$(rows s10 ifcounters)" 80010
cat >sum.js <<'EOT'
var t = Query.topN("traffic", "bytes,frames", "", "2026-01-01, 2026-02-01", "bytes", 1).run();
println(t.cell(0, 0) + " " + t.cell(0, 1));
EOT
is 'and they are the right ones' "$("$WEIR" query --store s10 --tz UTC sum.js)" '180000345150 600300' # 1 + ... + 600000, and to 300

# -- weir store ---------------------------------------------------------------------------------------------
mkdir nothing
status 'store check: an empty folder is fine' 0 "$WEIR" store check --store nothing
is 'and says so' "$(cat .out)" 'nothing: empty'
is 'store info too' "$("$WEIR" store info --store nothing)" 'nothing: empty'
status 'a folder that is not there is not' 1 "$WEIR" store check --store no-such-folder
status 'no verb: usage' 2 "$WEIR" store --store s1
status 'an unknown verb: usage' 2 "$WEIR" store frob --store s1
is 'store check: all is well' "$("$WEIR" store check --store s1)" 's1: all is well'
is 'as JSON' "$("$WEIR" store check --json --store s1 | json problems)" '[]'
has 'store info: rows' "$("$WEIR" store info --store s1)" 'traffic'
seg=$(ls s1/traffic/fresh/* | head -1)
perl -e 'open my $f, "+<:raw", shift or die; seek $f, -20, 2; print $f "\xff\x00\xff"' "$seg"
status 'a changed byte: 1' 1 "$WEIR" store check --store s1
has 'with the name of the file' "$(cat .out)" "${seg#s1/}"
perl -pi -e 's/end/und/' s7/model/interfaces
status 'a changed model: 1' 1 "$WEIR" store check --store s7
has 'with its name' "$(cat .out)" 'model/interfaces: '
done_testing
