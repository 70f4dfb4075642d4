// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
t.map(function (row) { t.sort(0, true); t.scale(0, -1); return row; });
println("survived");
