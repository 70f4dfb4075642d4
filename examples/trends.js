/* The standard report: for each customer a folder, and in it for each of its ports a chart of the
 * traffic, the values behind it, and one page that shows them all.
 *
 *	weir query --store STORE --write /var/www/customers \
 *	     -input customersfile=customers.xml examples/trends.js
 *
 * inputs: customersfile  XML with <customer id= name=><port agent= ifName=>: a file or an http(s) URL
 *         interval       "today" when left out; "yesterday" for a run after midnight
 *         bucket         "5 minutes" when left out
 *
 * The customers' folders go below the --write folder.  One query answers for all ports, so ten
 * thousand customers cost one pass over the counters. */

function input(name, otherwise) {
	const value = globalThis[name];
	if (value === undefined && otherwise === undefined)
		throw new Error("-input " + name + "=... is needed");
	return value ?? otherwise;
}

const source = input("customersfile");
const interval = input("interval", "today");
const bucket = input("bucket", "5 minutes");

const customers = new XML(/^https?:/.test(source) ? readurl(source) : readfile(source));
const network = Network.current();

/* 1. Which ports there are, whose they are, and what the network calls them. */
function portsOf(customer) {
	const found = [];
	for each (var port in customer.port) {
		network.path = port.@agent + ">" + port.@ifName;
		const id = network.interfaceId();
		if (id)
			found.push({ id, name: port.@agent + " " + port.@ifName,
				     file: (port.@agent + "-" + port.@ifName).replace(/[^\w.-]/g, "_"),
				     speed: network.ifSpeed() });
		else
			console.warn(customer.@id + ": no port " + port.@agent + ">" + port.@ifName + " is known");
	}
	return found;
}

const all = [];
for each (var customer in customers..customer)
	all.push({ id: String(customer.@id), name: String(customer.@name), ports: portsOf(customer) });

/* 2. One query for all of them, then the answer apart by port. */
const ids = all.flatMap(c => c.ports.map(p => p.id));
if (!ids.length)
	throw new Error("none of the customers' ports is known");

const answer = Query.trend("ifcounters", "time,interface,rate(ifinbits),rate(ifoutbits)",
			   "interface=" + ids.join(","), interval, bucket).run();
const into = answer.pivotTime(0, 1, 2), out = answer.pivotTime(0, 1, 3);

function trendOf(id) {
	const t = new Table();
	t.start = answer.start;
	t.end = answer.end;
	t.bucket = answer.bucket;
	if (!into.cnames.includes(id))
		return t; /* nothing was counted: the chart says so */
	t.addColumn("time", into.column(0), "time");
	t.addColumn("In", into.column(id), "number");
	t.addColumn("Out", out.column(id), "number");
	return t;
}

/* 3. Charts, tables and pages. */
function marksOf(t, port) {
	const marks = [];
	if (t.nrows) {
		const p95 = Math.max(t.percentile("In", 95) ?? 0, t.percentile("Out", 95) ?? 0);
		if (p95)
			marks.push({ value: p95, label: "95th percentile" });
	}
	if (port.speed)
		marks.push({ value: port.speed, label: "port speed" });
	return marks;
}

function report(customer, port) {
	const t = trendOf(port.id);
	const chart = Chart.multiSeries("trend", port.name, t, "Time", 0, "Traffic", t.ncols ? [1, 2] : []);
	chart.unit = "bit/s";
	chart.width = 640;
	chart.height = 260;
	chart.marks = marksOf(t, port);

	const path = customer.id + "/" + port.file;
	writefile(path + ".png", chart.png());
	writefile(path + ".csv", t.csv());
	return <section>
		<h2>{port.name}</h2>
		<p><img src={port.file + ".png"} alt={"Traffic of " + port.name} width="640" height="260"/></p>
		<p><a href={port.file + ".csv"}>values as CSV</a></p>
	</section>;
}

const style = ":root { color-scheme: light dark } img { max-width: 100%; height: auto } " +
	"body { font: 15px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }";

for (const customer of all) {
	const page = <html lang="en">
		<head>
			<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>
			<title>{"Traffic of " + customer.name}</title><style>{style}</style>
		</head>
		<body><h1>{customer.name}</h1></body>
	</html>;
	for (const port of customer.ports)
		page.body.appendChild(report(customer, port));
	writefile(customer.id + "/index.html", "<!DOCTYPE html>\n" + page.toXMLString() + "\n");
}
println(all.length + " customers, " + ids.length + " ports, " + answer.nrows + " rows");
