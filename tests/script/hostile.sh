# Hostile scripts: each tests/script/hostile/NAME.js runs as `weir query` and ends inside its limits with the
# status and the message its head names; nothing outside its folders changes, and the next script runs.
#   // expect: STATUS, TEXT          in standard output or error; TEXT may be empty
#   // options: ...                  $SCRATCH is a folder: in/ may be read and written, outside/ not;
#                                    $PORT is a web server's whose pages send to other places
#   // asan: REASON                  not with the address sanitizer
. tests/lib.sh
HOSTILE=tests/script/hostile
unset WEIR_CONFIG
export TZ=UTC WEIR_TEST_SECRET=canary-of-the-environment
export SCRATCH WEIR HOSTILE
nm "$WEIR" 2>/dev/null | grep -q __asan_init && ASAN=1 || ASAN=
export ASAN

mkdir -p "$SCRATCH"/in/a "$SCRATCH"/outside "$SCRATCH"/in-other "$SCRATCH"/got
echo canary-outside | tee "$SCRATCH/outside/secret" "$SCRATCH/in-other/secret" >"$SCRATCH/outside/target"
echo fine >"$SCRATCH/in/ok"
ln -s ../outside/secret "$SCRATCH/in/link"
ln -s ../outside/target "$SCRATCH/in/write_link"
ln -s ../outside "$SCRATCH/in/folder"
ln -s /proc "$SCRATCH/in/proc"
mkfifo "$SCRATCH/in/fifo"
truncate -s 70M "$SCRATCH/in/large"
mkdir "$SCRATCH/web"
echo file:///etc/passwd >"$SCRATCH/web/file.to"
echo gopher://127.0.0.1/1 >"$SCRATCH/web/gopher.to"
echo /round >"$SCRATCH/web/round.to"
perl tests/script/serve.pl "$SCRATCH/web" >"$SCRATCH/port" 2>&1 &
SERVER=$!
cleanup() { kill $SERVER 2>/dev/null; }
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "$SCRATCH/port" ] && break; sleep 0.1; done
PORT=$(cat "$SCRATCH/port")
export PORT
state() { (cd "$SCRATCH" && ls -lR --time-style=full-iso outside in-other && cat outside/* in-other/*); }
before=$(state)

# Runs one; what came of it is left in got/.
run_one() {
	local name options
	name=$(basename "$1" .js)
	[ -n "$ASAN" ] && grep -q '^// asan:' "$1" && return
	options=$(sed -n "s,^// options: ,,p" "$1" | sed "s,\$SCRATCH,$SCRATCH,g;s,\$PORT,$PORT,g")
	# shellcheck disable=SC2086
	timeout -k 1 120 "$WEIR" query --store "$SCRATCH/no-store" $options "$1" >"$SCRATCH/got/$name.out" 2>&1
	echo $? >"$SCRATCH/got/$name.status"
}
export -f run_one
printf '%s\n' $HOSTILE/*.js | xargs -P 8 -I{} bash -c 'run_one {}'

for js in $HOSTILE/*.js; do
	name=$(basename "$js" .js)
	expect=$(sed -n 's,^// expect: ,,p' "$js")
	want=${expect%%,*}
	text=${expect#*, }
	if [ -n "$ASAN" ] && grep -q '^// asan:' "$js"; then
		skip "$name" "$(sed -n 's,^// asan: ,,p' "$js")"
		continue
	fi
	rc=$(cat "$SCRATCH/got/$name.status")
	got=$({ head -c 2000 "$SCRATCH/got/$name.out"; tail -c 2000 "$SCRATCH/got/$name.out"; } | tr -d '\0')
	if [ "$rc" != "$want" ]; then
		fail "$name" "status $rc, wanted $want: $got"
	elif grep -q 'canary-\|root:x:0' "$SCRATCH/got/$name.out"; then
		fail "$name" "it saw what it must not: $got"
	elif grep -q 'AddressSanitizer\|runtime error:\|the engine failed\|without a word\|protocol error' "$SCRATCH/got/$name.out"; then
		fail "$name" "it broke something: $got"
	elif [ "$want" = 1 ] && [ ! -s "$SCRATCH/got/$name.out" ]; then
		fail "$name" "it ended without a message"
	else
		has "$name" "$got" "$text"
	fi
done

is "nothing outside has changed" "$(state)" "$before"
is "a link that was written is a file now" "$(cat "$SCRATCH/in/write_link")" mine
is "no temporary file is left" "$(find "$SCRATCH/in" -name '.*.*')" ""
echo 'println("well", readfile("ok").trim())' >"$SCRATCH/normal.js"
is "a following script runs" "$("$WEIR" query --read "$SCRATCH/in" "$SCRATCH/normal.js" 2>&1)" "well fine"
done_testing
