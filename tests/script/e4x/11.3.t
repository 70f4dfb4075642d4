# ECMA-357 11.3: unary operators

== 11.3.1 delete
var x = <a b="1"><c/><c/></a>
print(delete x.@b, delete x.c[0], x.toXMLString())
--
true true <a>
  <c/>
</a>

== 11.3.2 typeof
var x = <a b="1"/>
print(typeof x, typeof x.@b, typeof <></>, typeof x.nope, typeof undeclared, typeof 1, typeof print, typeof new QName("a"))
--
xml xml xml xml undefined number function object

== 11.3 unary operators
print(-<a>2</a>, +<a>3</a>, !<a/>, !<></>, void <a/>, typeof <a/>.@none, typeof <a/>.name)
--
-2 3 false false undefined xml xml

== in, instanceof and conversions
print("name" in <a/>, "toString" in <a/>, 0 in <a/>, 1 in <a/>, 1 in <><a/><b/></>, "b" in <><a><b/></a></>, new QName("b") in <a><b/></a>)
print(<a/> instanceof XML, <></> instanceof XML, <></> instanceof XMLList, Boolean(<></>), Number(<a>3</a>), [<a>1</a>, <b>2</b>].join())
--
false false true false true true true
true true true true 3 1,2

== 11.3 delete of every form
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a b="1"/>; delete x.@b; return (x) })
show(function () { var x = <a b="1" c="2"/>; delete x.@*; return (x) })
show(function () { var x = <a><b/><b/></a>; delete x.b[0]; return (x) })
show(function () { var x = <a><b/><b/></a>; delete x.b; return (x) })
show(function () { var x = <a><b/><c/></a>; delete x.*; return (x) })
show(function () { var x = <a><b/></a>; return (delete x.c) })
show(function () { var x = <a><b/></a>; delete x[0]; return (1) })
show(function () { var l = <><a/><b/></>; delete l[0]; return (l) })
show(function () { var l = <><a/><b/></>; delete l[5]; return (l.length()) })
show(function () { var x = <a><b><c/></b><b><c/></b></a>; delete x.b.c; return (x) })
show(function () { var x = <a><b c="1"/><b c="2"/></a>; delete x.b.@c; return (x) })
show(function () { var x = <a xmlns:p="u"><p:b/></a>, p = new Namespace("u"); delete x.p::b; return (x) })
show(function () { var x = <a/>; return (delete x.function::name) })
--
<a/>
<a/>
<a>
  <b/>
</a>
<a/>
<a/>
true
TypeError
<b/>
2
<a>
  <b/>
  <b/>
</a>
<a>
  <b/>
  <b/>
</a>
<a xmlns:p="u"/>
true
