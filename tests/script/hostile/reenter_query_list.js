// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var list = [0, 0, 0, 0, 0, 0, 0, 0];
list.forEach(function (x, i) { Object.defineProperty(list, i, {get: function () { var junk = []; for (var k = 0; k < 3000; k++) junk.push(Query.topN("traffic", "bytes" + k, "", "today")); return Query.topN("traffic", "bytes", "", "today"); }}); });
try { Query.run(list) } catch (e) { println(String(e)) }
println("survived");
