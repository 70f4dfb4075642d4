# SIGHUP reads zones and boundary again: what comes in by a port that became one of the boundary is counted
# there from then on; a file that is wrong is told with its place, and changes nothing.
. tests/lib.sh
. tests/e2e/collect.inc
cd "$SCRATCH" || exit 1
export WEIR_CONFIG=$SCRATCH/etc/weir.yaml TZ=UTC
mkdir etc net # the zones are in a folder of their own, which the sandbox must know
printf 'time_zone: UTC\nzones: %s/net/zones.yaml\n' "$SCRATCH" >etc/weir.yaml
boundary() { printf 'boundary: [%s]\nzones: [{name: Zurich, cidrs: [192.168.0.0/16]}]\n' "$1" >net/zones.yaml; }
sent=0
# after WORDS: what the table says of rows that come from now on
after() {
	local from
	sleep 1.1
	from=$(date +%s)
	"$WEIR" generate --send "127.0.0.1:$PORT" --protocol sflow --records 400 --agents 1 --per-second 4000 --seed 3 --json >totals.sent
	sent=$((sent + $(pick totals.sent datagrams)))
	wait_received "$sent" || fail 'all datagrams come'
	sleep 1.1
	"$WEIR" top --store store --json traffic flows '' "$from,now" | grep -o '"dedup":"[a-z]*"'
}
boundary '10.9.9.9>1'
start_collector store --listen 127.0.0.1:0 || done_testing
is 'nothing is known of ports' "$(after)" '"dedup":"unknown"'
boundary "$(seq -f '10.0.0.1>%g' -s ', ' 1 48)"
ok 'SIGHUP' reload
is 'they are the boundary now' "$(after)" '"dedup":"done"'
echo 'boundary: [nonsense]' >net/zones.yaml
ok 'SIGHUP with a wrong file' reload
has 'is told with its place' "$(cat collect.err)" 'zones.yaml:1:'
boundary '' # for the question, which is not asked with a file that is wrong
is 'and changes nothing' "$(after)" '"dedup":"done"'
stop_collector
is 'stopped with status 0' "$STATUS" 0
done_testing
