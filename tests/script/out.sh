# What leaves the machine for a script: mail to a real SMTP conversation (a sink), SNMP to a real snmpd.
. tests/lib.sh
export TZ=UTC
mails=$SCRATCH/mails; mkdir "$mails"
# A mail a file; the first line of the answer is the port.
perl -MIO::Socket::INET -e '
  my $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 8) or die; $| = 1; print $s->sockport, "\n";
  for (my $n = 1; my $c = $s->accept; $n++) {
    my ($text, $data) = ("", 0); print $c "220 sink\r\n";
    while (<$c>) {
      $text .= $_;
      if ($data) { if (/^\.\r\n/) { $data = 0; print $c "250 taken\r\n" } }
      elsif (/^DATA/) { $data = 1; print $c "354 go on\r\n" }
      elsif (/^QUIT/) { print $c "221 bye\r\n"; last }
      else { print $c "250 ok\r\n" }
    }
    open my $f, ">", "$ARGV[0]/$n.part"; print $f $text; close $f; rename "$ARGV[0]/$n.part", "$ARGV[0]/$n";
  }' "$mails" >"$SCRATCH/port" & sink=$!
cleanup() { kill $sink $agent 2>/dev/null; }
agent=''
for _ in $(seq 50); do [ -s "$SCRATCH/port" ] && break; sleep 0.1; done
snmp=$((20000 + $$ % 20000))
cat >"$SCRATCH/weir.yaml" <<YAML
time_zone: UTC
store: $SCRATCH/store
customers: tests/script/cases/customers.xml
mail:
  server: smtp://127.0.0.1:$(cat "$SCRATCH/port")
  from: weir@example.org
  encrypt: "no"
snmp:
  - { address: 127.0.0.1, port: $snmp, community: weir-test }
YAML
export WEIR_CONFIG=$SCRATCH/weir.yaml
"$WEIR" store init >/dev/null
run() { "$WEIR" query "$@" - 2>&1; }
mail() { local n; for _ in $(seq 50); do [ -e "$mails/$1" ] && break; sleep 0.1; done; tr -d '\r' <"$mails/$1"; }

# -- mail ---------------------------------------------------------------------------------------------------
is 'a mail goes out' "$(run <<'JS'
var t = new Table(); t.addColumn("port", ["a", "b"]);
var c = Chart.multiSeries("bar", "x", t.addColumn("n", [1, 2]), "", 0, "", [1]);
mail({to: ["a@example.org", "b@example.net"], subject: "Ports in März", text: "In the attachment.", html: t.html(),
      attachments: [{name: "ports.csv", data: t.csv()}, {name: "ports.png", data: c.png()}]});
println("sent");
JS
)" sent
got=$(mail 1)
has 'to both' "$got" 'RCPT TO:<b@example.net>'
has 'from the configuration' "$got" 'MAIL FROM:<weir@example.org>'
has 'its subject' "$got" 'Subject: =?UTF-8?B?UG9ydHMgaW4gTcOkcno=?='
has 'its text' "$got" 'In the attachment.'
has 'a table as a file' "$got" "$(printf 'port,n\na,1\nb,2\n' | base64)"
has 'a chart as a file' "$got" 'iVBORw0KGgo'
is 'wrong arguments' "$(run <<'JS'
function tried(f) { try { println(f()) } catch (e) { println(String(e)) } }
tried(function () { mail("x") });
tried(function () { mail({to: "a@b.c", text: "x"}) });
tried(function () { mail({subject: "x", text: "x"}) });
tried(function () { mail({to: "a@b.c\r\nBcc: d@e.f", subject: "x", text: "x"}) });
tried(function () { mail({to: "a@b.c", subject: "x\nBcc: d@e.f", text: "x"}) });
tried(function () { mail({to: "a@b.c", subject: "x"}) });
tried(function () { mail({to: "a@b.c", subject: "x", text: "x", attachments: "y"}) });
tried(function () { mail({to: "a@b.c", subject: "x", text: "x", attachments: [{name: "../y", data: "z"}]}) });
tried(function () { mail({to: "a@b.c", subject: "x", text: "x", attachments: [{name: "y"}]}) });
JS
)" 'TypeError: mail: an object like {to: "a@example.org", subject: "...", text: "..."} is wanted
TypeError: mail: subject: missing
TypeError: mail: to: an address, or an array of 1 to 100 of them
Error: mail: "a@b.c??Bcc: d@e.f" is no mail address
Error: mail: the subject is one line of at most 900 bytes
Error: mail: a mail needs text or html
TypeError: mail: attachments: an array of at most 50
Error: mail: attachment 1: "../y" is no file'"'"'s name
TypeError: mail: attachments: data: missing; text, bytes or a Picture is wanted'
is 'nothing of these went out' "$(ls "$mails")" 1
has 'a customer does not send' "$(run --as-customer 1001 <<<'mail({to: "a@b.c", subject: "x", text: "x"})')" \
  'mail: not available'

# A report for each customer by mail: one message to each, with its own rows and nobody else's.
"$WEIR" generate --pcap "$SCRATCH/g.pcap" --records 4000 --hours 2 --to 2026-11-23T12:00:00Z --names-file "$SCRATCH/names" --customers-file "$SCRATCH/mapped.xml" >/dev/null 2>&1
"$WEIR" import --store "$SCRATCH/full" --names "$SCRATCH/names" "$SCRATCH/g.pcap" >/dev/null 2>&1
cat >"$SCRATCH/monthly.js" <<'JS'
var own = Network.current().customers()[0];
var t = Query.topN("traffic", "ipsource,ipdestination,bytes", "", "today", "bytes", 1000).run();
mail({to: to, subject: "Traffic of " + own.id, text: t.csv(), attachments: [{name: own.id + ".csv", data: t.csv()}]});
JS
monthly() { "$WEIR" query --store "$SCRATCH/full" --customers "$SCRATCH/mapped.xml" --now 2026-11-23T12:00:00Z --customer "$1" -input to="noc@$1.example" "$SCRATCH/monthly.js"; }
for id in 1001 1002 1003; do ok "a mail for customer $id" monthly $id; done
# Of each mail: whom it goes to, whom it speaks of, and how many of its lines, text and file, have no end that is the customer's.
cat >"$SCRATCH/read.pl" <<'PERL'
use strict; use warnings; use MIME::Base64; use MIME::QuotedPrint;
my ($mail, $mapping, $id) = @ARGV; local $/;
open my $f, '<', $mail or die; my $text = <$f>; $text =~ s/\r//g; $text =~ s/^\.\././mg;
open $f, '<', $mapping or die; my ($own) = <$f> =~ /<customer [^>]*id="\Q$id\E"(.*?)<\/customer>/s;
sub number { unpack 'N', pack 'C4', split /\./, $_[0] }
my @net;
while ($own =~ /<cidr address="([0-9.]+)" bits="(\d+)"/g) { my ($at, $bits) = ($1, $2); push @net, [ number($at) >> (32 - $bits), 32 - $bits ] }
my @part = ($text, map { decode_base64($_) } $text =~ /\n\n((?:[A-Za-z0-9+\/=]{4,76}\n)+)/g);
$part[0] = decode_qp($part[0]);
my ($rows, $foreign) = (0, 0);
for my $p (@part) { for (split /\n/, $p) {
	my @a = /^([0-9.]+),([0-9.]+),[0-9]/ or next; $rows++;
	$foreign++ unless grep { my $n = number($_); grep { $n >> $_->[1] == $_->[0] } @net } @a;
} }
print join(' ', $text =~ /RCPT TO:<(.*?)>/g), ' ', $text =~ /Subject: (.*)/, ' ', $rows > 10 ? 'rows' : "$rows rows", " $foreign\n";
PERL
for k in 2 3 4; do
  mail $k >/dev/null; id=$((999 + k))
  is "it goes to $id alone, with rows of $id alone" "$(perl "$SCRATCH/read.pl" "$mails/$k" "$SCRATCH/mapped.xml" $id)" "noc@$id.example Traffic of $id rows 0"
done
is 'and no other mail went out' "$(ls "$mails" | wc -l)" 4

# -- SNMP ------------------------------------------------------------------------------------------------------
is 'only devices of the configuration' "$(run <<'JS'
try { SNMP.get("192.0.2.1", "sysName.0") } catch (e) { println(String(e)) }
try { SNMP.get("127.0.0.1") } catch (e) { println(String(e)) }
try { SNMP.get("127.0.0.1", "sysname") } catch (e) { println(String(e)) }
JS
)" 'Error: SNMP: agent: "192.0.2.1" is no device of the configuration (snmp:)
TypeError: SNMP.get: oid: digits like 1.3.6.1.2.1.1.5.0, or a name like ifName, are wanted
Error: "sysname" is no object: digits like 1.3.6.1.2.1.1.5.0, or a name like ifName'
has 'a customer asks no device' "$(run --as-customer 1001 <<<'SNMP.get("127.0.0.1", "sysName.0")')" 'is no device of the configuration'
if [ -x /usr/sbin/snmpd ]; then
  printf 'rocommunity weir-test 127.0.0.1\nsysName core-1\n' >"$SCRATCH/snmpd.conf"
  SNMP_PERSISTENT_DIR=$SCRATCH/snmp /usr/sbin/snmpd -f -C -c "$SCRATCH/snmpd.conf" -Lf "$SCRATCH/snmpd.log" -p "$SCRATCH/snmpd.pid" \
    -I -smux "udp:127.0.0.1:$snmp" >/dev/null 2>&1 & agent=$!
  for _ in $(seq 50); do run <<<'SNMP.get("127.0.0.1", "sysName.0")' | grep -q 'no answer' || break; done
  is 'a device answers' "$(run <<'JS'
println(SNMP.get("127.0.0.1", "sysName.0"));
println(JSON.stringify(SNMP.get("127.0.0.1", ["1.3.6.1.2.1.1.5.0", "sysName.9"])));
var names = SNMP.walk("127.0.0.1", "ifName");
println(names[0].index, names[0].value, names[0].oid);
println(typeof SNMP.get("127.0.0.1", "ifInOctets.1"));
JS
)" 'core-1
["core-1",null]
1 lo 1.3.6.1.2.1.31.1.1.1.1.1
number'
else
  skip 'a device answers' 'no snmpd'
fi
done_testing
