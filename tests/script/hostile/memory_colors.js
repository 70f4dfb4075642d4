// expect: 1, RangeError: Chart.colors: at most 64
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
var c = Chart.multiSeries("bar", "x", t, "x", "b", "y", ["a"]);
c.colors = new Array(100000).fill("#000000");
