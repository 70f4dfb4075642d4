# Network's zones and where addresses are: for the operator all, for a customer what its own ports show.
. tests/lib.sh
export TZ=UTC
cd "$SCRATCH"
"$WEIR" generate --records 600 --hours 1 --to 2026-06-03T00:00:00Z --pcap day.pcap --customers-file customers.xml --names-file names.csv >/dev/null
cat >zones.yaml <<'YAML'
zones:
  - name: hosting
    cidrs: [192.0.2.0/24, 198.51.100.0/24]
    agents: [10.0.0.1]
    groups:
      - { name: web, cidrs: [192.0.2.0/28] }
  - name: clinic
    cidrs: [203.0.113.0/25]
YAML
printf 'time_zone: UTC\nzones: %s\n' "$SCRATCH/zones.yaml" >weir.yaml
export WEIR_CONFIG=$SCRATCH/weir.yaml
ok 'traffic' "$WEIR" import --store store --names names.csv day.pcap
query() { "$WEIR" query --store store --now 2026-06-03T00:00:00Z "$@" - 2>&1; }

is 'zones, groups, blocks' "$(query <<'JS'
var n = Network.current();
println(n.zones(), "|", n.groups(), "|", n.groups("clinic"), "|", n.cidrs("hosting"), "|", n.cidrs("none"));
JS
)" 'EXTERNAL,hosting,clinic | web |  | 192.0.2.0/24,198.51.100.0/24,192.0.2.0/28 | '
is 'the zone of what path names' "$(query <<'JS'
var n = Network.current();
for each (var p in ["192.0.2.5", "192.0.2.200", "203.0.113.1", "8.8.8.8", "10.0.0.1>ethernet5", "10.0.0.4>A4", "hosting>web", "hosting", "hosting>none", ""]) {
	n.path = p;
	println(p + ":", n.zone(), n.group());
}
JS
)" '192.0.2.5: hosting web
192.0.2.200: hosting null
203.0.113.1: clinic null
8.8.8.8: null null
10.0.0.1>ethernet5: hosting null
10.0.0.4>A4: null null
hosting>web: hosting web
hosting: hosting null
hosting>none: null null
: null null'
is 'where addresses are, and their other address' "$(query <<'JS'
var n = Network.current(), map = n.locationMap(["192.0.2.1", "nothing", "192.0.3.1"]);
println(/^10\.0\.0\.1>[56]$/.test(map[0]), map[1], map[2]);
n.path = map[0];
println(n.zone(), /^ethernet[56]$/.test(n.ifName()));
var mac = n.addressMap(["192.0.2.1"])[0];
println(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac), n.locationMap([mac])[0] === map[0], n.addressMap([mac])[0] != null);
println(n.nameMap(["192.0.2.1"])[0], n.locationMap([]).length);
try { n.locationMap("192.0.2.1") } catch (e) { println(String(e)) }
JS
)" 'true null null
hosting true
true true true
null 0
TypeError: locationMap: addresses: must be an array'
HOSTS='var q = Query.topN("hosts", "address,interface,hosts", "address=192.0.2.1", "2020-01-01,2038-01-01").run(); for (var i = 0; i < q.nrows; i++) println(q.cell(i, 0), /^10\.0\.0\.1>[56]$/.test(q.cell(i, 1)), q.cell(i, 2))'
is 'where a host is, as a query' "$(query <<<"$HOSTS")" '192.0.2.1 true 1'
is 'not of a host of others' "$(query --customers customers.xml --customer 1002 <<<"$HOSTS")" ''
is 'a customer learns of its own hosts alone' "$(query --customers customers.xml --customer 1002 <<'JS'
var n = Network.current();
println(n.zones().length, n.cidrs().length, n.locationMap(["192.0.2.1"])[0], n.addressMap(["192.0.2.1"])[0]);
n.path = "192.0.2.5";
println(n.zone(), n.group());
var own = n.locationMap(["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"]).filter(function (p) p);
println(own.length > 0, own.every(function (p) p === "10.0.0.4>4"));
JS
)" '0 0 null null
null null
true true'
done_testing
