# The host API, mechanically: every row of `weir help api` that takes arguments is called with each argument missing and of
# each wrong kind.  A call takes the value, or throws an error that names the argument; a value that is merely unknown (a path
# that does not exist) may be quoted instead.  A row whose arguments are not known here fails, so a new one comes with its values.
. tests/lib.sh
export TZ=UTC
unset WEIR_CONFIG
mkdir -p "$SCRATCH/files"

"$WEIR" help api >"$SCRATCH/rows"
perl - "$SCRATCH/rows" >"$SCRATCH/calls.js" <<'PL'
use strict;
use warnings;
# a right value for each name of an argument
my %right = (
	view => '"traffic"', select => '"ipsource,bytes"', where => '""', interval => '"today"', sort => '"bytes"', n => 5,
	bucket => '"hour"', queries => '[]', row => 0, column => 1, value => 1, name => '"x"', values => '[1, 2]', title => '"t"',
	table => 'T()', xLabel => '"x"', xColumn => 0, yLabel => '"y"', yColumns => '[1]', labelColumn => 0, valueColumn => 1,
	fromColumn => 0, toColumn => 1, type => '"trend"', other => 'T()', keyColumn => 0, rowColumn => 0, timeColumn => 0,
	descending => 'true', factor => 2, p => 50, heading => 'true', path => '"one.txt"', data => '"d"', text => '"t"', level => 1,
	chart => 'C()', agent => '"10.0.0.1"', oid => '"1.3.6.1"', zone => '"z"', addresses => '["192.0.2.1"]', code => 0,
	format => '"%s"', date => 'new Date(0)', pattern => '"yyyy"', url => '"http://127.0.0.1:9/"', function => 'f', object => '{}',
	bytes => '{}',
);
my %own = ('Table.addColumn type' => '"number"');
# what a method is called on; the other methods stand on the class
my %on = (Query => 'Q()', Table => 'T()', Network => 'Network.current()', Chart => 'C()', Picture => 'C().svg()', Report => 'new Report("r")');
my %of_class = map { $_ => 1 } qw(Query.topN Query.trend Query.rows Network.current Report.current Chart.multiSeries
	Chart.topN Chart.pie Chart.heatmap Chart.sankey SNMP.get SNMP.walk Events.post);
my %any = map { $_ => 1 } qw(heading descending); # true or false
my @given = ('print value', 'println value', 'console.log value', 'console.warn value', 'console.error value', 'exit code');

open my $rows, '<', $ARGV[0] or die "$ARGV[0]: $!";
while (<$rows>) {
	my ($name, $args) = /^(\w+(?:\.\w+)?)\((.*?)\)(?:  |$)/ or next;
	my ($class, $method) = split /\./, $name;
	$args =~ s/function\([^)]*\)/function/g;
	$args =~ s/\{bytes: true\}/bytes/g;
	$args =~ s/\{[^}]*\}[^,\])]*/object/g;
	$args =~ s/\s*=\s*("[^"]*"|[^,\]]+)//g;
	my @names = map { s/\.\.\.//r } split /,\s*/, $args =~ s/[\[\]]//gr;
	my $call = !$method ? $name : $of_class{$name} || ($name eq 'Query.run' && $args =~ /queries/) || !$on{$class} ? $name : "$on{$class}.$method";
	for my $i (0 .. $#names) {
		next if grep { $_ eq "$name $names[$i]" } @given;
		my @with = map { $own{"$name $_"} // $right{$_} // die "$name: no value is known for its argument \"$_\"\n" } @names;
		my $before = join ', ', @with[0 .. $i - 1];
		$with[$i] = 'w';
		printf "check(\"%s\", %s, %d, function (w) { return %s(%s) }, function () { return %s(%s) }, %s);\n", $name,
			'[' . join(', ', map { "\"$_\"" } @names) . ']', $i, $call, join(', ', @with), $call, $before,
			$any{$names[$i]} ? 'true' : 'false';
	}
}
PL
is "every row's arguments are known" "$?" 0

cat >"$SCRATCH/arguments.js" <<'JS'
function T() { var t = new Table(); t.addColumn("k", ["a", "b"]); t.addColumn("v", [1, 2]); return t }
function C() { return Chart.multiSeries("trend", "t", T(), "x", 0, "y", [1]) }
function Q() { return Query.topN("traffic", "ipsource,bytes", "", "today") }
function f() { return [1] }
var thrower = { toString: function () { throw new Error("its own") }, valueOf: function () { throw new Error("its own") } };
var wrong = { "undefined": undefined, "null": null, object: {}, symbol: Symbol("s"), "function": f, NaN: NaN, "-1": -1, half: 0.5,
	huge: 1e300, array: [], bool: true, text: "zz zz", empty: "", xml: new XML("<a/>"), thrower: thrower };
var calls = 0, refused = 0;
// what was asked then, and is not there: the arguments were taken
var beyond = /there is no store|not available|is no device of|connection refused|No such file/;
var called = { object: "mail: ", bytes: "options" };
function named(e, names) {
	var text = String(e.message);
	return text == "its own" || beyond.test(text) || names.some(n => text.indexOf(called[n] || n) >= 0);
}
// what says enough for a value that is merely unknown: the value
function quoted(e, w) {
	return (typeof w == "number" || typeof w == "boolean" || typeof w == "string") && String(w) && e.message.indexOf(w) >= 0;
}
function check(row, names, i, call, without, any) {
	var said = 0, name = names[i];
	for (var k in wrong) {
		calls++;
		try { call(wrong[k]) } catch (e) {
			said++;
			if (!named(e, [name]) && !quoted(e, wrong[k])) console.error(row + ": " + name + ": " + k + ": " + e);
		}
	}
	try { without() } catch (e) { if (!named(e, names.slice(i))) console.error(row + ": without " + name + ": " + e) }
	refused += said;
	if (!said && !any) console.error(row + ": " + name + ": takes anything");
}
JS
cat "$SCRATCH/calls.js" >>"$SCRATCH/arguments.js"
cat >>"$SCRATCH/arguments.js" <<'JS'
// properties: set to each of them
var on = { Query: Q(), Table: T(), Network: Network.current(), Chart: C(), Report: new Report("r"), Picture: C().svg() }, set = 0;
for each (var line in readfile("rows").split("\n")) {
	var m = /^(\w+)\.(\w+)  /.exec(line), kept = 0;
	if (!m || !on[m[1]]) continue;
	set++;
	for (var k in wrong) {
		try { on[m[1]][m[2]] = wrong[k]; kept++ } catch (e) { if (!named(e, [m[2]])) console.error(m[0] + k + ": " + e) }
	}
	if (kept == Object.keys(wrong).length && !/^(legend|dark)$/.test(m[2])) console.error(m[0] + "takes anything");
}
JS
echo 'console.error("calls " + (calls > 1000) + ", refused " + (refused > 500) + ", properties " + (set > 30))' >>"$SCRATCH/arguments.js"
is "each argument that is missing or of the wrong kind is named" \
	"$(timeout 60 "$WEIR" query --store "$SCRATCH/none" --write "$SCRATCH/files" --read "$SCRATCH" "$SCRATCH/arguments.js" 2>&1 >/dev/null | grep -v 'has no data$')" \
	'calls true, refused true, properties true'
done_testing
