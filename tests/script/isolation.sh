# weir verify-isolation: no customer sees anything of another through any door, and a leak is found.
. tests/lib.sh
unset WEIR_CONFIG
export TZ=UTC
NOW=2026-11-23T12:00:00Z
cd "$SCRATCH" || exit 1
matrix=$("$WEIR" verify-isolation)
is "nothing leaks through any door" $? 0
is "no door but was tried, none leaks, none is empty" "$(grep -c 'LEAK\|none\|fail$' <<<"$matrix")" 0
has "as every customer" "$matrix" "canary-id-r      canary-id-1      canary-id-2      canary-id-3      canary-id-4      canary-id-5"
matrix=$("$WEIR" verify-isolation --self-test --customer canary-id-1)
is "a door that leaks is found, and is what the self-test wants" $? 0
has "and says what came out of whom" "$matrix" 'leak (a door without a scope), as canary-id-1: "10.1.2.1" of customer "canary-id-2" came out'

"$WEIR" generate --pcap g.pcap --records 5000 --hours 2 --to $NOW --names-file names --customers-file customers.xml >/dev/null 2>&1
"$WEIR" import --store store --names names g.pcap >/dev/null 2>&1
live() { "$WEIR" verify-isolation --live --store store --customers customers.xml --now $NOW "$@"; }
status "a live site, as one customer" 0 live --customer 1001
status "an unknown customer" 1 live --customer 4711
status "arguments: usage" 2 "$WEIR" verify-isolation everything
status "--store is for --live: usage" 2 "$WEIR" verify-isolation --store store
status "help" 0 "$WEIR" verify-isolation --help
done_testing
