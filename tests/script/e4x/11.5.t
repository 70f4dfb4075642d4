# ECMA-357 11.5: equality operators

== 11.5.1 ==
var x = <a>1</a>
print(x == 1, x == "1", x == <a>1</a>, x == <b>1</b>, x != "2", x === x, <a/> == <a/>, <a b="1"/> == <a b="2"/>)
--
true true true false true true true false

== 11.5.1 of lists
var x = <r><a>1</a></r>
print(x.a == "1", x.none == undefined, x.none == "", <><a/><b/></> == <><a/><b/></>, x.a == <a>1</a>, x.none == null)
--
true true false true true false

== 11.5.1 of names
print(new QName("u", "a") == new QName("u", "a"), new Namespace("p", "u") == new Namespace("q", "u"), new QName("u", "a") == new QName("v", "a"))
--
true true false

== 11.5.1 every kind of value against XML
print(<a>1</a> == true, <a>true</a> == true, <a/> == "", <a/> == null, <a/> == undefined, <a>0</a> == false, [1] == <a>1</a>, new String("t") == <a>t</a>, <a>01</a> == 1)
--
false true true false false false true true false

== 11.5.1 complex content is its markup
var x = <a><b/></a>
print(x == "<a>\n  <b/>\n</a>", x == "x", x == 1, x == <a><b/></a>, x == <a><c/></a>)
--
true false false true false

== 11.5.1 prefixes and the order of attributes do not matter, namespaces do
print(<p:a xmlns:p="u"/> == <q:a xmlns:q="u"/>, <a xmlns:p="u"/> == <a/>, <a xmlns="u"/> == <a/>, <a b="1" c="2"/> == <a c="2" b="1"/>)
--
true true false true

== 11.5.1 text and attributes equal what has simple content
var x = <a b="1">1</a>
print(x.@b == <c>1</c>, x.text() == <b>1</b>, x.@b == x.text(), <a><b/></a> == x.@b)
--
true true true false

== 11.5 the same value and equal values
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a><b/></a>; return (x.b[0] === x.b[0]) })
show(function () { var x = <a><b/></a>; return (x.b === x.b) })
show(function () { var x = <a><b/></a>; return (x.b == x.b) })
show(function () { return (<a/> === <a/>) })
--
true
false
true
false
