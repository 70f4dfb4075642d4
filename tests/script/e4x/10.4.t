# ECMA-357 10.4: ToXMLList

== 10.4 what can be converted
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (new XMLList("<a/><b/>").length()) })
show(function () { return (new XMLList().length()) })
show(function () { return (new XMLList(null).length()) })
show(function () { return (new XMLList("").length()) })
show(function () { return (new XMLList("text").length()) })
show(function () { return (new XMLList(<a/>).length()) })
show(function () { return (new XMLList(5)) })
show(function () { var l = <><a/></>; return (new XMLList(l) === l) })
show(function () { var l = <><a/></>; return (XMLList(l) === l) })
--
2
0
0
0
1
1
5
false
true

== 10.4 texts of several nodes, and what is none
function kind(s) { try { var v = eval(s); return typeof v == "xml" ? v.toXMLString() : String(v) } catch (e) { return e.name } }
XML.prettyPrinting = false
for each (var s in [
	'XMLList("<a/>b<c/>").length()',
	'XMLList("<a")',
	'XMLList("<></>")',
	'XMLList(true)',
	'XMLList({})',
	'XMLList([])',
	'XMLList(new String("<a/><b/>")).length()',
	'XML(new XMLList)',
	'XML(new XMLList("<a/>")).name()',
	'XML(new XMLList("<a/><b/>"))',
	'new XMLList(" ").length()',
	'new XMLList("\n<a/>\n").length()',
	'XML.ignoreWhitespace = false; var n = new XMLList("\n<a/>\n").length(); XML.ignoreWhitespace = true; n'
]) print(kind(s))
--
3
SyntaxError
SyntaxError
true
TypeError
TypeError
2
TypeError
a
TypeError
0
SyntaxError
SyntaxError
