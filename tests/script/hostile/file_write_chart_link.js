// expect: 1, a symbolic link
// options: --read $SCRATCH/in --write $SCRATCH/in
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
writefile("folder/secret", Chart.multiSeries("bar", "x", t, "x", "b", "y", ["a"]).png());
