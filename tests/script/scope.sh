# weir query: options, whose eyes a script sees with, and exit statuses.
. tests/lib.sh
unset WEIR_CONFIG
export TZ=UTC
NOW=2026-11-23T12:00:00Z
cd "$SCRATCH" || exit 1
"$WEIR" generate --pcap g.pcap --records 20000 --hours 12 --to $NOW --names-file names --customers-file customers.xml >/dev/null 2>&1
ok "generated traffic is imported" "$WEIR" import --store store --names names g.pcap
query() { "$WEIR" query --store store --now $NOW "$@"; }

cat >sources.js <<'JS'
var t = Query.topN("traffic", "ipsource,ipdestination,bytes", "", "today", "bytes", 100000).run();
for (var row of t) if (row[0]) println(row[0] + " " + row[1]);
JS
cat >ports.js <<'JS'
println(Network.current().interfaces().join(" "));
JS
# pairs in which neither side is customer 1001's
foreign() { grep -vc '\(^\| \)\(192\.0\.2\.\|198\.51\.100\.\|2001:db8:1:\)'; }

all=$(query sources.js)
ok "the operator sees every customer's traffic" test "$(foreign <<<"$all")" -gt 0
mine=$(query --customers customers.xml --customer 1001 sources.js)
ok "a customer sees something" test "$(wc -l <<<"$mine")" -gt 10
# ports carry what neither block owns; so only ports and blocks of the customer
is "--customer: ports" "$(query --customers customers.xml --customer 1001 ports.js)" "10.0.0.1>5 10.0.0.1>6"
is "the input sets the scope where a mapping is" "$(query --customers customers.xml -input customerid=1001 sources.js)" "$mine"
is "--as-customer sees what --customer sees" "$(query --customers customers.xml --as-customer 1001 sources.js)" "$mine"
ok "a customer sees less than the operator" test "$(wc -l <<<"$mine")" -lt "$(wc -l <<<"$all")"

printf 'customers: %s\nscript: { scope_input: kunde }\n' "$SCRATCH/customers.xml" >kunde.yaml
is "scope_input names the input" "$(query -c kunde.yaml -input kunde=1001 ports.js)" "10.0.0.1>5 10.0.0.1>6"
is "another input sets nothing" "$(query -c kunde.yaml -input customerid=1001 ports.js | wc -w)" "$(query ports.js | wc -w)"
printf 'customers: %s\nscript: { scope_input: none }\n' "$SCRATCH/customers.xml" >none.yaml
is "scope_input none switches it off" "$(query -c none.yaml -input none=1001 -input customerid=1001 ports.js | wc -w)" "$(query ports.js | wc -w)"

message() { query "$@" 2>&1 >/dev/null; }
has "without a mapping the input warns" "$(message -input customerid=1001 ports.js)" 'warning: query: input "customerid" is given but there is no customers mapping'
status "without a mapping it runs" 0 query -input customerid=1001 ports.js
status "an unknown customer fails" 1 query --customers customers.xml --customer 4711 ports.js
status "an unknown customer by input fails" 1 query --customers customers.xml -input customerid=4711 ports.js
status "an empty customer by input fails" 1 query --customers customers.xml -input customerid= ports.js
is "an unknown customer gets nothing" "$(query --customers customers.xml -input customerid=4711 ports.js 2>/dev/null)" ""
status "option and input that disagree: usage" 2 query --customers customers.xml --customer 1001 -input customerid=1002 ports.js
status "option and input that agree" 0 query --customers customers.xml --customer 1001 -input customerid=1001 ports.js
status "--customer and --as-customer that disagree: usage" 2 query --customers customers.xml --customer 1001 --as-customer 1002 ports.js
status "--customer without a mapping: usage" 2 query --customer 1001 ports.js
status "a mapping that is not there fails" 1 query --customers absent.xml ports.js
status "a damaged mapping fails" 1 query --customers names ports.js

echo 'readfile("/etc/passwd")' >read.js
status "the operator reads what the user may" 0 query read.js
status "--customer keeps the operator's grants" 0 query --customers customers.xml --customer 1001 read.js
status "--as-customer has a customer's grants" 1 query --customers customers.xml --as-customer 1001 read.js
status "--read keeps reading below it" 1 query --read "$SCRATCH" read.js
echo "println(readfile('$SCRATCH/names').length > 0)" >read2.js
is "--read allows reading below it" "$(query --read "$SCRATCH" read2.js)" true
echo 'writefile("x.txt", "y")' >write.js
status "without --write nothing is written" 1 query write.js
printf 'script: { write_roots: [ %s ] }\n' "$SCRATCH/out" >write.yaml
mkdir out
status "the configuration's folders may be written" 0 query -c write.yaml write.js
is "and it was" "$(cat out/x.txt)" y
echo 'for (var i = 0; i < 21; i++) Query.topN("traffic", "bytes", "", "today").run()' >many.js
has "a customer's script runs 20 queries" "$(message --customers customers.xml --as-customer 1001 many.js)" "many.js: limit: queries 20 reached"
status "the operator's as many as it likes" 0 query many.js

echo 'println(target, args)' >inputs.js
is "inputs, one dash or two" "$(query -input target=1 --input args=2 inputs.js)" "1 2"
is "inputs behind the script" "$(query inputs.js -input target=1 --input=args=2)" "1 2"
status "an input twice: usage" 2 query -input target=1 -input target=2 inputs.js
status "an input without a value: usage" 2 query -input target inputs.js
status "an input that is no variable: usage" 2 query -input 1a=2 inputs.js
status "an input named like a host function: usage" 2 query -input println=2 inputs.js
status "no script: usage" 2 query
status "two scripts: usage" 2 query inputs.js inputs.js
status "an unknown option: usage" 2 query --frobnicate inputs.js
status "an unknown zone: usage" 2 query --tz Mars/Olympus inputs.js
status "a time that is none: usage" 2 "$WEIR" query --now "the other day" inputs.js
status "a script that is not there: failed" 1 query absent.js
status "an unknown limit: usage" 2 query --limit time=1 inputs.js
status "a limit without a number: usage" 2 query --limit cpu=soon inputs.js
status "a limit of nothing: usage" 2 query --limit cpu=0 inputs.js
has "a limit is told as it was set" "$(message --limit queries=3 many.js)" "many.js: limit: queries 3 reached"
status "help" 0 query --help
is "a script from standard input" "$(echo 'println(1 + 1)' | query -)" 2
echo 'exit(42)' >exit.js
status "exit(n) is the status" 42 query exit.js
is "called query it behaves as weir query" "$(ln -s "$WEIR" query && ./query exit.js; echo $?)" 42
echo 'for (;;) println("0123456789")' >endless.js
query endless.js | head -1 >first
is "a reader that goes away ends the script" "$(cat first)" 0123456789
query exit.js >/dev/full
is "output nobody needed does not fail" $? 42
message=$(query endless.js 2>&1 >/dev/full)
has "a full disk behind standard output is told" "$message" "weir: query: standard output: No space left on device"
status "a full disk behind standard output fails" 1 sh -c "'$WEIR' query endless.js >/dev/full"

# A store with damage: the answer says so; --strict makes it fail.
cp -r store hurt
segment=$(find hurt -type f -size +8k | sort | head -1)
printf 'XXXXXXXXXXXXXXXX' | dd of="$segment" bs=1 seek=3000 conv=notrunc 2>/dev/null
echo 'println(Query.topN("traffic", "bytes", "", "today").run().incomplete.length, Query.topN("ifcounters", "ifinbits", "", "today").run().incomplete.length)' >hurt.js
hurt() { "$WEIR" query --store hurt --now $NOW "$@"; }
has "damage is warned of" "$(hurt hurt.js 2>&1 >/dev/null)" "warning: data is missing or damaged"
status "damage alone does not fail" 0 hurt hurt.js
status "--strict makes it fail" 1 hurt --strict hurt.js
sed 's/$/; exit(0)/' hurt.js >hurt0.js
status "exit(0) does not undo --strict" 1 hurt --strict hurt0.js
status "--strict without damage" 0 query --strict hurt.js
done_testing
