# Three real switches (Open vSwitch, userspace datapath) in a row; their sFlow agents export to one collector,
# which knows nothing of the network beforehand and learns for a minute at most:
#
#	a -- port [10.78.0.1] -- [10.78.0.2] -- [10.78.0.3] port -- b
#
# A transfer, and then 100,000 small flows between 256 blocks on either side, are seen by three exporters;
# iftraffic counts them three times, traffic once.  A customer with the left port sees each way once.
# Truth is what arrived, and nearly all that was sent must: a switch that is not let run for some milliseconds
# loses frames before it has seen them.
#
#	RATE     1 in so many frames is looked at (10)      FRAMES   of a small flow (2)
#	FLOWS    small flows (100,000)                      PACE     frames a second (12,000)
#
# At 1 in 1,000 ten million frames make the 10,000 samples that 3 % need: RATE=1000 FRAMES=100, as `make
# check-all` asks.  Root only.  tests/e2e/dedup.sh has the same without switches.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
PATH=$PATH:/usr/sbin:/sbin
RATE=${RATE:-10} FLOWS=${FLOWS:-100000} FRAMES=${FRAMES:-2} PACE=${PACE:-12000}
PL=$PWD/tests/e2e/collect_row.pl
missing() { skip 'three Open vSwitches in a row' "$1"; done_testing; }
[ "$(id -u)" = 0 ] || missing 'needs root'
for tool in ovsdb-tool ovsdb-server ovs-vswitchd ovs-vsctl ip ethtool iperf3; do
	command -v $tool >/dev/null || missing "$tool is not installed"
done
A=weir-ra$$ B=weir-rb$$ BRIDGE=wr$$n
ip netns add $A 2>/dev/null || missing 'no network namespaces here'
ip netns del $A
export WEIR_CONFIG=$SCRATCH/weir.yaml TZ=UTC
echo 'time_zone: UTC' >"$WEIR_CONFIG"
R=$SCRATCH/ovs
mkdir "$R"
export OVS_RUNDIR=$R OVS_LOGDIR=$R OVS_DBDIR=$R
vsctl() { ovs-vsctl --timeout=10 --db="unix:$R/db.sock" "$@"; }
cleanup() {
	local pid
	[ -z "$PID" ] || kill -9 "$PID" 2>/dev/null
	if [ -s "$R/ovs-vswitchd.pid" ]; then
		pid=$(cat "$R/ovs-vswitchd.pid")
		ovs-appctl --timeout=5 -t "$R/ovs-vswitchd.$pid.ctl" exit --cleanup 2>/dev/null || kill "$pid"
	fi
	[ -s "$R/ovsdb-server.pid" ] && kill "$(cat "$R/ovsdb-server.pid")"
	for pid in $(ip netns pids $A 2>/dev/null) $(ip netns pids $B 2>/dev/null); do kill "$pid"; done
	ip netns del $A 2>/dev/null
	ip netns del $B 2>/dev/null
	for link in wra$$ wrb$$ wr12$$ wr23$$; do ip link del $link 2>/dev/null; done
	return 0
}
cd "$SCRATCH"
# end NAMESPACE PORT SWITCH ADDRESS BLOCK OTHER-ADDRESS OTHER-BLOCK: all of BLOCK is here, and OTHER-BLOCK behind the other.
end() {
	ip netns add "$1" && ip link add "$2" type veth peer name eth0 netns "$1" && ip link set "$2" up && vsctl add-port "$BRIDGE$3" "$2" &&
		ip netns exec "$1" ethtool -K eth0 tx off >/dev/null && ip -n "$1" addr add "$4/24" dev eth0 && ip -n "$1" link set lo up &&
		ip -n "$1" link set eth0 up && ip -n "$1" route add local "$5" dev lo && ip -n "$1" route add "$7" via "$6"
}
cable() { # NAME LEFT RIGHT
	ip link add "$1" type veth peer name "$1r" && ip link set "$1" up && ip link set "$1r" up && vsctl add-port "$BRIDGE$2" "$1" && vsctl add-port "$BRIDGE$3" "$1r"
}
switch() { # NUMBER: a bridge with an address of its own, by which its agent is known
	vsctl add-br "$BRIDGE$1" -- set bridge "$BRIDGE$1" datapath_type=netdev && ip addr add "10.78.0.$1/32" dev "$BRIDGE$1" && ip link set "$BRIDGE$1" up
}
{
	ovsdb-tool create "$R/conf.db" /usr/share/openvswitch/vswitch.ovsschema &&
		ovsdb-server "$R/conf.db" --remote="punix:$R/db.sock" --pidfile --detach --log-file &&
		vsctl --no-wait init && ovs-vswitchd "unix:$R/db.sock" --pidfile --detach --log-file &&
		switch 1 && switch 2 && switch 3 && cable wr12$$ 1 2 && cable wr23$$ 2 3 &&
		end $A wra$$ 1 10.78.1.1 10.7.0.0/16 10.78.1.2 198.18.0.0/16 && end $B wrb$$ 3 10.78.1.2 198.18.0.0/16 10.78.1.1 10.7.0.0/16
} >setup 2>&1 || missing "the switches do not start here: $(tail -1 setup)"
ok 'the ends reach each other' ip netns exec $A ping -c 2 -i 0.2 -w 10 -I 10.7.0.1 198.18.0.1

start_collector store --listen 127.0.0.1:0 || done_testing
for n in 1 2 3; do
	vsctl -- --id=@s create sflow agent="$BRIDGE$n" target="\"127.0.0.1:$PORT\"" sampling="$RATE" polling=1 header=128 -- set bridge "$BRIDGE$n" sflow=@s >/dev/null
done
ip netns exec $A perl "$PL" listen &
ip netns exec $B perl "$PL" listen &
sleep 1.3
# flows COUNT SEED: half of them each way; how many frames were sent
flows() {
	ip netns exec $A perl "$PL" send 10.7 198.18 $(($1 / 2)) "$FRAMES" $((PACE / 2)) "$2" >sent.a &
	local a=$!
	ip netns exec $B perl "$PL" send 198.18 10.7 $(($1 / 2)) "$FRAMES" $((PACE / 2)) "$(($2 + 1))" >sent.b
	wait $a
}
arrived() { ip -n "$1" -s -j link show eth0 | perl -MJSON::PP -e 'local $/; print decode_json(<STDIN>)->[0]{stats64}{rx}{packets}, "\n"'; }
flows $((2000 * RATE / FRAMES)) 1 # 2,000 samples at every switch: what is not known of a block is known of those around it
sleep 1.2
FIRST=$(perl -e 'print 60 * (1 + int(time / 60))')
perl -e 'select undef, undef, undef, $ARGV[0] + 0.5 - time' "$FIRST" # what is learnt holds from the turn of a minute on
ip netns exec $B iperf3 -s -1 -B 198.18.9.9 -p 5201 >iperf.server 2>&1 &
for _ in $(seq 40); do ip netns exec $B ss -ltn | grep -q :5201 && break; sleep 0.05; done
ip netns exec $A timeout 30 iperf3 -u -B 10.7.9.9 -c 198.18.9.9 -p 5201 -b 40M -t 3 -l 1000 -J >iperf.json
a=$(arrived $A) b=$(arrived $B)
flows "$FLOWS" 3
sleep 1.2
a=$(($(arrived $A) - a)) b=$(($(arrived $B) - b))
stop_collector
is 'stopped with status 0' "$STATUS" 0
is 'no datagram was lost' "$(lost totals)" 0
is 'three exporters' "$("$WEIR" top --store store --csv iftraffic 'count(agent)' '' "$FIRST,now" | tail -1)" 3
ok "nearly all arrived: $b of $(cat sent.a) there, $a of $(cat sent.b) back" test $((b * 100)) -ge $(($(cat sent.a) * 95)) -a $((a * 100)) -ge $(($(cat sent.b) * 95))
THERE=$b BACK=$a

cat >customers.xml <<END
<customers><customer id="left"><port agent="10.78.0.1" ifName="wra$$"/></customer></customers>
END
# near NAME TIMES-WANTED FRAMES PERCENT [OPTION]... VIEW WHERE
near() {
	local name=$1 want=$(($2 * $3)) percent=$4 got error
	shift 4
	read -r got error <<<"$("$WEIR" top --store store --csv "${@:1:$#-2}" "${*: -2:1}" 'frames,error(frames)' "${*: -1}" "$FIRST,now" | tail -1 | tr , ' ')"
	if perl -e 'my ($got, $want, $percent) = @ARGV; exit !($want && abs($got / $want - 1) * 100 <= $percent)' "${got:-0}" "$want" "$percent"; then
		pass "$name: $got ± $error of $want"
	else
		fail "$name" "$got ± $error, wanted $want within $percent %"
	fi
}
IPERF=$(perl -MJSON::PP -e 'local $/; print decode_json(<STDIN>)->{end}{sum}{packets}' <iperf.json)
TRANSFER='ipsource=10.7.9.9 & destinationport=UDP:5201'
SMALL='destinationport=UDP:9'
# Of the transfer: five errors of its samples at least.
MAY=$(perl -e 'print 100 * 5 / sqrt($ARGV[0] / $ARGV[1])' "$IPERF" "$RATE")
near 'a transfer at three hops' 3 "$IPERF" "$MAY" iftraffic "$TRANSFER"
near 'is counted once' 1 "$IPERF" "$MAY" traffic "$TRANSFER"
near "$FLOWS small flows at three hops" 3 $((THERE + BACK)) 3 iftraffic "$SMALL"
near 'are counted once' 1 $((THERE + BACK)) 3 traffic "$SMALL"
near 'there' 1 "$THERE" 4 traffic "$SMALL & ipsource=10.7.0.0/16"
near 'and back' 1 "$BACK" 4 traffic "$SMALL & ipdestination=10.7.0.0/16"
near 'the left port: out' 1 "$THERE" 4 --customers customers.xml --customer left traffic "$SMALL & ipsource=10.7.0.0/16"
near 'the left port: in' 1 "$BACK" 4 --customers customers.xml --customer left traffic "$SMALL & ipdestination=10.7.0.0/16"
case $("$WEIR" top --store store --json traffic frames "$SMALL" "$FIRST,now") in
*'"dedup":"unknown"'*) fail 'the table says that it is decided' ;;
*'"dedup":"'*) pass 'the table says that it is decided' ;;
*) fail 'the table says how sure that is' ;;
esac
done_testing
