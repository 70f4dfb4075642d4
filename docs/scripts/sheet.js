/* Bytes by hour and service, a row an hour and a column a service, as CSV that a spreadsheet opens.
 *
 *	weir query --customer 1001 -input interval=yesterday sheet.js > services.csv
 *
 * The greatest services have columns of their own, the last column is all the others: rows add up to the
 * whole.  Hours in which nothing was collected have empty cells, not zeros. */
var interval = interval || "yesterday";
var n = Number(n || 8);

var t = Query.trend("traffic", "time,serverport,bytes", "", interval, "hour", "bytes", n).run();
/* The rest of each hour has no key: give it a name, so that it gets a column. */
for (var r = 0; r < t.nrows; r++)
	if (t.cell(r, 1) === null)
		t.setCell(r, 1, "others");
t.pivotTime(0, 1, 2).printCSV();
