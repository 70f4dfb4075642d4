/* What hits this address?  One page to look at while it happens.
 *
 *	weir query -input target=192.0.2.7 -input interval=last30minutes ddos.js > attack.html
 *
 * Sources by AS and by address, services, packet sizes, and the traffic by minute: enough to tell a flood
 * of one kind (filter it by port and size) from many clients at once (ask the application). */
if (typeof target == "undefined" || !target)
	throw "missing target";
var interval = interval || "last30minutes";

function ask(select, sort, n) {
	var q = Query.topN("traffic", select, "ipdestination=$target", interval, sort, n);
	q.params = { target: target };
	return q;
}
var trend = Query.trend("traffic", "time,rate(bits),rate(frames)", "ipdestination=$target", interval, "minute");
trend.params = { target: target };

var [byAs, bySource, byService, byFlags, total, minutes] = Query.run([
	ask("sourceas,bits,frames,share(frames)", "frames", 10),
	ask("ipsource,bits,frames,share(frames)", "frames", 20),
	ask("protocol,sourceport,destinationport,bytes,frames,share(frames)", "frames", 15),
	ask("protocol,tcpflags,frames,share(frames)", "frames", 10),
	ask("bytes,frames,samples,count(ipsource),error(frames)", "frames", 1), trend]);

byService.addColumn("bytes a packet", byService.column("bytes").map(function (bytes, i)
	Math.round(bytes / byService.cell(i, 4))), "number");

var r = Report.current();
r.title = "Traffic to " + target;
var seen = total.nrows ? total.row(0) : [0, 0, 0, 0, 0];
if (!seen[1]) {
	r.paragraph("Nothing reached " + target + " between " + formatdate(total.start, "yyyy-MM-dd HH:mm") + " and " +
	            formatdate(total.end, "HH:mm") + ".");
} else {
	r.paragraph(formatdate(total.start, "yyyy-MM-dd HH:mm") + " to " + formatdate(total.end, "yyyy-MM-dd HH:mm") + ": " +
	            formatnumber(seen[1]) + " packets (± " + formatnumber(Math.round(seen[4])) + ", from " + formatnumber(seen[2]) +
	            " samples), " + formatnumber(seen[0]) + " bytes, from " + formatnumber(seen[3]) + " addresses seen.");
	var chart = Chart.multiSeries("area", "Packets a second", minutes, "", 0, "packets/s", [2]);
	chart.width = 900;
	chart.height = 260;
	r.chart(chart);
	r.heading("Services").table(byService);
	r.heading("Flags").table(byFlags);
	r.heading("Networks").table(byAs);
	r.heading("Sources").table(bySource);
}
