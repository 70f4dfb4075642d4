// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
function shrink() { while (t.ncols) t.removeColumn(0); t.addColumn("z", [9]); }
var u = t.filter(function (row) { shrink(); return true; });
println("survived", u.nrows, t.nrows);
