// A report is the script's output: what was added and not written is printed at the end.
var t = new Table();
t.addColumn("port", ["a<b", "c&d"]);
t.addColumn("bytes", [1234567, null]);
var r = Report.current();
r.title = "Ports & more";
println(r === Report.current(), r instanceof Report);
r.heading("Top").paragraph("Two <ports>").table(t).heading("Below", 2);
function tried(f) { try { println(f()) } catch (e) { println(String(e)) } }
tried(function () { return r.heading() });
tried(function () { return r.heading("x", 4) });
tried(function () { return r.table("x") });
tried(function () { return r.chart(t) });
tried(function () { return Events.post({name: "x"}) });
var chart = Chart.multiSeries("bar", "", t, "", 0, "", [1]);
var other = new Report("Other");
println(other.html().indexOf("Nothing to report.") > 0);
other.chart(chart).pageBreak();
println(String(other).match(/<img alt="chart" src="data:image\/svg\+xml;base64,[A-Za-z0-9+\/]+=*">/) != null);
// as PDF: a picture like a chart's; the same report is the same bytes
function text(picture) { return String.fromCharCode.apply(null, picture.bytes()) }
var pdf = text(other.pdf());
println(pdf.slice(0, 5), pdf.match(/\/Count (\d+)/)[1], pdf == text(other.pdf()), String(other.pdf()));
println(text(new Report().pdf()).match(/\/Count (\d+)/)[1]);
tried(function () { return r.chart(other.pdf()) });
r.pageBreak().paragraph("At the end");
