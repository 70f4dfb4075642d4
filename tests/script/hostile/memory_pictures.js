// expect: 1, 
// options: --limit heap=32 --limit cpu=10 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
var t = new Table();
var v = [];
for (var i = 0; i < 20000; i++) v.push(i);
t.addColumn("a", v);
var c = Chart.multiSeries("bar", "x", t, "x", "a", "y", ["a"]), all = [];
for (;;) all.push(c.png());
