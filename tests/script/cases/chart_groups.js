// options: --write $SCRATCH/groups
// Charts of groups: what they take, and that they are drawn.
var t = new Table();
t.addColumn("from", ["a", "b", null]);
t.addColumn("to", ["x", "y", "x"]);
t.addColumn("bytes", [3, 2, 1]);
function tried(f) { try { println(f()) } catch (e) { println(String(e)) } }
for (var [name, c] of [["topN", Chart.topN("T", t, 0, 2)], ["pie", Chart.pie("P", t, "from", "bytes")],
                       ["heatmap", Chart.heatmap("H", t, 0, 1, 2)], ["sankey", Chart.sankey("S", t, "from", "to", "bytes")]]) {
	println(c.type == name, c.title, c.png().bytes()[1] == 80, String(c.svg()).slice(0, 5));
	tried(function () { c.type = "bar" });
}
tried(function () { return Chart.pie("P", t, 0, 1) });
tried(function () { return Chart.pie("P", t, 0, 9) });
tried(function () { return Chart.sankey("S", t, 0, 2) });
tried(function () { return Chart.topN("T", "x", 0, 2) });
tried(function () { return Chart.multiSeries("pie", "", t, "", 0, "", [2]) });
println(Chart.pie("Nothing", null, 0, 1).png().length > 500);
