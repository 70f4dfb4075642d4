/* A mail for each customer: a chart of its ports, and the figures as a file.
 *
 *	weir query -input customersfile=customers.xml -input addresses=addresses.csv -input interval=lastmonth monthly.js
 *
 * addresses.csv has lines ID,ADDRESS.  Each customer gets one mail with nothing of anybody else; one who
 * has no address is named on standard error.  `dry=1` says what would be sent. */
var interval = interval || "lastmonth";
var customersfile = customersfile || "customers.xml";
var dry = dry || "";

var address = {};
for each (var line in readfile(typeof addresses == "undefined" ? "addresses.csv" : addresses).split("\n")) {
	var [id, to] = line.trim().split(",");
	if (to)
		address[id] = to;
}
var source = /^https?:/.test(customersfile) ? readurl(customersfile) : readfile(customersfile);
var network = Network.current();

for each (var customer in new XML(source).customer) {
	var to = address[customer.@id];
	var ids = [], names = {};
	for each (var port in customer.port) {
		network.path = port.@agent + ">" + port.@ifName;
		if (network.interfaceId()) {
			ids.push(network.interfaceId());
			names[network.interfaceId()] = String(port.@ifName);
		}
	}
	if (!to || !ids.length) {
		console.warn(customer.@id + ": " + (to ? "none of its ports is known" : "no address"));
		continue;
	}
	var t = Query.trend("ifcounters", "time,interface,rate(ifinbits),rate(ifoutbits)", "interface=" + ids, interval, "hour").run();
	var into = t.pivotTime(0, 1, 2), out = t.pivotTime(0, 1, 3);
	var all = new Table();
	all.start = t.start;
	all.end = t.end;
	all.addColumn("time", into.column(0));
	for (var c = 1; c < into.ncols; c++) {
		all.addColumn(names[into.cnames[c]] + " in", into.column(c));
		all.addColumn(names[into.cnames[c]] + " out", out.column(c));
	}
	var chart = Chart.multiSeries("trend", String(customer.@name), all, "", 0, "bits/s", [i for (i in all.cnames) if (i > 0)].map(Number));
	var figures = Query.topN("ifcounters", "interface,ifinoctets,ifoutoctets,percentile(ifinbits,95),percentile(ifoutbits,95)",
	                         "interface=" + ids, interval).run();
	if (dry) {
		println(to + ": " + customer.@name + ", " + ids.length + " ports, " + figures.nrows + " rows");
		continue;
	}
	mail({ to: to, subject: "Traffic of " + customer.@name + ", " + formatdate(t.start, "yyyy-MM"),
	       text: "Dear customer,\n\nattached are your ports' traffic as a chart and as figures.\n",
	       html: "<p>Dear customer,</p><p>your ports in figures; the chart is attached.</p>" + figures.html(),
	       attachments: [{ name: "traffic.png", data: chart.png() }, { name: "traffic.csv", data: all.csv() }] });
}
