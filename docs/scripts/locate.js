// author: weir
// version: 1
// description: behind which port is this address?
// inputs: address
// ttl: 60
// resultFormat: json

/*	weir query -input address=192.0.2.7 locate.js
 *
 * Of all ports that frames from this address came in by, the one nearest to it is an edge port: a trunk
 * sees many more addresses than its own.  So the port with the fewest sources wins. */
if (typeof address == "undefined" || !address)
	throw "missing address";
var interval = "last24hours";

var q = Query.topN("iftraffic", "inputinterface,macsource,vlansource,frames", "ipsource=$address", interval, "frames", 100);
q.params = { address: address };
var seen = q.run().filter(function (row) row[0] !== null);

var best = null;
if (seen.nrows) {
	var q2 = Query.topN("iftraffic", "inputinterface,count(ipsource)", "inputinterface=" + seen.column(0).join(","), interval,
	                    "count(ipsource)", 1000);
	var crowd = {};
	for (var row of q2.run())
		crowd[row[0]] = row[1];
	for (var row of seen)
		if (!best || crowd[row[0]] < crowd[best[0]])
			best = row;
}
var network = Network.current();
if (best)
	network.path = best[0];
println(JSON.stringify(best ? {
	address: address, port: best[0], ifName: network.ifName(), ifAlias: network.ifAlias(), mac: best[1], vlan: best[2],
	othersThere: crowd[best[0]] - 1
} : { address: address, port: null }));
