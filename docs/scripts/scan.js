/* Who talks to very many: scans, worms, peers.  One address that reaches hundreds of others, each with
 * a packet or two, is seldom at honest work.
 *
 *	weir query -input interval=lasthour -input least=200 scan.js
 *
 * With sampled data few packets are seen of each contact: `least` counts those that were seen. */
var interval = interval || "lasthour";
var least = Number(least || 100);

var t = Query.topN("traffic", "ipsource,count(ipdestination),count(destinationport),flows,bytes", "", interval,
                   "count(ipdestination)", 1000).run();
var found = t.filter(function (row) row[0] !== null && row[1] >= least);

var kind = found.column(0).map(function (address, i) {
	var hosts = found.cell(i, 1), ports = found.cell(i, 2), flows = found.cell(i, 3);
	return ports <= Math.max(3, hosts / 50) ? "the same port on many hosts"
	     : flows / hosts < 3 ? "many ports on many hosts"
	     : "many contacts, each with more than a try: a server or a peer";
});
if (found.nrows) {
	found.addColumn("looks like", kind, "text");
	found.printText();
} else {
	println("Nobody reached " + least + " addresses or more.");
}
