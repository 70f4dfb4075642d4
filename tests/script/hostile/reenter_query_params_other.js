// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var q = Query.topN("traffic", "bytes", "bytes>$x", "today"), p = Query.topN("traffic", "bytes", "", "today");
q.params = {get x() { p.view = "v".repeat(1000); return 1; }};
try { Query.run([p, q]) } catch (e) { println(String(e)) }
println("survived");
