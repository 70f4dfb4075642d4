// expect: 0, NaN refused -1 refused 0 refused Infinity refused 1000000000 refused
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
var c = Chart.multiSeries("bar", "x", t, "x", "b", "y", ["a"]), said = [];
[NaN, -1, 0, Infinity, 1e9].forEach(function (x) { try { c.width = x; said.push(x, "taken") } catch (e) { said.push(x, "refused") } });
[NaN, -1, 0, Infinity, 1e9].forEach(function (x) { try { c.scale = x; said.push(x, "taken") } catch (e) { } });
println(said.join(" "));
