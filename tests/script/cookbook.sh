# docs/scripts: every script of the cookbook runs over two days of generated traffic and says what is true.
. tests/lib.sh
export TZ=UTC
BOOK=$PWD/docs/scripts
unset WEIR_CONFIG
cd "$SCRATCH"
"$WEIR" generate --records 60000 --hours 48 --to 2026-06-03T00:00:00Z --pcap two.pcap --customers-file customers.xml \
  --names-file names.csv >/dev/null
ok 'two days of traffic' "$WEIR" import --store store --names names.csv two.pcap
query() { timeout 60 "$WEIR" query --store store --now 2026-06-03T00:00:00Z "$@" 2>&1; }
top() { "$WEIR" top --csv --store store --now 2026-06-03T00:00:00Z "$@"; }

# -- billing ------------------------------------------------------------------------------------------------
bill=$(query -input customersfile=customers.xml -input interval=last2days "$BOOK/billing.js")
is 'billing: a row for each port, whole' "$(cut -d, -f1,3,9 <<<"$bill")" 'customer,port,missing
1001,10.0.0.1 ethernet5,0
1001,10.0.0.1 ethernet6,0
1002,10.0.0.4 A4,0
1003,10.0.0.1 ethernet1,0
1004,10.0.0.2 ethernet1,0
1005,10.0.0.3 ethernet1,0
1005,10.0.0.4 A1,0'
is 'billing: volume as the counters have it' "$(sed -n '2s/,/ /gp' <<<"$bill" | awk '{ print $(NF-5) "," $(NF-4) }')" \
  "$(top ifcounters ifinoctets,ifoutoctets 'interface=10.0.0.1>ethernet5' last2days | tail -1)"
is 'billing: the larger of both is billed' "$(awk -F, 'NR > 1 && $8 != ($6 > $7 ? $6 : $7)' <<<"$bill")" ''

# -- talkers ------------------------------------------------------------------------------------------------
talk=$(query -input customersfile=customers.xml -input interval=last2days -input n=1 "$BOOK/talkers.js")
is 'talkers: every customer' "$(grep -c '([0-9]*)$' <<<"$talk")" 5
has 'talkers: what it sent, and to whom most' "$talk" "$(top -n 1 traffic ipdestination,bytes \
  'ipsource=192.0.2.0/24,198.51.100.0/24,2001:db8:1::/48 & ipdestination!=192.0.2.0/24,198.51.100.0/24,2001:db8:1::/48' last2days |
  sed -n 2p | cut -d, -f1)"

# -- scan ---------------------------------------------------------------------------------------------------
has 'scan: who reaches most' "$(query -input interval=last2days -input least=500 "$BOOK/scan.js" | sed -n 2p)" \
  "$(top -n 1 --sort 'count(ipdestination)' traffic 'ipsource,count(ipdestination)' '' last2days | sed -n 2p | cut -d, -f1)"
is 'scan: nobody' "$(query -input interval=lasthour -input least=100000 "$BOOK/scan.js")" 'Nobody reached 100000 addresses or more.'

# -- locate -------------------------------------------------------------------------------------------------
here=$(query -input address=192.0.2.1 "$BOOK/locate.js")
is 'locate: a port of its owner' "$(grep -cE '"port":"10\.0\.0\.1>[56]","ifName":"ethernet[56]"' <<<"$here")" 1
is 'locate: an address that nobody has' "$(query -input address=192.0.3.1 "$BOOK/locate.js")" '{"address":"192.0.3.1","port":null}'
has 'locate: an address is needed' "$(query "$BOOK/locate.js")" 'missing address'
has 'locate: what is none' "$(query -input 'address=1|ipsource=0.0.0.0/0' "$BOOK/locate.js")" 'does not fit ipsource'

# -- capacity -----------------------------------------------------------------------------------------------
is 'capacity: nothing is full' "$(query -input interval=last2days "$BOOK/capacity.js")" \
  'No port is at 70 % or will be full within half a year.'
has 'capacity: with a low mark, the fullest first' "$(query -input interval=last2days -input warn=0.04 "$BOOK/capacity.js" | sed -n 2p)" \
  '10.0.0.'

# -- ddos ---------------------------------------------------------------------------------------------------
page=$(query -input target=192.0.2.10 -input interval=last2days "$BOOK/ddos.js")
has 'ddos: a page about it' "$page" '<h1>Traffic to 192.0.2.10</h1>'
has 'ddos: packets as the traffic has them' "$page" "$(top traffic frames ipdestination=192.0.2.10 last2days | tail -1 |
  sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta') packets"
is 'ddos: its parts' "$(grep -oE '<h2>[A-Za-z]+' <<<"$page" | tr -d '\n')" '<h2>Services<h2>Flags<h2>Networks<h2>Sources'
has 'ddos: a chart' "$page" 'src="data:image/svg+xml;base64,'
has 'ddos: nothing there' "$(query -input target=192.0.3.1 -input interval=last2days "$BOOK/ddos.js")" 'Nothing reached 192.0.3.1 between'

# -- monthly ------------------------------------------------------------------------------------------------
echo '1001,noc@alder.example' >addresses.csv
month=$(query -input customersfile=customers.xml -input addresses=addresses.csv -input interval=last2days -input dry=1 "$BOOK/monthly.js")
has 'monthly: a mail for who has an address' "$month" 'noc@alder.example: Alder Hosting, 2 ports, 2 rows'
has 'monthly: the others are named' "$month" '1002: no address'

# -- ixf ----------------------------------------------------------------------------------------------------
mac=$(top -n 1 traffic macsource,bytes '' last2days | sed -n 2p | cut -d, -f1)
cat >members.json <<JSON
{"version": "1.0", "member_list": [
  {"asnum": 64500, "name": "First", "connection_list": [{"vlan_list": [{"ipv4": {"mac_addresses": ["${mac^^}"]}}]}]},
  {"asnum": 64501, "name": "Silent", "connection_list": [{"vlan_list": [{"ipv6": {"mac_addresses": ["02:ff:ff:ff:ff:ff"]}}]}]}]}
JSON
ix=$(query -input members=members.json -input interval=last2days "$BOOK/ixf.js")
has 'ixf: what a member sent' "$(sed -n 2p <<<"$ix" | tr -d ,)" "$(top traffic bytes "macsource=$mac" last2days | tail -1)"
is 'ixf: who is silent is there too' "$(awk '/Silent/ { print $(NF-1), $NF }' <<<"$ix")" '0 0'

# -- compare ------------------------------------------------------------------------------------------------
cmp=$(query -input first=2026-06-01,2026-06-02 -input second=2026-06-02,2026-06-03 "$BOOK/compare.js")
has 'compare: the two times' "$cmp" '2026-06-01 00:00 .. 2026-06-02 00:00  against  2026-06-02 00:00 .. 2026-06-03 00:00'
changed=$(sed -n 3p <<<"$cmp" | awk '{ print $1 }') # by more than chance; the traffic says which
has 'compare: before and after' "$(sed -n 3p <<<"$cmp" | tr -d ,)" \
  "$(top traffic bytes "serverport=$changed" 2026-06-01,2026-06-02 | tail -1)"
is 'compare: a day with itself' "$(query -input first=yesterday -input second=yesterday "$BOOK/compare.js" | tail -1)" \
  'Nothing changed by more than the sampling error.'

# -- sheet --------------------------------------------------------------------------------------------------
sheet=$(query --customers customers.xml --customer 1001 -input interval=yesterday -input n=3 "$BOOK/sheet.js")
is 'sheet: hours and services' "$(sed -n 1p <<<"$sheet") $(wc -l <<<"$sheet")" 'time,TCP:443,UDP:443,TCP:80,others 25'
is "sheet: rows add up to all of the customer's traffic" "$(awk -F, 'NR > 1 { for (i = 2; i <= NF; i++) s += $i } END { printf "%.0f", s }' <<<"$sheet")" \
  "$(top --customers customers.xml --customer 1001 traffic bytes '' yesterday | tail -1)"
done_testing
