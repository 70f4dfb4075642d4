/* What grew and what shrank between two weeks (or days, or months).
 *
 *	weir query compare.js
 *	weir query -input first=2026-05-01,2026-06-01 -input second=2026-06-01,2026-07-01 -input what=destinationas compare.js
 *
 * `what` is any key: serverport, sourceas, destinationas, protocol.  A difference smaller than the sampling
 * error of the two sums is no news and is left out. */
var first = first || "end - 2 weeks, end - 1 week";
var second = second || "end - 1 week, end";
var what = what || "serverport";
var n = Number(n || 20);

var [was, is] = Query.run([Query.topN("traffic", what + ",bytes,error(bytes)", "", first, "bytes", 10000),
                           Query.topN("traffic", what + ",bytes,error(bytes)", "", second, "bytes", 10000)]);
var both = new Map();
for each (var [t, i] in [[was, 0], [is, 1]])
	for (var row of t)
		if (row[0] !== null) {
			if (!both.has(row[0]))
				both.set(row[0], [0, 0, 0]);
			both.get(row[0])[i] = row[1];
			both.get(row[0])[2] = Math.hypot(both.get(row[0])[2], row[2] || 0);
		}

var rows = [];
for (var [key, [a, b, error]] of both)
	if (Math.abs(b - a) > error)
		rows.push([key, a, b, b - a, a ? Math.round((b - a) / a * 1000) / 10 : null]);
rows.sort(function (a, b) Math.abs(b[3]) - Math.abs(a[3]));
rows = rows.slice(0, n);

println(formatdate(was.start, "yyyy-MM-dd HH:mm") + " .. " + formatdate(was.end, "yyyy-MM-dd HH:mm") + "  against  " +
        formatdate(is.start, "yyyy-MM-dd HH:mm") + " .. " + formatdate(is.end, "yyyy-MM-dd HH:mm"));
var t = new Table(), names = [what, "bytes before", "bytes after", "difference", "%"];
for (var c = 0; c < names.length; c++)
	t.addColumn(names[c], rows.map(function (r) r[c]), c ? "number" : "text");
if (rows.length)
	t.printText();
else
	println("Nothing changed by more than the sampling error.");
