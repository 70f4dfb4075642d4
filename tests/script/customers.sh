# weir customers: check, list, diff, activate; forms; the last good copy of a URL.
. tests/lib.sh
unset WEIR_CONFIG
export TZ=UTC
NOW=2026-11-23T12:00:00Z
cd "$SCRATCH" || exit 1
customers() { "$WEIR" customers "$@" --store store; }
cat >old.xml <<'XML'
<customers>
  <customer id="r7" name="Reseller Seven">
    <cidr address="192.0.2.0" bits="24"/>
  </customer>
  <customer id="1001" name="InMon Corp." parent="r7">
    <port agent="10.0.0.1" ifName="uplink9" from="2026-01-01" to="2026-07-01"/>
    <mac address="02:00:5e:10:00:01"/>
    <cidr address="192.0.2.0" bits="25"/>
  </customer>
  <customer id="1003"/>
</customers>
XML
cat >new.yaml <<'YAML'
customers:
  - { id: r7, name: Reseller 7, cidr: [ { address: 192.0.2.0, bits: 24 } ] }
  - id: 1001
    name: InMon Corp.
    port: [ { agent: 10.0.0.1, ifName: uplink9, from: 2026-01-01, to: 2026-06-01 } ]
    mac: [ { address: "02:00:5e:10:00:01" } ]
  - id: 1002
    parent: r7
    cidr: [ { address: 192.0.2.0, bits: 25, from: 2026-06-01 } ]
YAML
is "diff says what changes for whom, and when" "$(customers diff old.xml new.yaml)" 'customer r7
  ~ name "Reseller 7" (was: "Reseller Seven")
customer 1001
  ~ parent "" (was: "r7")
  - cidr 192.0.2.0/25
  ~ port 10.0.0.1>uplink9 from 2026-01-01T00:00:00+00:00 until 2026-06-01T00:00:00+00:00 (was: from 2026-01-01T00:00:00+00:00 until 2026-07-01T00:00:00+00:00)
customer 1003
  - customer ""
customer 1002
  + customer ""
  ~ parent "r7" (was: "")
  + cidr 192.0.2.0/25 from 2026-06-01T00:00:00+00:00'
status "differences: 3" 3 customers diff old.xml new.yaml
status "none: 0" 0 customers diff old.xml old.xml
is "diff for machines" "$(customers diff --json old.xml new.yaml | grep -c '"customer": "1001"')" 3
status "diff of what cannot be read: 1" 1 customers diff old.xml absent.xml
status "diff wants two: usage" 2 customers diff old.xml

has "customers who own nothing are a note" "$(customers check old.xml)" 'old.xml:10:3: note: customer "1003" owns nothing'
status "a note is no finding" 0 customers check old.xml
sed 's/0" bits="25/1" bits="25/; s/parent="r7"/parent="r8"/' old.xml >bad.xml
is "everything wrong is said with its place" "$(customers check bad.xml)" 'bad.xml:8:5: host bits set: 192.0.2.1/25 should be 192.0.2.0/25
bad.xml:5:3: parent "r8" of customer "1001" is no customer'"'"'s id'
status "findings: 1" 1 customers check bad.xml
is "check for machines" "$(customers check --json bad.xml | grep -c '"line"')" 2
status "no mapping: usage" 2 customers check
status "a file that is not there: 1" 1 customers check absent.xml

"$WEIR" generate --pcap g.pcap --records 2000 --hours 1 --to $NOW --names-file names --customers-file seen.xml >/dev/null 2>&1
"$WEIR" import --store store --names names g.pcap >/dev/null 2>&1
is "ports that nobody has seen" "$(customers check old.xml | head -1)" 'old.xml:6:5: port 10.0.0.1>uplink9 has not been seen'
status "are findings" 1 customers check old.xml
status "ports that were seen are none" 0 customers check seen.xml

cat >netbox.json <<'JSON'
{"tenants": [{"slug": "one"}], "prefixes": [{"prefix": "192.0.2.0/24", "tenant": {"slug": "one"}}],
 "interfaces": [{"id": 1, "name": "e1", "device": {"name": "planned", "primary_ip": null}, "tenant": {"slug": "one"}}]}
JSON
is "an orphan is a finding with its place" "$(customers check netbox.json)" 'netbox.json:2:17: orphan: device "planned" has no primary_ip: its interfaces are nobody'"'"'s'
is "and the rest is used" "$(customers list --customer one netbox.json)" 'cidr 192.0.2.0/24'
printf 'customers: { from: %s/netbox.json, strict: yes }\ntime_zone: UTC\n' "$SCRATCH" >strict.yaml
status "unless strict" 1 customers list -c strict.yaml
has "which is an error" "$(cat .out)" 'netbox.json:2:17: orphan: device "planned"'
has "list says how much is whose" "$(customers list old.xml)" 'Reseller Seven'
is "list of one" "$(customers list --customer 1001 old.xml)" 'cidr 192.0.2.0/25
mac 02:00:5e:10:00:01
port 10.0.0.1>uplink9 from 2026-01-01T00:00:00+00:00 until 2026-07-01T00:00:00+00:00'
sed 's/id="r7"/id="r7" privacy="mask"/; s/id="1003"/id="1003" privacyBelow="2M"/' old.xml >masked.xml
is "list tells a privacy level as it holds" "$(customers list masked.xml | grep -c 'privacy mask /24 /48$')" 2
is "of one, too" "$(customers list --customer 1001 masked.xml | head -1)" 'privacy mask /24 /48'
is "diff tells for whom it changes, and says it of whoever" "$(customers diff old.xml masked.xml)" 'customer r7
  ~ privacy "mask /24 /48" (was: "none")
customer 1001
  ~ privacy "mask /24 /48" (was: "none")'
has "a threshold without a level is a note" "$(customers check masked.xml)" 'masked.xml:10:3: note: customer "1003" has a privacyBelow, but its privacy is none'
printf 'privacy: { level: hide, below: 2M }\n' >hide.yaml
is "the configuration says what the mapping does not" "$(customers list -c hide.yaml --customer 1001 old.xml | head -1)" 'privacy hide below 2000000 bytes a day'
is "and does not where it does" "$(customers list -c hide.yaml --customer 1001 masked.xml | head -1)" 'privacy mask /24 /48 below 2000000 bytes a day'
status "list of nobody" 1 customers list --customer 4711 old.xml

echo "customers: $SCRATCH/live.xml" >conf.yaml
cp seen.xml live.xml
status "activate refuses what has findings" 1 customers activate old.xml -c conf.yaml
ok "and leaves what is in force" cmp -s seen.xml live.xml
status "--force activates in spite of them" 0 customers activate old.xml -c conf.yaml --force
ok "and it is in force" cmp -s old.xml live.xml
status "what cannot be read is never activated" 1 customers activate bad.xml -c conf.yaml --force
ok "whatever --force says" cmp -s old.xml live.xml
status "another form would not be read: usage" 2 customers activate new.yaml -c conf.yaml
status "check reads what is configured" 1 customers check -c conf.yaml

printf 'sw1,10.0.0.1\n' >switches
echo '{"member_list": [{"asnum": 64500, "name": "One", "connection_list": [{"if_list": [{"switch_id": "sw1", "if": "ethernet5"}]}]}]}' >ixf.json
is "IX-F with a table of switches" "$(customers list ixf.json --switches switches --customer 64500)" 'port 10.0.0.1>ethernet5'
printf 'switches:\n  - { name: sw1, agent: 10.0.0.1 }\n' >switches.yaml
is "and with the configuration's" "$(customers list ixf.json -c switches.yaml --customer 64500)" 'port 10.0.0.1>ethernet5'
echo 'sw1' >switches
status "a table that is none" 1 customers list ixf.json --switches switches
status "an unknown verb: usage" 2 customers frob
status "no verb: usage" 2 "$WEIR" customers
status "one argument too many: usage" 2 customers check a b
status "help" 0 customers --help

# Attribution: whose a segment's rows are is kept beside it, and changes no answer.
echo "customers: $SCRATCH/seen.xml" >mapped.yaml
top() { "$WEIR" top --csv -n 1000 --store store -c mapped.yaml --customer 1001 --now $NOW iftraffic ipsource,ipdestination,bytes; }
before=$(top)
has "weir store attribute" "$("$WEIR" store attribute --store store -c mapped.yaml)" "1 segments attributed: 2000 rows"
ok "a file beside the segment" test "$(find store -name '*.own' | wc -l)" = 1
is "answers are the same" "$(top)" "$before"
has "again: nothing is left to do" "$("$WEIR" store attribute --store store -c mapped.yaml)" "0 segments attributed: 0 rows, 0 bytes; 1 were already"
sed 's/192.0.2.0/192.0.3.0/' seen.xml >mapped.xml
echo "customers: $SCRATCH/mapped.xml" >mapped.yaml
other=$(top)
ok "another mapping is another answer, whatever was attributed" test "$other" != "$before"
"$WEIR" store attribute --store store -c mapped.yaml >/dev/null
is "and the same one when it is attributed" "$(top)" "$other"
ok "of the old version nothing is kept" test "$(find store -name '*.own' | wc -l)" = 1

# Privacy: a remote address is its prefix, and what is asked of it is asked of that.
printf 'customers: %s/seen.xml\nprivacy: mask\n' "$SCRATCH" >mask.yaml
printf 'customers: %s/seen.xml\n' "$SCRATCH" >mapped.yaml
asks() { local conf=$1; shift; "$WEIR" top --csv -n 1000 --store store -c "$conf" --customer 1001 --now $NOW iftraffic "$@" | tail -n +2; }
is "under a level all is counted" "$(asks mask.yaml bytes)" "$(asks mapped.yaml bytes)"
remote=$(asks mapped.yaml ipdestination,bytes 'ipdestination=100.64.0.0/10' | sed -n 's/\(100\.[0-9]*\.[0-9]*\)\.[1-9][0-9]*,.*/&/p' | head -1)
address=${remote%%,*}
ok "there is an address to look for" test -n "$address"
ok "it is found by who may see it" test "$(asks mapped.yaml bytes "ipdestination=$address")" -gt 0
is "and not under a level" "$(asks mask.yaml bytes "ipdestination=$address")" ""
ok "but with its prefix" test "$(asks mask.yaml bytes "ipdestination=${address%.*}.0/24")" -gt 0
is "no host is shown" "$(asks mask.yaml ipsource,bytes 'ipsource=100.64.0.0/10' | grep -v '\.0,' | grep -c '^100')" 0
printf 'customers: %s/seen.xml\nprivacy: hide\n' "$SCRATCH" >hide.yaml
is "hidden is nothing" "$(asks hide.yaml bytes 'ipsource=0.0.0.0-99.255.255.255|ipsource=100.64.0.0/10')" ""
status "without a mapping: usage" 2 "$WEIR" store attribute --store store -c /dev/null

# What goes from one customer to another is both's, and in the total once.
cat >halves.xml <<'XML'
<customers>
  <customer id="low"><cidr address="0.0.0.0" bits="1"/></customer>
  <customer id="high"><cidr address="128.0.0.0" bits="1"/></customer>
</customers>
XML
for view in iftraffic traffic; do
  count() { "$WEIR" top --csv --store store --customers halves.xml --now $NOW "$@" | tail -1; }
  low=$(count --customer low $view flows) high=$(count --customer high $view flows)
  all=$(count $view flows "ipsource=0.0.0.0/0|ipdestination=0.0.0.0/0")
  across=$(count $view flows "(ipsource=0.0.0.0/1&ipdestination=128.0.0.0/1)|(ipsource=128.0.0.0/1&ipdestination=0.0.0.0/1)")
  ok "$view: there are flows between the two ($across)" test "$across" -gt 0
  is "$view: each has them, the total has them once" $((low + high)) $((all + across))
done

# A URL whose server goes away: the last good copy serves, with a warning.
cat >serve.pl <<'PERL'
use strict; use warnings; use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5, ReuseAddr => 1) or die;
open my $o, '>', 'port'; print $o $s->sockport; close $o; rename 'port', 'port.ready';
while (my $c = $s->accept) {
	while (my $l = <$c>) { last if $l =~ /^\r?\n$/ }
	open my $f, '<', 'seen.xml'; local $/; my $d = <$f>;
	print $c "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Length: " . length($d) . "\r\nConnection: close\r\n\r\n$d";
	close $c;
}
PERL
perl serve.pl &
server=$!
for _ in $(seq 50); do [ -f port.ready ] && break; sleep 0.1; done
url=http://127.0.0.1:$(cat port.ready)/customers.xml
echo 'println(Network.current().interfaces().join(" "))' >ports.js
mine=$("$WEIR" query --store store --now $NOW --customers "$url" --customer 1001 ports.js)
ok "a mapping is read from a URL" test -n "$mine"
kill $server
wait $server 2>/dev/null
is "its last good copy outlives the server" "$("$WEIR" query --store store --now $NOW --customers "$url" --customer 1001 ports.js 2>warned)" "$mine"
has "with a warning" "$(cat warned)" "the last good copy is used"
status "without a copy it fails" 1 "$WEIR" query --store store --now $NOW --customers "${url}2" --customer 1001 ports.js
done_testing
