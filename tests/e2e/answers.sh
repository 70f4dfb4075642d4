# Generated questions: random filter x select x interval, asked of weir, of SQLite, of DuckDB and ClickHouse's
# engine (chDB) where `scripts/bootstrap bench` has fetched them, and (where it can say it) of nfdump, over
# the same flows.  The rows of all others come from nfcapd and nfdump, which nobody here has written; all
# answers must be equal to the byte.
#
#	QUESTIONS   how many (40; `make check-all` asks 2,000)      SEED   which (1)      PEERS   folder (build/peers)
. tests/lib.sh
. tests/e2e/collect.inc
QUESTIONS=${QUESTIONS:-40} SEED=${SEED:-1}
PL=$PWD/tests/e2e/answers.pl
PEERS=$(cd "${PEERS:-build/peers}" 2>/dev/null && pwd)
for tool in nfcapd nfdump sqlite3 perl; do
	command -v $tool >/dev/null || { skip 'generated questions' "$tool is not installed"; done_testing; }
done
cd "$SCRATCH" || exit 1
export WEIR_CONFIG=$SCRATCH/weir.yaml TZ=UTC
echo 'time_zone: UTC' >weir.yaml
mkdir nf
PEER=
cleanup() { [ -z "$PEER" ] || kill "$PEER" 2>/dev/null; }
port=$((20000 + $$ % 10000))
timeout 60 nfcapd -b 127.0.0.1 -p $port -l nf -t 3600 -B 4000000 >nfcapd.log 2>&1 & PEER=$!
sleep 0.5
same=(--protocol netflow9 --records 20000 --agents 1 --hours 1 --to 2026-11-23T13:00:00Z --seed "$SEED")
ok 'flows are sent to nfcapd' timeout 60 "$WEIR" generate --send "127.0.0.1:$port" --per-second 15000 "${same[@]}"
sleep 0.5
kill $PEER; wait $PEER 2>/dev/null; PEER=
ok 'the same flows as a capture' "$WEIR" generate --pcap flows.pcap "${same[@]}"
ok 'are loaded' "$WEIR" import --store store flows.pcap
nfdump -R nf -q -N -6 -o 'fmt:%te,%sa,%da,%sp,%dp,%pr,%in,%out,%sas,%das,%tos,%pkt,%byt' | tr -d ' ' | sed 's/^\(....-..-..\)/\1T/' >rows.csv
if [ "$(wc -l <rows.csv)" != 20000 ]; then
	skip 'generated questions' "nfcapd took in $(wc -l <rows.csv) of 20000"
	done_testing
fi
# Everybody's table is the one that weir says its fields make; the rows in it are those of nfdump.
FIELDS=time,ipsource,ipdestination,sourceport,destinationport,protocol,inputinterface,outputinterface,sourceas,destinationas,tos,frames,bytes
perl -F, -lane '
	my ($te, $sa, $da, $sp, $dp, $pr, $in, $out, @rest) = @F;
	my $name = { 1 => "ICMP", 6 => "TCP", 17 => "UDP", 47 => "GRE", 50 => "ESP", 58 => "IPv6-ICMP" }->{$pr} // $pr;
	print join ",", "$te+00:00", $sa, $da, "$name:$sp", "$name:$dp", $name, "10.0.0.1>$in", "10.0.0.1>$out", @rest' rows.csv >f.csv
for dialect in sqlite duckdb clickhouse; do "$WEIR" export --store store --schema $dialect --select $FIELDS iftraffic >$dialect.sql; done
{ cat sqlite.sql; printf '.mode csv\n.import f.csv iftraffic\n'; } | sqlite3 rows.db
echo 1,1,1 >owners.csv
sides=()
for side in duckdb chdb; do
	library=$(ls "$PEERS"/node_modules/@$side/*/lib$side.so 2>/dev/null | head -1)
	if [ -n "$library" ] && [ -x "$BUILD/tests/bench/query_$side" ]; then
		sides+=("$side $BUILD/tests/bench/query_$side $library $SCRATCH/$side store owners.csv 1")
	else
		skip "generated questions to $side" 'scripts/bootstrap bench fetches it'
	fi
done
out=$(perl "$PL" "$WEIR" store rows.db nf "$QUESTIONS" "$SEED" "${sides[@]}" 2>&1)
if [ $? = 0 ]; then pass "$out"; else fail 'generated questions' "$out"; fi
done_testing
