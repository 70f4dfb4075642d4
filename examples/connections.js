/* The audit a customer asks for: who talked with this address, when, and how much?
 *
 *	weir query --store STORE --customers customers.xml -input customerid=1001 \
 *	     -input target=192.0.2.7 examples/connections.js
 *
 * inputs: customerid  whose traffic; with --customers weir itself confines the script to it
 *         target      the address that is asked about
 *         interval    "today" when left out
 *         format      html (default), csv or json
 *
 * The input never becomes part of the filter's text: it is bound to $target as one value, so
 * whatever a person types there can only be an address, or an error.  And the customer's scope is no
 * matter of this script: the engine adds it to every query, so there is no filter for it here. */

if (typeof target === "undefined")
	throw new Error("-input target=ADDRESS is needed");

const when = typeof interval === "undefined" ? "today" : interval;
const form = typeof format === "undefined" ? "html" : format;
const print_as = { html: t => t.printHTML(), csv: t => t.printCSV(), json: t => t.printJSON() };
if (!Object.hasOwn(print_as, form))
	throw new Error("format must be html, csv or json");

const query = Query.topN("traffic", "ipsource,ipdestination,serverport,bytes,frames",
			 "ipsource=$target | ipdestination=$target", when, "bytes", 100);
query.params = { target };
print_as[form](query.run());
