/* Ports that are getting full, and when they will be.
 *
 *	weir query -input interval=last8weeks -input warn=60 capacity.js
 *
 * Each day's 95th percentile of utilisation, in or out, whichever is more; a straight line through the days
 * says when it reaches 100 %.  Fewer than seven days are no trend. */
var interval = interval || "last4weeks";
var warn = Number(warn || 70);
var network = Network.current();

var days = Query.trend("ifcounters", "time,interface,percentile(ifinutilization,95),percentile(ifoututilization,95)", "", interval,
                       "day").run();
var ports = {};
for (var row of days)
	if (row[1] !== null && row[2] !== null)
		(ports[row[1]] = ports[row[1]] || []).push([row[0].getTime() / 86400e3, Math.max(row[2], row[3])]);

/* Least squares: utilisation = a + b * day. */
function line(points) {
	var n = points.length, x = 0, y = 0, xx = 0, xy = 0;
	for each (var [day, use] in points) {
		x += day;
		y += use;
	}
	x /= n;
	y /= n;
	for each (var [day, use] in points) {
		xx += (day - x) * (day - x);
		xy += (day - x) * (use - y);
	}
	var b = xx ? xy / xx : 0;
	return { slope: b, at: function (day) y + b * (day - x) };
}

var t = new Table(), rows = [];
for (var id in ports) {
	var points = ports[id], last = points[points.length - 1], l = line(points);
	network.path = id;
	var left = l.slope > 0.01 && points.length >= 7 ? Math.max(0, Math.round((100 - l.at(last[0])) / l.slope)) : null;
	if (last[1] >= warn || (left !== null && left <= 180))
		rows.push([id, network.ifName(), network.ifSpeed(), Math.round(last[1] * 10) / 10, Math.round(l.slope * 7 * 100) / 100, left]);
}
rows.sort(function (a, b) b[3] - a[3]);
var names = ["port", "ifName", "speed", "p95 %", "% a week", "full in days"];
for (var c = 0; c < names.length; c++)
	t.addColumn(names[c], rows.map(function (r) r[c]), c < 2 ? "text" : "number");
if (rows.length)
	t.printText();
else
	println("No port is at " + warn + " % or will be full within half a year.");
