/* Traffic of each member of an exchange, from the exchange's own IX-F member export (version 1.0).
 *
 *	weir query -input members=https://ix.example.net/participants.json -input interval=yesterday ixf.js
 *
 * Members are told by the MAC addresses that the export lists for their connections: bytes they sent into
 * and received from the fabric, as a table, the greatest first. */
var interval = interval || "yesterday";
if (typeof members == "undefined")
	throw "missing members";
var list = JSON.parse(/^https?:/.test(members) ? readurl(members) : readfile(members)).member_list;

var owner = {};
for each (var member in list)
	for each (var connection in member.connection_list || [])
		for each (var vlan in connection.vlan_list || [])
			for each (var family in ["ipv4", "ipv6"])
				for each (var mac in (vlan[family] && vlan[family].mac_addresses) || [])
					owner[mac.toLowerCase()] = member;
var macs = Object.keys(owner);
if (!macs.length)
	throw "the export lists no MAC address";

var [sent, received] = Query.run([
	Query.topN("traffic", "macsource,bytes,frames", "macsource=" + macs.join(","), interval, "bytes", macs.length),
	Query.topN("traffic", "macdestination,bytes,frames", "macdestination=" + macs.join(","), interval, "bytes", macs.length)]);

var sums = new Map();
function add(table, into) {
	for (var row of table) {
		var member = row[0] === null ? null : owner[row[0]];
		if (!member)
			continue;
		if (!sums.has(member))
			sums.set(member, { sent: 0, received: 0 });
		sums.get(member)[into] += row[1];
	}
}
add(sent, "sent");
add(received, "received");

var rows = [[m.asnum, m.name, sums.has(m) ? sums.get(m).sent : 0, sums.has(m) ? sums.get(m).received : 0] for each (m in list)];
rows.sort(function (a, b) b[2] + b[3] - a[2] - a[3]);
var t = new Table();
for each (var [c, name] in [[0, "AS"], [1, "member"], [2, "bytes sent"], [3, "bytes received"]])
	t.addColumn(name, rows.map(function (r) r[c]));
t.printText();
