// expect: 0, ended
// options: --limit draw=2 --limit wall=25
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
var c = Chart.multiSeries("bar", "x", t, "x", "b", "y", ["a"]);
try { c.width = 4000; c.height = 4000; c.scale = 10; println(c.png().length > 0) } catch (e) { println(String(e)) }
println("ended");
