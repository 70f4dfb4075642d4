// A thousand random documents, changes to them and questions about them.  Each is made from its number alone: run(n) is that
// case again.  Left out is what Rhino does otherwise than ECMA-357 says: text set in an element that has attributes (it
// drops them), replace(), + of undefined, text and attributes compared with elements, lists without elements that are assigned.
var seed;
function roll(n) {
	seed = (seed * 16807) % 2147483647;
	return Math.floor(seed / 2147483647 * n);
}
function pick(list) { return list[roll(list.length)] }

function attributes() { return pick(["", ' k="1"', ' k="0" m="x"', ' m=""', ' k="2"']) }
function element(depth) {
	var name = pick(["a", "b", "c"]), inside = "";
	for (var i = roll(depth ? 4 : 2); i > 0; i--)
		inside += depth && roll(3) ? element(depth - 1) : /\w$/.test(inside) ? "" : pick(["t", "1", "22"]);
	return "<" + name + attributes() + (inside ? ">" + inside + "</" + name + ">" : "/>");
}
function documentText() {
	var inside = "";
	for (var i = 1 + roll(4); i > 0; i--) inside += element(2);
	return "<r" + attributes() + ">" + inside + "</r>";
}

function path() {
	var p = "x";
	for (var i = 1 + roll(3); i > 0; i--)
		p += pick([".a", ".b", ".c", ".*", "..a", "..c", "..*", ".none", ".elements()", ".children()", ".child('a')", ".child(1)",
			".descendants('b')", ".text()", ".elements('c')", ".(@k == 1)", ".(@m == 'x')", ".(@k > 0)", ".(@m != '')", ".copy()"]);
	return p;
}
function attributePath() { return (roll(2) ? "x" : path()) + pick([".@k", ".@none", ".@*", ".attribute('k')", ".attributes()", "..@k"]) }
function value() { return pick(["<n/>", "<a k='9'>new</a>", "<><p/><q>1</q></>", "<>w<p/></>", "<b>{x.a}</b>", "<a>{x.b.c}</a>"]) }
function text() { return pick(["'s'", "'<z/>'", "5", "true", "null"]) }
function change() {
	var v = value(), both = roll(2) ? v : text();
	return pick(["x.a = " + v, "x.b = " + v, "x.a.b = " + v, "x.d.e = " + both, "x.@k = 's'", "x.b.@k = '<&\"'",
		"x.a += <n/>", "x.* = " + both, "x.@q += 1", "x.a[0] = " + v, "delete x.a", "delete x.a[0]", "delete x.*[1]", "delete x.@k",
		"delete x.a.b", "delete x.*", "x.appendChild(" + both + ")", "x.prependChild(" + both + ")",
		"x.insertChildAfter(x.*[0], " + both + ")", "x.insertChildBefore(x.*[0], " + both + ")", "x.insertChildAfter(null, " + both + ")",
		"x.setChildren(" + both + ")", "x.normalize()", "x.setLocalName('e')", "x.a.setName('f')"]);
}
function question() {
	var element = path(), p = roll(5) ? element + pick(["", "[0]", "[1]", ""]) : attributePath();
	return pick([p, p + ".length()", p + ".toString()", p + ".name()", p + ".localName()", p + ".nodeKind()", p + ".hasSimpleContent()",
		p + ".hasComplexContent()", p + ".childIndex()", element + ".contains(<a>{x.b}</a>)", "'a' in " + p, "'@k' in " + p,
		element + " + " + value(), p + ".hasOwnProperty('b')", element + ".elements() == " + value(), p + " == " + text(),
		"(function () { var s = ''; for each (var v in " + p + ") s += v.nodeKind() + v + ';'; return s })()"]);
}

// Rhino sorts attributes.
function markup(v) {
	if (typeof v != "xml") return String(v);
	return v.length() + ":" + v.toXMLString().replace(/(<\w+)((?: \w+="[^"]*")+)/g, function (all, tag, list) {
		return tag + list.match(/ \w+="[^"]*"/g).sort().join("");
	});
}
function outcome(f) { try { return f() } catch (e) { return e.name } }
function run(n) {
	seed = n * 7919 % 2147483646 + 1;
	for (var i = 0; i < 5; i++) roll(2);
	var source = documentText(), x = new XML(source), out = [n, source], changes = roll(3);
	for (i = 0; i < changes; i++) {
		var c = change();
		out.push(c, outcome(function () { eval(c); return markup(x) }));
	}
	var q = question();
	out.push(q, outcome(function () { return markup(eval(q)) }));
	return out.join("  ").replace(/\n */g, "\\n");
}
for (var n = 1; n <= 1000; n++) say(run(n));
