// expect: 0, survived 1004
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
var n = 0;
var u = t.filter(function (row) { if (n++ < 1000) t.addRow([n, "x"]); return true; });
println("survived", u.nrows);
