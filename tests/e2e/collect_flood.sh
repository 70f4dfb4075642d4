# A flood of distinct exporters, domains, templates, samplers, waiting data, sub-agents, data sources and
# interface names: the collector goes on, says what it refused, and its memory stays below the ceiling that
# docs/collect.md states.  FLOOD=100 (make soak-collect) fills every ceiling; the default is a short form.
. tests/lib.sh
case $BUILD in /*) WEIR=$BUILD/weir ;; esac
. tests/e2e/collect.inc
export WEIR_CONFIG=$SCRATCH/weir.yaml
echo 'time_zone: UTC' >"$WEIR_CONFIG"
FLOOD=${FLOOD:-4}
# Two workers: 150 MB and 250 MB for each; of that a short flood fills little.
CEILING_MB=$([ "$FLOOD" -ge 100 ] && echo 650 || echo 200)
FLOOD_PL=$PWD/tests/e2e/flood.pl
cd "$SCRATCH"
peak_mb() { awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/$PID/status"; }
# JSON of 65,536 exporters is one long line: only the counters are wanted.
refused() { tail -1 totals | perl -ne 'print /"\Q'"$1"'\E":(\d+)/ ? "$1\n" : "0\n"'; }

start_collector store --listen 127.0.0.1:0 --workers 2
began=$(peak_mb)
"$WEIR" generate --send "127.0.0.1:$PORT" --protocol netflow5 --records 20000 --per-second 2000 --json >sent 2>&1 &
own=$!
perl "$FLOOD_PL" "$PORT" "$FLOOD" >flood
_note "$(cat flood)"
wait $own
sleep 2
kill -USR1 "$PID"
for _ in $(seq 100); do [ -s totals ] && break; sleep 0.1; done
ok 'it still runs' kill -0 "$PID"
mb=$(peak_mb)
if grep -q __asan_init "$WEIR"; then
	pass "memory: $began MB before, $mb MB at most (a sanitizer's, not compared)"
else
	ok "memory: $began MB before, $mb MB at most, below $CEILING_MB MB" test "$mb" -lt "$CEILING_MB"
fi
ok 'what names no version is refused by name' test "$(refused version_unknown)" -gt 0
ok 'data without a template is counted' test "$(refused nf.no_template)" -gt 0
ok 'cut messages are refused by name' test "$(refused nf.short)" -gt 0
if [ "$FLOOD" -ge 100 ]; then
	for ceiling in nf.exporters_full nf.domains_full nf.templates_full nf.template_memory nf.samplers_full nf.held_full \
		nf.held_dropped sf.sources_full; do
		ok "the ceiling $ceiling was reached: $(refused $ceiling)" test "$(refused $ceiling)" -gt 0
	done
fi
kill -TERM "$PID"
wait "$PID"
STATUS=$?
PID=
is 'it stops with status 0' "$STATUS" 0
is 'rows that were not stored are counted' "$(perl -MJSON::PP -e 'my @l = <STDIN>; my $t = decode_json($l[-1]); print $t->{flow_samples} + $t->{flow_records} - $t->{drops}{"queue.traffic"} - $t->{stored}{traffic}' <totals)" 0
ok 'the store is sound' "$WEIR" store check --store store
status 'exporters are listed' 0 "$WEIR" exporters --store store --csv
done_testing
