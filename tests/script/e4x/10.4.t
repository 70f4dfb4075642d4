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
