// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
function shrink() { while (t.ncols) t.removeColumn(0); t.addColumn("z", [9]); }
function tried(f) { try { f() } catch (e) { println(String(e)) } }
tried(function () { var c = Chart.multiSeries("bar", "t", t, {toString: function () { shrink(); return "x"; }}, "z", "y", ["z"]); c.png(); });
var u = new Table();
u.addColumn("a", [1, 2]);
var d = Chart.multiSeries("bar", "t", u, "x", 0, "y", [0]);
u.removeColumn(0);
tried(function () { d.png() });
println("survived");
