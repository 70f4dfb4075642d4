# weir export: every row once, whatever the pieces; through filter and scope; CSV, JSON lines, nfdump's columns.
. tests/lib.sh
cd "$SCRATCH" || exit 1
"$WEIR" generate --pcap gen.pcap --records 4000 --hours 2 --from 2026-01-10T10:00:00Z --customers-file customers.xml --json >totals.json
"$WEIR" import --store store gen.pcap >/dev/null
want=$(sed 's/.*"estimated_bytes": *\([0-9]*\).*/\1/;t;d' totals.json)
all='2026-01-10T10:00:00Z,2026-01-10T12:00:00Z'

"$WEIR" export --store store iftraffic "" "$all" >all.csv
is "a heading and every row" "$(wc -l <all.csv)" 4001
is "the fields that most people want" "$(head -1 all.csv)" \
	"time,agent,inputinterface,outputinterface,ipsource,ipdestination,protocol,sourceport,destinationport,tcpflags,sourceas,destinationas,samplingrate,bytes,frames"
is "bytes add up to what was made" "$(awk -F, 'NR > 1 { b += $14 } END { printf "%.0f", b }' all.csv)" "$want"
ok "in the order of time" sort -c <(tail -n +2 all.csv | cut -d, -f1)

"$WEIR" export --store store --format json --select time,bytes,protocol iftraffic "protocol=UDP" "$all" >udp.json
is "JSON: a line for each row that passes" "$(wc -l <udp.json)" "$(grep -c ',UDP,' all.csv)"
has "JSON: an object" "$(head -1 udp.json)" '"protocol":"UDP"}'

"$WEIR" export --store store --format nfdump traffic "" "$all" >nf.csv
is "nfdump's columns" "$(head -1 nf.csv)" "ts,te,td,sa,da,sp,dp,pr,flg,stos,ipkt,ibyt,in,out,sas,das,smk,dmk,ra"
is "nfdump: every row" "$(wc -l <nf.csv)" 4001
is "nfdump: bytes" "$(awk -F, 'NR > 1 { b += $12 } END { printf "%.0f", b }' nf.csv)" "$want"

"$WEIR" export --store store --customers customers.xml --customer 1001 iftraffic "" "$all" >own.csv
is "a customer has no agents and interfaces of others" "$(head -1 own.csv | tr , '\n' | grep -cx agent)" 0
ok "a customer sees some rows" test "$(wc -l <own.csv)" -gt 10
ok "but not all" test "$(wc -l <own.csv)" -lt 4001
is "an hour alone" "$("$WEIR" export --store store iftraffic "" '2026-01-10T11:00:00Z,2026-01-10T12:00:00Z' | tail -n +2 | grep -vc '^2026-01-10T11')" 0
is "no rows: the heading" "$("$WEIR" export --store store iftraffic "" '2026-02-10T11:00:00Z,2026-02-10T12:00:00Z' | wc -l)" 1
is "counters, too" "$("$WEIR" export --store store --select time,interface,ifinoctets ifcounters "" "$all" | head -1)" "time,interface,ifinoctets"

# -- the table that rows fit into ----------------------------------------------------------------------------
for dialect in sqlite duckdb clickhouse; do
	for view in $("$WEIR" help views | awk '{ print $1 }'); do
		"$WEIR" export --store store --schema $dialect $view
	done >$dialect.sql
	is "$dialect: a table for each view" "$(grep -c '^CREATE TABLE' $dialect.sql)" "$("$WEIR" help views | wc -l)"
done
has "a column, what it is, and its unit" "$(cat sqlite.sql)" '	"bytes" INTEGER, /* bytes, scaled up by the sampling rate [bytes] */'
has "what ClickHouse sorts by is not null" "$(cat clickhouse.sql)" '"time" DateTime64(3, '
has "fields of one's own choice" "$("$WEIR" export --store store --schema duckdb --select time,bits traffic)" '"bits" HUGEINT /* bytes times 8 [bits] */'
is "a customer's has no agents" "$("$WEIR" export --store store --customers customers.xml --customer 1001 --schema sqlite iftraffic | grep -c '"agent"')" 0
if command -v sqlite3 >/dev/null; then
	is "SQLite takes them" "$(sqlite3 all.db <sqlite.sql 2>&1)" ''
	printf '.mode csv\n.import --skip 1 all.csv iftraffic\n' | sqlite3 all.db
	is "and the rows" "$(sqlite3 all.db 'SELECT count(*), sum(bytes), typeof(bytes) FROM iftraffic')" "4000|$want|integer"
else
	skip "SQLite takes them" "sqlite3 is not installed"
fi
status "an unknown dialect" 2 "$WEIR" export --store store --schema oracle traffic
has "is told those that there are" "$(cat .out)" 'sqlite, duckdb or clickhouse is wanted'
status "a schema and a filter" 2 "$WEIR" export --store store --schema sqlite traffic protocol=UDP
status "a schema of no view" 2 "$WEIR" export --store store --schema sqlite nothing

status "an unknown view" 2 "$WEIR" export --store store nothing
status "a wrong filter" 2 "$WEIR" export --store store traffic 'protocol=' "$all"
status "a wrong filter where no row is" 2 "$WEIR" export --store store traffic 'protocol=' '2026-02-10T11:00:00Z,2026-02-10T12:00:00Z'
status "a wrong interval" 2 "$WEIR" export --store store traffic '' 'whenever'
status "an unknown form" 2 "$WEIR" export --store store --format xml traffic
status "fields for a form that has its own" 2 "$WEIR" export --store store --format nfdump --select bytes traffic
status "no store" 1 "$WEIR" export --store nowhere traffic
done_testing
