# ECMA-357 13.5: XMLList objects

== 13.5 the methods of a list
var l = <r><a n="1">x</a><a n="2">y</a></r>.a
print(l.length(), l.attribute("n"), l.child("b").length(), l.copy().length(), l.parent().name(), l.toXMLString(), l.contains("y"))
try { l.name() } catch (e) { print(e.name) }
--
2 12 0 2 r <a n="1">x</a>
<a n="2">y</a> true
TypeError

== 13.5.4.14 normalize of a list: its own texts, too
var l = <>a</> + <>b</> + <c/> + <>d</>, x = <a/>
x.appendChild("1"); x.appendChild("2")
print(l.length(), l.normalize().length(), l.toXMLString(), x.text().normalize().length(), x.*[0])
--
4 3 ab
<c/>
d 1 12

== 13.5 methods of lists
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (<><a/><b/></>.child(0).length()) })
show(function () { return (<><a><c/></a><b/></>.child(0).length()) })
show(function () { return (<><a/><b/></>.attributes().length()) })
show(function () { return (<><a>1</a></>.toString()) })
show(function () { return (<><a>1</a><b/></>.hasComplexContent()) })
show(function () { return (<><a/></>.hasSimpleContent()) })
show(function () { return (<><a/></>.hasOwnProperty("0")) })
show(function () { return (<><a/></>.hasOwnProperty("1")) })
show(function () { return (<>a<b/></>.text().length()) })
show(function () { return (<><a/><b/></>.copy().length()) })
show(function () { return (<><a/><b/></>.elements().length()) })
show(function () { return (<><a><b/></a></>.elements().length()) })
show(function () { return (<><a/><b/></>.nodeKind()) })
show(function () { return (<><a/></>.nodeKind()) })
show(function () { return (<></>.name()) })
show(function () { return (<></>.toXMLString() === "") })
show(function () { return (<></>.parent() === undefined) })
--
0
1
0
1
true
true
true
false
0
2
0
1
TypeError
element
TypeError
true
true
