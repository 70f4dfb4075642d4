// Queries take arguments by position or as one object, and say what is wrong with them.
var q = Query.topN("traffic", "ipsource,bytes", "ipsource=$target", "today", "bytes", 5);
println(q.view, q.select, q.where, q.interval, q.sort, q.n, q.bucket, q.tz);
q.params = {target: "192.0.2.1"};
q.params.other = 5;
println(JSON.stringify(q.params));
var r = Query.trend({view: "ifcounters", select: "time,ifinbits", bucket: 3600, interval: "today", tz: "UTC"});
println(r.view, r.select, r.where, r.bucket, r.tz, r.n);
r.where = null;
r.n = 3;
println(r.where, r.n, r instanceof Query);
function tried(f) { try { f(); println("no error") } catch (e) { println(String(e)) } }
tried(function () { Query.topN() });
tried(function () { Query.topN("traffic") });
tried(function () { Query.topN("traffic", "bytes", "", "today", "bytes", -1) });
tried(function () { Query.topN("traffic", "bytes", "", "today", "bytes", 1.5) });
tried(function () { Query.topN("traffic", "bytes", "", "today", "bytes", 0) });
tried(function () { Query.topN("traffic", function () {}, "", "today") });
tried(function () { Query.topN("traffic", "bytes", "a\0b", "today") });
tried(function () { new Query() });
tried(function () { q.params = 5 });
tried(function () { q.view = null });
tried(function () { q.multiquery = [1] });
tried(function () { q.multiquery = [] });
tried(function () { Query.run("x") });
tried(function () { q.run(5) });
