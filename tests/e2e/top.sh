# weir top and weir trend: one query from the command line, as table, CSV and JSON; statuses; scope.
. tests/lib.sh
export WEIR_CONFIG=$SCRATCH/weir.yaml TZ=UTC
echo 'time_zone: UTC' >"$WEIR_CONFIG"
cd "$SCRATCH"
S=$SCRATCH/store

# Ten NetFlow v5 records a minute for three minutes from 2026-01-01T00:00:00Z: 10.0.0.1 .. 10.0.0.10 in
# by port 1, host k with 100 * k bytes.
perl - >flows.pcap <<'PERL'
print pack('VvvVVVV', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1);
for my $minute (0 .. 2) {
	my $time = 1767225600 + 60 * $minute;
	my $records = '';
	for my $k (1 .. 10) {
		$records .= pack('NNNnnNNNNnnCCCCnnCCn', 0x0a000000 + $k, 0xc0000201, 0, 1, 2, 1, 100 * $k, 10000, 10000,
		                 1024 + $k, 80, 0, 0x18, 6, 0, 0, 0, 24, 24, 0);
	}
	my $data = pack('nnNNNNCCn', 5, 10, 10000, $time, 0, $minute * 10, 0, 0, 0) . $records;
	my $udp = pack('nnnn', 40000, 2055, 8 + length $data, 0) . $data;
	my $ip = pack('CCnnnCCnNN', 0x45, 0, 20 + length $udp, 0, 0, 64, 17, 0, 0xc0000201, 0xc00002fe) . $udp;
	my $frame = ("\0" x 12) . "\x08\x00" . $ip;
	print pack('VVVV', $time, 0, length $frame, length $frame), $frame;
}
PERL
cat >customers.xml <<'EOF'
<customers>
  <customer name="A" id="1001"><cidr address="10.0.0.3" bits="32" /></customer>
</customers>
EOF
ok 'import' "$WEIR" import --store "$S" flows.pcap
top() { "$WEIR" top --store "$S" --now 2026-01-01T01:00:00Z "$@" 2>&1; }
trend() { "$WEIR" trend --store "$S" --now 2026-01-01T01:00:00Z "$@" 2>&1; }

is 'the greatest, then the rest' "$(top --csv -n 2 traffic ipsource,bytes)" 'ipsource,bytes
10.0.0.10,3000
10.0.0.9,2700
,10800'
is 'aligned text' "$(top -n 1 traffic ipsource,bytes 'ipsource=10.0.0.1,10.0.0.10')" 'ipsource   bytes
10.0.0.10  3,000
rest         300'
has 'a table of either side says that rows overlap' "$(top -n 1 traffic interface,bytes)" 'rows overlap: what has two sides'
is 'CSV has rows alone' "$(top --csv -n 1 traffic interface,bytes | grep -c overlap)" 0
is 'filter and interval' "$(top --csv traffic bytes,flows ipsource=10.0.0.2 '2026-01-01T00:00:00Z,2026-01-01T00:02:00Z')" 'bytes,flows
400,2'
is 'sorted by another column' "$(top --csv --sort frames -n 1 traffic "ipsource,bytes,share(bytes)" ipsource=10.0.0.4)" 'ipsource,bytes,share(bytes)
10.0.0.4,1200,100'
is 'functions' "$(top --csv traffic 'mask(ipsource,30),hour(time),p95(bytes)' ipsource=10.0.0.1-10.0.0.3)" '"mask(ipsource,30)",hour(time),p95(bytes)
10.0.0.0,0,600'
has 'JSON' "$(top --json traffic bytes)" '"rows":[
[16500]]'
is 'a trend shows its time' "$(trend --csv --bucket minute traffic bytes '' '2026-01-01T00:00:00Z,2026-01-01T00:04:00Z')" 'time,bytes
2026-01-01T00:00:00+00:00,5500
2026-01-01T00:01:00+00:00,5500
2026-01-01T00:02:00+00:00,5500
2026-01-01T00:03:00+00:00,'
is 'in the zone that is asked for' "$(trend --tz Europe/Zurich --csv --bucket day traffic time,bytes | tail -1)" '2026-01-01T00:00:00+01:00,16500'
is 'no blocks where there is no terminal' "$(trend --bucket hour traffic bytes | grep -c '[▁█]')" 0
if script -qec true /dev/null >/dev/null 2>&1; then
  has 'blocks on a terminal' "$(script -qec "$WEIR trend --store $S --now 2026-01-01T00:04:00Z --bucket minute traffic bytes" /dev/null)" '███ '
else
  skip 'blocks on a terminal' 'no script(1)'
fi
has 'how it would be answered' "$(top --explain traffic ipsource,bytes ipsource=10.0.0.2 '2026-01-01T00:00:00Z,2026-01-01T00:02:00Z')" 'segments  1 with '
is 'of a customer nothing is said of what the store holds' "$(top --explain --customers customers.xml --customer 1001 traffic bytes | grep -c '^groups\|^segments')" 1
status 'a wrong filter is not explained' 2 "$WEIR" top --store "$S" --explain traffic bytes ipsource=300.1.1.1
is 'a customer sees its own' "$(top --csv --customers customers.xml --customer 1001 traffic ipsource,bytes)" 'ipsource,bytes
10.0.0.3,900'
is 'not what operators see' "$(top --customers customers.xml --customer 1001 traffic agent,bytes)" \
  'weir: top: select: error at 1: unknown field "agent" in view traffic'

# -- statuses --------------------------------------------------------------------------------------
status 'no SELECT: usage' 2 "$WEIR" top --store "$S" traffic
status 'too many words: usage' 2 "$WEIR" top --store "$S" traffic bytes '' today more
status 'a wrong filter: usage' 2 "$WEIR" top --store "$S" traffic bytes ipsource=300.1.1.1
status 'n of 0: usage' 2 "$WEIR" top --store "$S" -n 0 traffic bytes
status 'n of a thousand million: usage' 2 "$WEIR" top --store "$S" -n 1000000000 traffic bytes
status 'a bucket of a top: usage' 2 "$WEIR" top --store "$S" --bucket hour traffic bytes
status 'an unknown zone: usage' 2 "$WEIR" top --store "$S" --tz Mars/Base traffic bytes
status 'a customer without a mapping: usage' 2 "$WEIR" top --store "$S" --customer 1001 traffic bytes
status 'a customer that is not there: failed' 1 "$WEIR" top --store "$S" --customers customers.xml --customer 7 traffic bytes
status 'no store: failed' 1 "$WEIR" top --store "$SCRATCH/none" traffic bytes
status 'help: ok' 0 "$WEIR" trend --help
is 'places are places in what was written' "$(trend traffic bytes,byts)" 'weir: trend: select: error at 7: unknown field "byts", did you mean "bytes"?'
done_testing
