# The tutorial's two scripts and its PHP page, unmodified, over generated traffic of the same ports and
# blocks.  Their absolute folders exist in a mount namespace only.
. tests/lib.sh
SEED=$SHARED/seed
unset WEIR_CONFIG
skip_all() { echo "1..0 # skip $1"; exit 0; }
[ -f "$SEED/trends.txt" ] || skip_all "no seed at $SEED"
UNSHARE="unshare -m"
[ "$(id -u)" = 0 ] || UNSHARE="unshare -rm"
$UNSHARE true 2>/dev/null || skip_all "no mount namespaces here"
mkdir "$SCRATCH/web"
cp "$SEED"/customers-*.xml "$SCRATCH/web"
perl tests/script/serve.pl "$SCRATCH/web" 8000 >"$SCRATCH/port" 2>&1 &
SERVER=$!
cleanup() { kill $SERVER 2>/dev/null; }
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$SCRATCH/port" ] && break; sleep 0.1; done
kill -0 $SERVER 2>/dev/null || skip_all "port 8000 is taken: $(cat "$SCRATCH/port")"

# The scripts say "today": a zone in which it is about noon.
k=$((10#$(date -u +%H) - 12))
ZONE=Etc/GMT$([ $k -ge 0 ] && echo "+$k" || echo "$k")
cat >"$SCRATCH/weir.yaml" <<YAML
store: $SCRATCH/store
time_zone: $ZONE
script:
  write_roots: [ /var/www/html/customers ]
YAML
export WEIR_CONFIG=$SCRATCH/weir.yaml
"$WEIR" generate --pcap "$SCRATCH/g.pcap" --records 40000 --hours 14 --names-file "$SCRATCH/names" >/dev/null 2>&1
ok "generated traffic is imported" "$WEIR" import --names "$SCRATCH/names" "$SCRATCH/g.pcap"

# in_place COMMAND...: runs it where /var/www, /home/pp and /usr/local/inmsf are of our making
cat >"$SCRATCH/in_place" <<'SH'
set -e
mkdir -p "$SCRATCH/place/var/cache" "$SCRATCH/place/local/inmsf/bin" "$SCRATCH/place/home/pp/scripts" "$SCRATCH/customers"
mount --bind "$SCRATCH/place" "$SCRATCH/place"
[ ! -d /var/cache ] || mount --rbind /var/cache "$SCRATCH/place/var/cache"
mkdir -p "$SCRATCH/place/var/www/html/customers"
mount --rbind "$SCRATCH/customers" "$SCRATCH/place/var/www/html/customers"
cp "$SEED/connections.txt" "$SCRATCH/place/home/pp/scripts"
ln -sf "$WEIR" "$SCRATCH/place/local/inmsf/bin/query"
mount --rbind "$SCRATCH/place/var" /var
mount --rbind "$SCRATCH/place/home" /home
mount --rbind "$SCRATCH/place/local" /usr/local
exec "$@"
SH
export SCRATCH SEED WEIR
in_place() { $UNSHARE bash "$SCRATCH/in_place" "$@"; }

out=$(in_place "$WEIR" query "$SEED/trends.txt" 2>&1)
is "trends.txt runs" "$? $out" "0 "
png_size() { od -An -j16 -N8 -tu1 "$1" 2>/dev/null | awk '{ print $3 * 256 + $4 "x" $7 * 256 + $8 }'; }
for f in 1001/10.0.0.1-ethernet5 1001/10.0.0.1-ethernet6 1002/10.0.0.4-A4; do
	is "trends.txt draws $f" "$(png_size "$SCRATCH/customers/$f.png")" 400x200
done
is "trends.txt writes nothing else" "$(find "$SCRATCH/customers" -type f | wc -l)" 3

# Somebody customer 1001 talked with.
cat >"$SCRATCH/peer.js" <<'JS'
var t = Query.topN("traffic", "ipsource,ipdestination,bytes", "ipsource=192.0.2.0/24&ipdestination!=2000::/3", "today", "bytes", 1).run();
print(t.cell(0, 1));
JS
peer=$("$WEIR" query "$SCRATCH/peer.js")
ok "customer 1001 talked with somebody" test -n "$peer"
html=$("$WEIR" query -input customerid=1001 -input target="$peer" "$SEED/connections.txt" 2>"$SCRATCH/err")
has "connections.txt prints a table" "$html" "<table"
has "connections.txt shows the peer" "$html" "$peer"
has "without a mapping it warns that nothing is scoped" "$(cat "$SCRATCH/err")" "unscoped"
scoped=$("$WEIR" query --customers "$SEED/customers-cidrs.xml" -input customerid=1001 -input target="$peer" "$SEED/connections.txt" 2>&1)
is "scoped it prints the same" "$scoped" "$html"

# rows outside the customer's blocks
foreign() { grep -o '<tr>.*</tr>' | grep '<td>[0-9]' | grep -cv '<td>\(192\.0\.2\|198\.51\.100\)\.'; }
inject='1.1.1.1)|(ipsource=0.0.0.0/0'
out=$("$WEIR" query -input customerid=1001 -input target="$inject" "$SEED/connections.txt" 2>/dev/null | foreign)
ok "unscoped the injected filter walks out (so that the next test tests something)" test "$out" -gt 0
out=$("$WEIR" query --customers "$SEED/customers-cidrs.xml" -input customerid=1001 -input target="$inject" "$SEED/connections.txt" 2>/dev/null)
has "scoped the injected filter still answers" "$out" "<table"
is "scoped the injected filter stays inside" "$(foreign <<<"$out")" 0
out=$("$WEIR" query --customers "$SEED/customers-cidrs.xml" -input customerid=9999 -input target="$peer" "$SEED/connections.txt" 2>&1)
is "an unknown customer is refused" "$? $(grep -c '<t' <<<"$out")" "1 0"

if command -v php >/dev/null; then
	page() { in_place php -r "\$_GET['target'] = '$1'; include '$SEED/portal.php';" 2>/dev/null; }
	is "portal.php shows what connections.txt prints, on one line" "$(page "$peer")" "$(tr -d '\n' <<<"$html")"
	has "portal.php without a target shows its form" "$(page '')" '<form method="GET"'
	echo "customers: $SEED/customers-cidrs.xml" >>"$WEIR_CONFIG"
	out=$(page "$inject")
	has "portal.php with a mapping configured answers an injection" "$out" "<table"
	is "portal.php with a mapping configured keeps it inside" "$(foreign <<<"${out//<\/tr>/<\/tr>$'\n'}")" 0
else
	skip "portal.php" "no php"
fi
done_testing
