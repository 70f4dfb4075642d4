// options: --write $SCRATCH
// A chart's properties, pictures, and the "no data" state with its warning.
var t = new Table();
t.addColumn("time", [new Date(0), new Date(3600000), new Date(7200000)]);
t.addColumn("In", [1e6, 2e6, null]);
t.addColumn("name", ["a", "b", "c"]);
var c = Chart.multiSeries("trend", "Interface 1", t, "Time", 0, "Bits per Second", [1]);
println(c.type, c.title, c.width, c.height, c.scale, c.legend, c.colors, c.marks);
c.width = 400;
c.height = 200;
c.marks = [1.5e6, {value: 2e6, label: "commit"}];
c.colors = ["#1f77b4"];
var p = c.png().bytes();
println(p.length > 1000, p[0], String.fromCharCode(p[1], p[2], p[3]));
println(String(c.svg()).indexOf("<svg") > 0, String.fromCharCode.apply(null, c.pdf().bytes().subarray(0, 5)));
writefile("one/a.png", c.png());
c.writeSVG("one/a.svg");
Chart.multiSeries("trend", "Empty", undefined, "Time", 0, "Bits", [1, 2]).writePNG("one/none.png");
Chart.multiSeries("bar", "Null", null, "Time", 0, "Bits", [1, 2]).png();
Chart.multiSeries("bar", "No rows", new Table(), "Time", 0, "Bits", 1).png();
function tried(f) { try { f(); println("no error") } catch (e) { println(String(e)) } }
tried(function () { Chart.multiSeries("pie", "x", t, "Time", 0, "Bits", [1]) });
tried(function () { Chart.multiSeries("trend", "x", 5, "Time", 0, "Bits", [1]) });
tried(function () { Chart.multiSeries("trend", "x", t, "Time", 0, "Bits", [9]) });
tried(function () { Chart.multiSeries("trend", "x", t, "Time", 0, "Bits", [2]) });
tried(function () { Chart.multiSeries("trend", "x", t, "Time", "zz", "Bits", [1]) });
tried(function () { c.width = 0 });
tried(function () { c.height = 100000 });
tried(function () { c.colors = ["red"] });
tried(function () { c.marks = 5 });
