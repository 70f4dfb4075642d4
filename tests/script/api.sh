# The host API: each tests/script/cases/NAME.js runs as `weir query` and must give NAME.out: standard
# output, standard error behind "--- stderr", the status when it is not 0.  UPDATE=1 writes the .out.
#   a first line "// options: ..." gives options; $SCRATCH and $CASES stand for folders
. tests/lib.sh
CASES=tests/script/cases
unset WEIR_CONFIG
export TZ=UTC

run_case() {
	local js=$1 options rc
	options=$(sed -n '1s,^// options: ,,p' "$js" | sed "s,\$SCRATCH,$SCRATCH,g; s,\$CASES,$CASES,g")
	mkdir -p "$SCRATCH/files"
	# shellcheck disable=SC2086
	timeout 60 "$WEIR" query $options "$js" >"$SCRATCH/stdout" 2>"$SCRATCH/stderr"
	rc=$?
	cat "$SCRATCH/stdout"
	[ -s "$SCRATCH/stderr" ] && { echo "--- stderr"; sed "s,$SCRATCH,SCRATCH,g" "$SCRATCH/stderr"; }
	[ $rc = 0 ] || echo "--- status $rc"
	return 0
}

for js in $CASES/*.js; do
	name=$(basename "$js" .js)
	got=$(run_case "$js"; echo .)
	if [ -n "${UPDATE:-}" ]; then printf %s "${got%.}" >"$CASES/$name.out"; fi
	want=$(cat "$CASES/$name.out" 2>/dev/null; echo .)
	is "$name" "$got" "$want"
done
[ -s "$SCRATCH/one/a.png" ] && [ -s "$SCRATCH/one/a.svg" ] && [ -s "$SCRATCH/one/none.png" ] &&
	pass "charts handed to writefile are drawn by the end" || fail "charts handed to writefile are drawn by the end" "$(ls -R "$SCRATCH")"
is "bytes are written as they are" "$(od -An -tx1 "$SCRATCH/files/a/c.bin" | tr -d ' ')" 00ff0a
done_testing
