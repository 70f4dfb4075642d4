# Three switches in a row see every frame; `traffic` counts it once.  100,000 small flows at 1:1000: the
# total within 3 % of the truth.  A customer's traffic counts once each way, by port and by MAC.
. tests/lib.sh
command -v perl >/dev/null || { skip 'three switches in a row' 'perl is not installed'; done_testing; }
PL=$PWD/tests/e2e/dedup.pl
cd "$SCRATCH" || exit 1
export WEIR_CONFIG=$SCRATCH/weir.yaml TZ=UTC
cat >customers.xml <<'END'
<customers>
  <customer id="port"><port agent="10.0.0.1" ifIndex="1"/></customer>
  <customer id="mac"><mac address="02:00:00:00:00:01"/></customer>
  <customer id="block"><cidr address="10.7.0.0" bits="16"/></customer>
</customers>
END
printf 'time_zone: UTC\ncustomers: %s/customers.xml\n' "$SCRATCH" >weir.yaml
START=1795000020
perl "$PL" $START 6 7 >row.pcap
ok 'the capture is loaded' "$WEIR" import --store store row.pcap
# After a minute of learning: 100,000 flows of 100 frames.
SPAN="$((START + 60)),$((START + 360))"
frames() { # [OPTION]... VIEW WHERE
	local view=${*: -2:1} where=${*: -1}
	"$WEIR" top --store store --csv "${@:1:$#-2}" "$view" frames "$where" "$SPAN" | tail -1
}
near() { # NAME GOT WANTED PERCENT
	if perl -e 'exit(abs($ARGV[0] - $ARGV[1]) > $ARGV[1] * $ARGV[2] / 100)' "$2" "$3" "$4"; then
		pass "$1: $2 of $3"
	else
		fail "$1" "$2, wanted $3 within $4 %"
	fi
}
near 'three hops' "$(frames iftraffic '')" 30000000 3
near 'counted once' "$(frames traffic '')" 10000000 3
near 'there' "$(frames traffic ipsource=10.7.0.0/16)" 5000000 4
near 'back' "$(frames traffic ipdestination=10.7.0.0/16)" 5000000 4
near 'one port: out' "$(frames --customer port traffic ipsource=10.7.0.0/16)" 5000000 5
near 'one port: in' "$(frames --customer port traffic ipdestination=10.7.0.0/16)" 5000000 5
near 'one MAC at three hops' "$(frames --customer mac iftraffic '')" 30000000 3
near 'one MAC: out' "$(frames --customer mac traffic ipsource=10.7.0.0/16)" 5000000 5
near 'one MAC: in' "$(frames --customer mac traffic ipdestination=10.7.0.0/16)" 5000000 5
near 'one block: out' "$(frames --customer block traffic ipsource=10.7.0.0/16)" 5000000 5
near 'one block: in' "$(frames --customer block traffic ipdestination=10.7.0.0/16)" 5000000 5
has 'the table says so' "$("$WEIR" top --store store --json traffic frames '' "$SPAN")" '"dedup":"'
case "$("$WEIR" top --store store --json traffic frames '' "$SPAN")" in
*'"dedup":"unknown"'*) fail 'most rows were decided' ;;
*) pass 'most rows were decided' ;;
esac
is 'history is kept' "$(ls store/model | tr '\n' ' ' | grep -o 'hosts \|vantage ' | tr -d '\n')" 'hosts vantage '

# Without a mapping that names the port: by history alone.
printf 'time_zone: UTC\n' >weir.yaml
ok 'the same without a mapping' "$WEIR" import --store bare row.pcap
near 'counted once by history' "$("$WEIR" top --store bare --csv traffic frames '' "$SPAN" | tail -1)" 10000000 3
has 'without history all counts' "$("$WEIR" top --store bare --json traffic frames '' "$START,$((START + 50))")" '"dedup":"unknown"'
near 'the port, named later: out' "$("$WEIR" top --store bare --csv --customers customers.xml --customer port traffic frames ipsource=10.7.0.0/16 "$SPAN" | tail -1)" 5000000 5
done_testing
