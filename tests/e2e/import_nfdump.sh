# weir import of nfdump's files: what real nfcapd and sfcapd wrote, in every packing they have, adds up to
# nfdump's own sums, row by row as far as nfcapd keeps them; and what cannot be read is said.
. tests/lib.sh
for tool in nfcapd sfcapd nfdump; do
	PATH=$PATH:/usr/sbin command -v $tool >/dev/null || { echo "1..0 # SKIP $tool is not there"; exit 0; }
done
PATH=$PATH:/usr/sbin
case $BUILD in /*) WEIR=$BUILD/weir ;; *) WEIR=$PWD/$BUILD/weir ;; esac
CORPUS=$PWD/tests/fuzz/corpus/wire_nfdump
export WEIR_CONFIG=$SCRATCH/weir.yaml TZ=UTC
echo 'time_zone: UTC' >"$WEIR_CONFIG"
cd "$SCRATCH" || exit 1

day='2026-01-10T09:00:00Z,2026-01-10T12:00:00Z'
made=(--records 2000 --hours 1 --from 2026-01-10T10:00:00Z)

# collected FOLDER PROTOCOLS TOOL OPTION...: a port of our own, the exports sent there, the file closed.
collected() {
	local folder=$1 protocols=$2 port pid p
	shift 2
	mkdir "$folder"
	for port in $(seq $((20000 + $$ % 9000)) 97 60000); do
		"$1" -p "$port" -b 127.0.0.1 -w "$folder" -t 86400 -B 8000000 "${@:2}" >"$folder.log" 2>&1 &
		pid=$!
		for _ in $(seq 100); do
			ls "$folder"/nfcapd.current* >/dev/null 2>&1 && break 2
			kill -0 $pid 2>/dev/null || break
			sleep 0.05
		done
		kill $pid 2>/dev/null
	done
	for p in $protocols; do
		"$WEIR" generate --protocol "$p" "${made[@]}" --send "127.0.0.1:$port" --per-second 20000 >/dev/null 2>&1
	done
	sleep 0.5
	kill -TERM $pid
	wait $pid
	mv "$folder"/nfcapd.2* "$folder.nf"
}
sum() { nfdump -I -r "$1" | sed -n "s/^$2: //p"; }
json() { sed -n '/"total"/,$ s/^ *"'"$1"'": \([0-9]*\).*/\1/p' | head -1; }

# adds_up NAME FILE
adds_up() {
	local out
	out=$("$WEIR" import --json --store "store-$1" "$2" 2>err)
	is "$1: read to its end" "$?:$(cat err)" 0:
	is "$1: flows" "$(json flow_records <<<"$out")" "$(sum "$2" Flows)"
	is "$1: bytes" "$(json bytes <<<"$out")" "$(sum "$2" Bytes)"
	is "$1: packets" "$(json frames <<<"$out")" "$(sum "$2" Packets)"
	has "$1: nothing refused" "$out" '"rejects": {}'
}

flows='netflow5 netflow9 ipfix'
collected plain "$flows" nfcapd
ok 'there is something to import' test "$(sum plain.nf Flows)" -gt 3000
adds_up plain plain.nf
for n in 1 3; do
	cp plain.nf packed$n.nf
	nfdump -J $n -r packed$n.nf >/dev/null 2>&1
	ok "packing $n makes it smaller" test "$(stat -c %s packed$n.nf)" -lt "$(stat -c %s plain.nf)"
	adds_up packed$n packed$n.nf
done
cp plain.nf packed2.nf
nfdump -J 2 -r packed2.nf >/dev/null 2>&1
status 'bzip2 is not read' 1 "$WEIR" import --store nothing packed2.nf
has 'and what to do is said' "$(cat .out)" 'weir: packed2.nf: a file of nfdump compressed by bzip2, which is not read: nfdump -J 3 -r FILE makes it LZ4'

collected sampled sflow sfcapd -z
adds_up sampled sampled.nf
nfdump -q -r plain.nf -w written.nf 'proto tcp' >/dev/null 2>&1
adds_up written written.nf

# -- row by row: the exports themselves, as weir decodes them -------------------------------------------
# nfcapd keeps no masks of v5 and no ICMP types of v9; all came from one address.
for p in $flows; do
	"$WEIR" generate --protocol "$p" "${made[@]}" --pcap "$p.pcap" >/dev/null
done
"$WEIR" import --store pcap netflow5.pcap netflow9.pcap ipfix.pcap >/dev/null
fields=time,ipsource,ipdestination,inputinterface,outputinterface,protocol,sourceport,destinationport,tcpflags,tos,sourceas,destinationas,nexthop,exporttype,domain,bytes,frames,ethertype
rows() { "$WEIR" export --store "$1" --select $fields traffic '' "$day" | sed 's/[0-9.]*>//g' | sort; }
if [ "$(sum plain.nf Flows)" = 6000 ]; then
	rows pcap >want
	rows store-packed1 >got
	is 'every row is as it was exported' "$(diff want got | head -5)" ''
fi

# -- layout 1: nfdump itself reads the one kind of its records -----------------------------------------
"$WEIR" import --store old "$CORPUS/layout-1" >/dev/null
is 'a file of nfdump 1.6' "$("$WEIR" export --store old --select ipsource,ipdestination,inputinterface,sourceas,frames,bytes traffic 'sourceas=64500' '2026-09-01,2026-10-01' | tail -1)" \
	"$(nfdump -q -6 -r "$CORPUS/layout-1" -o 'fmt:%sa,%da,192.0.2.1>%in,%sas,%pkt,%byt' 2>/dev/null | tr -d ' ')"

# -- files that are none, or were cut --------------------------------------------------------------------
head -c 30000 packed3.nf >cut.nf
status 'a file that was cut' 1 "$WEIR" import --store cut cut.nf
has 'says where it ends' "$(cat .out)" 'weir: cut.nf: the file ends inside block 1 of '
status 'its whole blocks are kept, none twice' 0 "$WEIR" store check --store cut
cp packed3.nf damaged.nf
printf 'xxxxxxxxxxxxxxxx' | dd of=damaged.nf bs=1 seek=60 conv=notrunc 2>/dev/null
status 'a damaged file is no crash' 1 "$WEIR" import --store damaged damaged.nf
has 'and says so' "$(cat .out)" 'weir: damaged.nf: damaged is block 1 of '
printf '\x0c\xa5\x02\x00short' >short.nf
printf '\xa5\x0c\x00\x02other' >big.nf
printf '\x0c\xa5\x07\x00later' >later.nf
for f in short big later; do
	status "$f.nf is refused" 1 "$WEIR" import --store none $f.nf
	has 'by name' "$(cat .out)" "weir: $f.nf: "
done
is 'none of them made a store' "$(ls -d none nothing 2>/dev/null)" ''

# -- once, and shifted --------------------------------------------------------------------------------------
status 'the same file again' 1 "$WEIR" import --store store-plain plain.nf
has 'is refused' "$(cat .out)" 'imported already'
"$WEIR" import --store moved --rebase 2026-06-01T12:00:00Z plain.nf >/dev/null
has 'the last row falls on --rebase' "$("$WEIR" store info --json --store moved)" '"last": "2026-06-01T12:00:00+00:00"'
done_testing
