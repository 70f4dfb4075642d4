# The tutorial, end to end, on captures of real devices: its two scripts unmodified, and the numbers
# behind them against what the captures' reference decoders say.
. tests/lib.sh

if [ ! -d "$SHARED/captures" ] || [ ! -d "$SHARED/seed" ]; then
  skip 'the tutorial on real captures' 'no captures or seed beside the project'
  done_testing
fi
C=$SHARED/captures
S=$SCRATCH/store

cat >"$SCRATCH/names" <<'EOF'
172.21.35.17,1036,ethernet5,1000000000
172.21.35.17,1043,A/4,1000000000
EOF
cat >"$SCRATCH/ports.xml" <<'EOF'
<customers>
  <customer name="InMon Corp." id="1001"><port agent="172.21.35.17" ifName="ethernet5" /></customer>
  <customer name="NewCo Inc." id="1002"><port agent="172.21.35.17" ifIndex="1043" /></customer>
</customers>
EOF
cat >"$SCRATCH/cidrs.xml" <<'EOF'
<customers>
  <customer name="InMon Corp." id="1001"><cidr address="91.64.55.0" bits="24" /></customer>
  <customer name="NewCo Inc." id="1002"><cidr address="203.0.113.0" bits="25" /></customer>
</customers>
EOF
ok 'import counters' "$WEIR" import --store "$S" --names "$SCRATCH/names" "$C/sflow/ndpi-sflow.pcap"
ok 'import flows' "$WEIR" import --store "$S" "$C/netflow-v5/freebsd-ng-netflow.pcap"

# Octets from the captures' own counters: 25963724 -> 25980564 in 90.007 s, and so on.
cat >"$SCRATCH/trend.js" <<'EOF'
var t = Query.trend("ifcounters", "interface,sum(ifinoctets),sum(ifoutoctets),rate(ifinbits)",
                    "interface=172.21.35.17>1036,172.21.35.17>1043", "today", "hour").run();
for (var r = 0; r < t.nrows; r++)
  if (t.cell(r, 1) !== null)
    println([t.cell(r, 0), t.cell(r, 1), t.cell(r, 2), t.cell(r, 3).toFixed(1)].join(" "));
EOF
is 'counter differences are the capture'\''s' \
  "$("$WEIR" query --store "$S" --now 2013-09-02T13:00:00Z --tz UTC "$SCRATCH/trend.js" 2>&1 | sort)" \
  '172.21.35.17>1036 16840 17055 1496.8
172.21.35.17>1043 7198 15495 639.8'

cat >"$SCRATCH/top.js" <<'EOF'
Query.topN("historytrmx", "ipsource,ipdestination,bytes", "", "today", "bytes", 3).run().printCSV(false);
println(Query.topN("historytrmx", "ipsource,bytes", "", "today", "bytes", 5).run().total(1));
EOF
is 'top conversations and the exact total' \
  "$("$WEIR" query --store "$S" --now 2017-08-08T23:00:00Z --tz UTC "$SCRATCH/top.js" 2>&1)" \
  '54.246.253.224,91.64.55.126,5589076
91.64.55.126,54.246.253.224,795678
216.58.211.99,91.64.55.126,135526
,,245717
6765997'

# The seed's scripts as they are: they fetch their customers from 127.0.0.1:8000 and write below
# /var/www/html, so they run in namespaces of their own.
if [ "$(id -u)" != 0 ] || ! unshare -m -n true 2>/dev/null; then
  skip 'the tutorial'\''s scripts, unmodified' 'needs root for namespaces'
  done_testing
fi
cat >"$SCRATCH/serve.pl" <<'EOF'
use strict; use warnings; use IO::Socket::INET;
my ($dir, $count) = @ARGV;
my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8000, Listen => 8, ReuseAddr => 1) or die "listen: $!";
print "ready\n"; $| = 1; STDOUT->flush;
for (1 .. $count) {
  my $c = $s->accept or next;
  my $request = <$c>; while (<$c>) { last if /^\r?$/ }
  my ($name) = $request =~ m{^GET /([\w.-]+) };
  my $body = do { local $/; open my $f, '<', "$dir/$name" or die "$name: $!"; <$f> };
  print $c "HTTP/1.0 200 OK\r\nContent-Type: application/xml\r\nContent-Length: ", length $body, "\r\n\r\n$body";
}
EOF
cp "$SCRATCH/ports.xml" "$SCRATCH/customers-ports.xml"
sed -i 's/ifIndex="1043"/ifName="A\/4"/' "$SCRATCH/customers-ports.xml"
cp "$SCRATCH/cidrs.xml" "$SCRATCH/customers-cidrs.xml"
cat >"$SCRATCH/inside.sh" <<'EOF'
ip link set lo up 2>/dev/null || true
mkdir -p "$SCRATCH/html" /var/www
mount -t tmpfs none /var/www && mkdir -p /var/www/html && mount --bind "$SCRATCH/html" /var/www/html
perl "$SCRATCH/serve.pl" "$SCRATCH" 9 >"$SCRATCH/server" & server=$!
for i in $(seq 100); do grep -q ready "$SCRATCH/server" && break; sleep 0.05; done
"$WEIR" query --store "$S" --now 2013-09-02T13:00:00Z --write /var/www/html/customers "$SHARED/seed/trends.txt" >"$SCRATCH/trends.out" 2>"$SCRATCH/trends.err"
echo $? >"$SCRATCH/trends.status"
"$WEIR" query --store "$S" --now 2017-08-08T23:00:00Z --customers "$SCRATCH/cidrs.xml" -input customerid=1001 -input target=54.246.253.224 "$SHARED/seed/connections.txt" >"$SCRATCH/own.html" 2>"$SCRATCH/own.err"
echo $? >"$SCRATCH/own.status"
"$WEIR" query --store "$S" --now 2017-08-08T23:00:00Z --customers "$SCRATCH/cidrs.xml" -input customerid=1002 '-input' 'target=1.1.1.1)|(ipsource=0.0.0.0/0' "$SHARED/seed/connections.txt" >"$SCRATCH/other.html" 2>"$SCRATCH/other.err"
echo $? >"$SCRATCH/other.status"
if command -v php >/dev/null; then
  mkdir -p /usr/local/inmsf /home
  mount -t tmpfs none /usr/local/inmsf && mkdir -p /usr/local/inmsf/bin && ln -s "$WEIR" /usr/local/inmsf/bin/query
  mount -t tmpfs none /home && mkdir -p /home/pp/scripts && cp "$SHARED/seed/connections.txt" /home/pp/scripts/
  printf 'store: %s\ncustomers: %s\n' "$S" "$SCRATCH/cidrs.xml" >"$SCRATCH/weir.yaml"
  # The page knows no options and "today" is long past the capture, so it asks a copy moved to now.
  "$WEIR" import --store "$SCRATCH/now" --rebase now "$SHARED/captures/netflow-v5/freebsd-ng-netflow.pcap" >/dev/null
  sed -i "s|^store:.*|store: $SCRATCH/now|" "$SCRATCH/weir.yaml"
  WEIR_CONFIG="$SCRATCH/weir.yaml" php -r '$_GET["target"] = "54.246.253.224"; $PHP_SELF = ""; include $argv[1];' "$SHARED/seed/portal.php" >"$SCRATCH/page.html" 2>"$SCRATCH/page.err"
fi
kill $server
EOF
export SCRATCH SHARED WEIR S
timeout 120 unshare -m -n bash "$SCRATCH/inside.sh"
is 'trends.txt: status, output, messages' \
  "$(cat "$SCRATCH/trends.status" "$SCRATCH/trends.out" "$SCRATCH/trends.err")" 0
is 'trends.txt: one PNG per port below one folder per customer' \
  "$(cd "$SCRATCH/html" && find . -type f | sort)" \
  './customers/1001/172.21.35.17-ethernet5.png
./customers/1002/172.21.35.17-A/4.png'
find "$SCRATCH/html" -name "*.png" | sort >"$SCRATCH/pngs"
while read -r png; do
  is "$(basename "$png") is a PNG of 400 x 200" "$(od -An -tx1 -N24 "$png" | tr -d ' \n')" \
    89504e470d0a1a0a0000000d4948445200000190000000c8
done <"$SCRATCH/pngs"
is 'connections.txt: status and messages' "$(cat "$SCRATCH/own.status" "$SCRATCH/own.err")" 0
page=$(cat "$SCRATCH/own.html")
has 'connections.txt: an HTML table' "$page" '<table'
has 'connections.txt: in' "$page" '5,589,076'
has 'connections.txt: out' "$page" '795,678'
case $page in *216.58.211.99*) fail 'connections.txt: the target only' "$page" ;; *) pass 'connections.txt: the target only' ;; esac
case $(cat "$SCRATCH/other.html") in
  *91.64.55*|*54.246*) fail 'an injected filter shows nothing of others' "$(cat "$SCRATCH/other.html")" ;;
  *) pass 'an injected filter shows nothing of others' ;;
esac
if [ -e "$SCRATCH/page.html" ]; then
  has 'the PHP page: the same table' "$(cat "$SCRATCH/page.html" "$SCRATCH/page.err")" '5,589,076'
else
  skip 'the PHP page' 'no php'
fi
done_testing
