# One customer cannot slow the others: while it runs all it may at once, another's small question gets its share of the
# processor.  Counted in processor time that one and the other took meanwhile, all on one processor, not in seconds: however
# busy the machine is, shares stay what they are.
. tests/lib.sh
unset WEIR_CONFIG
export TZ=UTC
NOW=2026-11-23T12:00:00Z
cd "$SCRATCH" || exit 1
heavy=
cleanup() { [ -z "$heavy" ] || kill $heavy 2>/dev/null; }
"$WEIR" generate --pcap g.pcap --records 60000 --hours 12 --to $NOW --names-file names --customers-file customers.xml >/dev/null 2>&1
ok 'generated traffic' "$WEIR" import --store store --names names g.pcap
cat >weir.yaml <<EOF
time_zone: UTC
store: $SCRATCH/store
state: $SCRATCH/state
customers: $SCRATCH/customers.xml
EOF
cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
query() { taskset -c "$cpu" "$WEIR" query -c weir.yaml --now $NOW "$@"; }
# Never ends: questions one after the other, and work of its own between them.
echo 'for (;;) { Query.topN("traffic", "ipsource,ipdestination,bytes", "", "today", "bytes", 1000).run(); for (var i = 0; i < 1e6; i++); }' >endless.js
echo 'for (var k = 0; k < 12; k++) Query.topN("traffic", "ipsource,ipdestination,bytes", "", "today", "bytes", 10).run(); for (var i = 0, s = 0; i < 7e7; i++) s += i % 7; println(s > 0)' >small.js

tree() { local c; echo "$1"; for c in $(pgrep -P "$1"); do tree "$c"; done; }
# Niceness of all processes of a question, each once.
niceness() { for p in $(tree "$1"); do sed 's/.*) //' "/proc/$p/stat" 2>/dev/null; done | awk '{ print $17 }' | sort -u | tr '\n' ' '; }
# Ticks of processor time that all of them have had.
ticks() { local q; for q in "$@"; do for p in $(tree "$q"); do sed 's/.*) //' "/proc/$p/stat" 2>/dev/null; done; done | awk '{ n += $12 + $13 } END { print n + 0 }'; }
runs_at() { local i; for i in $(seq 150); do [ "$(niceness "$1")" = "$2 " ] && [ "$(pgrep -P "$1" | wc -l)" -gt 0 ] && return 0; sleep 0.1; done; niceness "$1"; return 1; }

for want in 0 5 10 15; do
	taskset -c "$cpu" "$WEIR" query -c weir.yaml --now $NOW --customer 1001 endless.js >/dev/null 2>&1 &
	heavy="$heavy $!"
	ok "a question of the same customer at once runs at nice $want, script and all" runs_at $! $want
done
has 'a fifth is refused' "$(query --customer 1001 small.js 2>&1)" '4 queries run already, as many as may at once'
before=$(ticks $heavy)
is "another's small question is answered" "$( { TIMEFORMAT='%U %S'; time query --customer 1002 small.js; } 2>took)" true
theirs=$(($(ticks $heavy) - before))
own=$(awk '{ printf "%d", ($(NF - 1) + $NF) * 100 }' took)
ok "it took processor time enough to tell ($own ticks)" test "$own" -ge 20
# One at nice 0, three behind it: 1 + 0.33 + 0.11 + 0.04 shares; four of a kind would have four.
ok "the four together got at most three times of what it got ($theirs, $own)" test "$theirs" -le $((own * 3))
ok 'the four still run' kill -0 $heavy
kill $heavy; wait $heavy 2>/dev/null; heavy=
is 'and then the first is at nice 0 again' "$(query --customer 1001 small.js)" true
done_testing
