// expect: 1, ".." is not allowed
// options: --read $SCRATCH/in --write $SCRATCH/in
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
Chart.multiSeries("bar", "x", t, "x", "b", "y", ["a"]).writePNG("../outside/secret");
