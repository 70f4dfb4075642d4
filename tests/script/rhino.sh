# The same scripts here and in Rhino, which has E4X of its own: the same output.  Where Rhino is not installed this is
# skipped.  Where it and ECMA-357 differ, the standard's way stands in tests/script/e4x, and the script here
# does not ask; most of all: Rhino keeps white space, declares prefixes of its own, knows no function::name, and counts
# xmlns among the attributes.
. tests/lib.sh
export TZ=UTC
unset WEIR_CONFIG
CASES=tests/script/rhino

if ! command -v rhino >/dev/null; then
	echo "1..0 # skip rhino is not installed"
	exit 0
fi

# What both know: values one behind the other, XML as markup.
cat >"$SCRATCH/show.js" <<'JS'
function show() {
	var s = [];
	for (var i = 0; i < arguments.length; i++)
		s.push(typeof arguments[i] == "xml" ? arguments[i].toXMLString() : String(arguments[i]));
	say(s.join(" | "));
}
JS
for js in $CASES/*.js; do
	name=$(basename "$js" .js)
	{ echo 'function say(s) { println(s) }'; cat "$SCRATCH/show.js" "$js"; } >"$SCRATCH/here.js"
	{ echo 'function say(s) { print(s) }'; cat "$SCRATCH/show.js" "$js"; } >"$SCRATCH/there.js"
	is "$name" "$("$WEIR" query --store "$SCRATCH/none" "$SCRATCH/here.js" 2>&1)" "$(rhino -version 180 "$SCRATCH/there.js" 2>&1)"
done
done_testing
