/* What each customer pays for: the volume and the 95th percentile of each of its ports, as CSV.
 *
 *	weir query -input customersfile=customers.xml -input interval=lastmonth billing.js > bills.csv
 *
 * The percentile is the usual one: five-minute averages of the interface counters, in and out apart, the
 * nearest rank; what is billed is the larger of the two.  A port with gaps says how many of its
 * five minutes are missing, so that nobody bills a guess. */
var interval = interval || "lastmonth";
var customersfile = customersfile || "customers.xml";

var source = /^https?:/.test(customersfile) ? readurl(customersfile) : readfile(customersfile);
var customers = new XML(source);
var network = Network.current();

var ports = {};
for each (var port in customers..port) {
	network.path = port.@agent + ">" + port.@ifName;
	var id = network.interfaceId();
	if (id)
		ports[id] = port;
	else
		console.warn("no port " + port.@agent + ">" + port.@ifName + " is known");
}
var ids = Object.keys(ports);
if (!ids.length)
	throw new Error("none of the customers' ports is known");

/* One query for all ports. */
var answer = Query.trend("ifcounters", "time,interface,rate(ifinbits),rate(ifoutbits),ifinoctets,ifoutoctets",
                         "interface=" + ids.join(","), interval, "5 minutes").run();
var by = {};
for (var row of answer) {
	var of = by[row[1]] = by[row[1]] || { "in": [], out: [], inBytes: 0, outBytes: 0, missing: 0 };
	if (row[2] === null) {
		of.missing++;
		continue;
	}
	of["in"].push(row[2]);
	of.out.push(row[3]);
	of.inBytes += row[4];
	of.outBytes += row[5];
}

function percentile(values, p) {
	if (!values.length)
		return null;
	values.sort(function (a, b) a - b);
	return Math.round(values[Math.max(0, Math.ceil(values.length * p / 100) - 1)]);
}

var bill = new Table();
var columns = { customer: [], name: [], port: [], in_bytes: [], out_bytes: [], in_p95_bps: [], out_p95_bps: [], billed_bps: [], missing: [] };
for each (var customer in customers.customer)
	for each (var port in customer.port) {
		network.path = port.@agent + ">" + port.@ifName;
		var of = by[network.interfaceId()];
		if (!of)
			continue;
		var p95in = percentile(of["in"], 95), p95out = percentile(of.out, 95);
		columns.customer.push(String(customer.@id));
		columns.name.push(String(customer.@name));
		columns.port.push(port.@agent + " " + port.@ifName);
		columns.in_bytes.push(of.inBytes);
		columns.out_bytes.push(of.outBytes);
		columns.in_p95_bps.push(p95in);
		columns.out_p95_bps.push(p95out);
		columns.billed_bps.push(Math.max(p95in, p95out));
		columns.missing.push(of.missing);
	}
for (var name in columns)
	bill.addColumn(name, columns[name]);
bill.printCSV();
