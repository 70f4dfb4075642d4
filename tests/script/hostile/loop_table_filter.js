// expect: 1, limit: cpu 1 s reached
// options: --limit cpu=1 --limit wall=90
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
t.filter(function () { for (;;); });
