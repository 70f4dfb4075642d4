/* The greatest remote addresses of every customer.
 *
 *	weir query -input customersfile=customers.xml -input interval=yesterday talkers.js
 *
 * What a customer sent and what it received are asked apart, so that traffic between two of its own
 * blocks is not counted twice. */
var interval = interval || "today";
var n = Number(n || 5);
var customersfile = customersfile || "customers.xml";

var source = /^https?:/.test(customersfile) ? readurl(customersfile) : readfile(customersfile);
var queries = [], asked = [];
for each (var customer in new XML(source).customer) {
	var own = [c.@address + "/" + c.@bits for each (c in customer.cidr)];
	if (!own.length)
		continue;
	asked.push(customer);
	queries.push(Query.topN("traffic", "ipdestination,bytes,frames", "ipsource=" + own + " & ipdestination!=" + own, interval, "bytes", n));
	queries.push(Query.topN("traffic", "ipsource,bytes,frames", "ipdestination=" + own + " & ipsource!=" + own, interval, "bytes", n));
}

/* All of them in one go. */
var tables = Query.run(queries);
for (var i = 0; i < asked.length; i++) {
	println(asked[i].@name + " (" + asked[i].@id + ")");
	println("sent to");
	tables[2 * i].printText();
	println("received from");
	tables[2 * i + 1].printText();
	println();
}
