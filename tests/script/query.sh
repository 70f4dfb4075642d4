# Queries from scripts, over generated traffic: forms, streams, several at once, parameters, errors.
. tests/lib.sh
unset WEIR_CONFIG
export TZ=UTC
NOW=2026-11-23T12:00:00Z
cd "$SCRATCH" || exit 1
"$WEIR" generate --pcap g.pcap --records 20000 --hours 12 --to $NOW --names-file names >/dev/null 2>&1
ok "generated traffic is imported" "$WEIR" import --store store --names names g.pcap
script() { cat >s.js; "$WEIR" query --store store --now $NOW "$@" s.js 2>&1; }

is "by position or as one object: the same" "$(script <<'JS'
var a = Query.topN("traffic", "ipsource,bytes", "", "today", "bytes", 5).run();
var b = Query.topN({view: "traffic", select: "ipsource,bytes", interval: "today", sort: "bytes", n: 5}).run();
println(a.csv() == b.csv(), a.nrows, a.ncols, a.cnames);
JS
)" "true 6 2 ipsource,bytes"

is "the range of a table is Dates" "$(script <<'JS'
var t = Query.topN("traffic", "bytes", "", "today").run();
println(t.start.toISOString(), t.end.toISOString(), t.units, t.ctypes);
JS
)" "2026-11-23T00:00:00.000Z 2026-11-23T12:00:00.000Z bytes number"

is "a stream hands out every row once and keeps none" "$(script <<'JS'
var whole = Query.rows("traffic", "time,ipsource,bytes", "", "today", 15000).run();
var n = 0, sum = 0, same = true;
var t = Query.rows("traffic", "time,ipsource,bytes", "", "today", 15000).run(function (row, table) {
	same = same && row[1] === whole.cell(n, 1) && row[0].getTime() == whole.cell(n, 0).getTime() && table.ncols == 3;
	n++;
	sum += row[2];
});
println(n == whole.nrows, n > 4096, sum == whole.total("bytes"), same, t.nrows, t.cnames);
JS
)" "true true true true 0 time,ipsource,bytes"

is "an exception in a stream ends it" "$(script <<'JS'
var n = 0;
try { Query.rows("traffic", "ipsource", "", "today", 100).run(function () { if (++n == 3) throw new Error("enough") }) }
catch (e) { println(e.message, n) }
JS
)" "enough 3"

is "a query inside a stream" "$(script <<'JS'
var n = 0;
Query.topN("traffic", "ipsource,bytes", "", "today", "bytes", 3).run(function (row) {
	if (row[0]) n += Query.topN("traffic", "bytes", "ipsource=" + row[0], "today").run().nrows;
});
println(n);
JS
)" 3

is "several at once" "$(script <<'JS'
var q = [Query.topN("traffic", "ipsource,bytes", "", "today", "bytes", 2), Query.topN("traffic", "bytes", "", "today")];
var r = Query.run(q);
println(r.length, r[0].nrows, r[1].nrows, r[0].total("bytes") == r[1].total("bytes"));
var all = q[0];
all.multiquery = q.slice(1);
println(all.run().length);
JS
)" "2 3 1 true
1"

is "parameters are values, whatever they hold" "$(script <<'JS'
var q = Query.topN("traffic", "ipsource,bytes", "ipsource=$target", "today", "bytes", 5);
q.params = {target: "192.0.2.1"};
println(q.run().column(0));
q.params.target = "1.1.1.1)|(ipsource=0.0.0.0/0";
try { println(q.run().nrows) } catch (e) { println("refused") }
JS
)" "192.0.2.1
refused"

has "explain" "$(script <<'JS'
print(Query.trend("traffic", "time,bytes", "ipsource=192.0.2.0/24", "today", "hour").explain());
JS
)" "interval  2026-11-23T00:00:00+00:00 to 2026-11-23T12:00:00+00:00"

is "an error points at the call, and its text at the filter" "$(script <<'JS'
var where = "ipsource=192.0.2.0/33";
Query.topN("traffic", "bytes", where, "today").run();
JS
)" "$(printf '%s\n' 's.js:2:48: Error: filter: error at 20: prefix length must be 0..32' 'Query.topN("traffic", "bytes", where, "today").run();' '                                               ^')"

is "a trend pivots to a column per port" "$(script <<'JS'
var t = Query.trend("ifcounters", "time,interface,rate(ifinbits)", "interface=10.0.0.1>5,10.0.0.1>6", "today", "hour").run();
var p = t.pivotTime(0, 1, 2);
println(t.bucket, p.nrows, p.cnames, p.ctypes);
println(p.column(0)[0].toISOString());
JS
)" "3600 12 time,10.0.0.1>5,10.0.0.1>6 time,number,number
2026-11-23T00:00:00.000Z"

# An answer larger than a message goes through a memfd.
is "a large answer" "$(script <<'JS'
var t = Query.rows("traffic", "time,ipsource,ipdestination,sourceport,destinationport,bytes", "", "today", 20000).run();
println(t.nrows > 15000, t.csv().split("\n").length == t.nrows + 2);
JS
)" "true true"
done_testing
