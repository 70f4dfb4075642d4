// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var q = Query.topN("traffic", "bytes", "bytes>$x", "today");
q.params = {get x() { for (var i = 0; i < 100; i++) { q.view = "view" + i; q.select = "y".repeat(1000 + i); q.where = "z".repeat(i); } return 1; }};
try { q.run() } catch (e) { println(String(e)) }
try { q.explain() } catch (e) { println(String(e)) }
println("survived");
