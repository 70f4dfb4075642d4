// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
t.map(function () { for (;;); });
