// expect: 0, ended
// options: --limit draw=5 --limit wall=25
var t = new Table();
t.addColumn("a", [1e308, -1e308, NaN, Infinity, -Infinity, 5e-324]);
t.addColumn("b", [1, 1, 1, 1, 1, 1]);
["trend", "area", "stack", "bar"].forEach(function (k) { try { Chart.multiSeries(k, "x", t, "x", "b", "y", ["a"]).svg().length } catch (e) { println(String(e)) } });
println("ended");
