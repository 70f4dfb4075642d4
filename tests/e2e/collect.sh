# weir collect, as people use it: exports of all kinds over loopback, exact totals, reload, stop in
# the middle of a burst, restart, two collectors on one store, kill -9, a full disk, wrong usage.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
cd "$SCRATCH"

# What generate and collect both count, in one order.
counts() { pick "$1" datagrams flow_records option_records templates flow_samples counter_samples bytes frames estimated_bytes estimated_frames; }
gen() { "$WEIR" generate --send "$1" --protocol "$2" --records "$3" --per-second "$4" --seed "${5:-1}" --json; }

# -- every protocol, exactly ------------------------------------------------------------------------
for protocol in sflow netflow5 netflow9 ipfix; do
	start_collector store-$protocol --listen 127.0.0.1:0 || continue
	gen "127.0.0.1:$PORT" $protocol 30000 20000 >sent-$protocol
	stop_collector
	is "$protocol: stopped with status 0" "$STATUS" 0
	is "$protocol: decoded is what was sent" "$(counts totals)" "$(counts sent-$protocol)"
	is "$protocol: all of it is stored" "$(pick totals stored.traffic)" 30000
	is "$protocol: and in segments" "$(rows store-$protocol)" 30000
	is "$protocol: nothing was dropped" "$(sum totals drops)" 0
	is "$protocol: nothing was refused" "$(sum totals rejects)" 0
	is "$protocol: no sequence has a gap" "$(lost totals)" 0
	ok "$protocol: the store is sound" "$WEIR" store check --store store-$protocol
done
cat >sum.js <<'EOF'
Query.topN("traffic", "exporttype,frames,bytes", "", "last 2 hours", "bytes", 9).run().printCSV();
EOF
is 'a query finds the same' "$("$WEIR" query --store store-sflow --tz UTC sum.js | tail -1)" \
	"sflow,$(pick sent-sflow estimated_frames),$(pick sent-sflow estimated_bytes)"
has 'counters of ports are stored' "$("$WEIR" store info --store store-sflow)" ifcounters
has 'names of ports are learnt' "$(cat store-sflow/model/interfaces)" ethernet1

# -- IPv6, several places, one exporter on all of them ---------------------------------------------------
if grep -q . /proc/net/if_inet6 2>/dev/null; then
	start_collector store-v6 --listen '[::1]:0'
	gen "[::1]:$PORT" ipfix 5000 10000 >sent
	stop_collector
	is 'IPv6: decoded is what was sent' "$(counts totals)" "$(counts sent)"
	is 'IPv6: the exporter is named' "$(pick totals exporters.0.exporter)" ::1
else
	skip 'IPv6' 'this host has none'
fi

# -- reload, totals on demand, stop in a burst -----------------------------------------------------------
cat >conf.yaml <<EOF
store: $SCRATCH/store-conf
collect:
  listen: ["127.0.0.1:0", "127.0.0.1:0"]
  workers: 2
EOF
start_collector '' -c conf.yaml
has 'places and workers come from the configuration' "$(cat collect.err)" '2 workers'
cat >>conf.yaml <<EOF
interfaces:
  - { agent: 10.0.0.1, ifindex: 1, ifname: "renamed" }
EOF
reload
has 'SIGHUP: the configuration was read again' "$(cat collect.err)" 'the configuration was read again'
echo 'stroe: x' >conf.yaml
kill -HUP "$PID"; wait_for 'nothing was changed' collect.err
has 'a wrong one changes nothing and is told' "$(cat collect.err)" 'unknown key "stroe"'
gen "127.0.0.1:$PORT" sflow 5000 20000 >sent
kill -USR1 "$PID"; wait_for seconds totals
ok 'SIGUSR1: totals while it runs' test "$(pick totals received)" -gt 0
gen "127.0.0.1:$PORT" sflow 200000 60000 2 >sent2 2>&1 &
sender=$!
sleep 1
kill -TERM "$PID"; wait "$PID"; STATUS=$?
is 'SIGTERM in a burst: status 0' "$STATUS" 0
wait $sender
tail -1 totals >last
is 'every row that was decoded is stored' "$(pick last stored.traffic)" "$(pick last flow_samples)"
is 'and found in the store' "$(rows store-conf)" "$(pick last flow_samples)"
is 'nothing was dropped' "$(sum last drops)" 0
has 'the name from the configuration' "$(cat store-conf/model/interfaces)" renamed

# -- one more run into the same store, and a second collector at the same time ----------------------------
start_collector store-sflow --listen 127.0.0.1:0
status 'a second collector on the store: 1' 1 "$WEIR" collect --store store-sflow --listen 127.0.0.1:0
has 'says who has it' "$(cat .out)" "$PID"
gen "127.0.0.1:$PORT" sflow 1000 10000 3 >sent
printf 'not an export' | send_udp "$PORT"
head -c 1400 /dev/urandom | send_udp "$PORT"
wait_received 2
stop_collector
is 'a restart adds to the store' "$(rows store-sflow)" 31000
is 'what is no export is refused by name' "$(pick totals rejects.version_unknown)" 2

# -- killed: it loses at most the last second ---------------------------------------
start_collector store-kill --listen 127.0.0.1:0
gen "127.0.0.1:$PORT" netflow5 5000 20000 >sent
sleep 2.5
kill -9 "$PID"; wait "$PID" 2>/dev/null
ok 'after kill -9 the store is sound' "$WEIR" store check --store store-kill
start_collector store-kill --listen 127.0.0.1:0
stop_collector
is 'and what was committed is there' "$(rows store-kill)" 5000

# -- a full disk: nothing is lost while the queue has room, and it goes on by itself ------------------------
mkdir disk
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=8m tmpfs disk 2>/dev/null; then
	cleanup() { [ -z "$PID" ] || kill -9 "$PID" 2>/dev/null; umount "$SCRATCH/disk" 2>/dev/null; }
	head -c 7600000 /dev/zero >disk/filler
	start_collector disk/store --listen 127.0.0.1:0
	gen "127.0.0.1:$PORT" netflow5 100000 100000 >sent
	wait_for 'No space left' collect.err
	has 'a full disk is told' "$(cat collect.err)" 'No space left on device; trying again each second'
	sleep 1.2
	is 'once' "$(grep -c 'No space left' collect.err)" 1
	rm disk/filler
	wait_for 'writes again' collect.err
	has 'it goes on when there is room again' "$(cat collect.err)" 'writes again'
	stop_collector
	is 'status 0' "$STATUS" 0
	is 'nothing was dropped' "$(sum totals drops)" 0
	is 'every row is there, once' "$(rows disk/store)" 100000
	ok 'the store is sound' "$WEIR" store check --store disk/store
	umount disk
else
	skip 'a full disk' 'needs root and tmpfs'
fi

# -- a configuration is looked at before it is used -------------------------------------------------------
cat >check.yaml <<EOF
store: { folder: $SCRATCH/s9, retention: [ { keep: 90d }, { level: fresh, max_size: 100G } ] }
agents: [ { agent: 192.0.2.1, name: core, sampling: 1000 } ]
collect: { listen: [6343, "[::1]:4739"] }
EOF
status '--check: a right one' 0 "$WEIR" collect --check -c check.yaml
is 'says what it holds' "$(cat .out)" "check.yaml is right: store $SCRATCH/s9, 2 places, 2 limits of retention, 1 agents, 0 interfaces"
ok 'nothing was made' test ! -e s9
sed -i 's/6343/nowhere:1/' check.yaml
status '--check: a place that is none: 1' 1 "$WEIR" collect --check -c check.yaml
has 'says which' "$(cat .out)" 'collect.listen: "nowhere:1": "nowhere" is not an address'
sed -i 's/nowhere:1/tls:4740/' check.yaml
status '--check: TLS without a certificate: 1' 1 "$WEIR" collect --check -c check.yaml
has 'says so' "$(cat .out)" '"tls:4740" wants collect.tls_certificate and collect.tls_key'
sed -i 's/90d/soon/' check.yaml
status '--check: a wrong value: 1' 1 "$WEIR" collect --check -c check.yaml
has 'with its place' "$(cat .out)" 'check.yaml:1:'

# -- usage ------------------------------------------------------------------------------------------------
status '--help' 0 "$WEIR" collect --help
has 'names every option' "$(cat .out)" '--listen PLACE'
status 'an unknown option: usage' 2 "$WEIR" collect --frob
status 'a word: usage' 2 "$WEIR" collect frob
status 'no workers: usage' 2 "$WEIR" collect --workers 0
status 'a wrong place: 1' 1 "$WEIR" collect --store s9 --listen nowhere:99
has 'says what is wrong' "$(cat .out)" '"nowhere" is not an address'
status 'an address that is not ours: 1' 1 "$WEIR" collect --store s9 --listen 192.0.2.1:6343
has 'says so' "$(cat .out)" 'weir: 192.0.2.1:6343: '
done_testing
