# ECMA-357 12.1: the default xml namespace statement

== 12.1 default xml namespace
default xml namespace = "http://d"
var x = <a><b/></a>
print(x.name(), x.b.length(), x.toXMLString())
--
http://d::a 1 <a xmlns="http://d">
  <b/>
</a>

== 12.1 of a function ends with it
function f() { default xml namespace = "http://f"; return <a/>.name() }
print(f(), <a/>.name())
--
http://f::a a

== with
var x = <a id="9"><b>1</b></a>, outer = "o"
with (x) { print(b, @id, outer, length()); b = 2 }
print(x.b)
--
1 9 o 1
2

== 12.1 belongs to the text, not to the caller
var f = function () <a/>.name(), k = () => <a/>.name()
default xml namespace = "http://d"
function g() { return <a/>.name() }
function h() { "use strict"; default xml namespace = "http://e"; return [g(), f(), k(), (() => <b/>.name())(), (function () { return this === undefined })()] }
print(h().join(" "), <a/>.name())
--
http://d::a http://d::a http://d::a http://e::b true http://d::a

== 12.1 an inner function sees what the outer one has now
function f() { default xml namespace = "q"; var y = function () { return <a/>.name() }; default xml namespace = "r"; return y() }
print(f(), <a/>.name())
--
r::a a

== 12.1 comes back when a function throws
function f() { default xml namespace = "q"; throw 1 }
try { f() } catch (e) { }
print(<a/>.name())
--
a

== 12.1 names of attributes have none, names of elements have it
default xml namespace = "d"
var x = <a b="1"><c/><e xmlns=""/></a>
print(x.@b.name(), x.c.length(), x.e.length(), x.*::e.length(), new QName("z"), XML("<y/>").name(), x.inScopeNamespaces())
x.n = 1; x.setName("m")
default xml namespace = ""
print(x.c.length(), x.toXMLString())
--
b 1 0 1 d::z d::y d
0 <m xmlns="d" b="1">
  <c/>
  <e xmlns=""/>
  <n>1</n>
</m>

== 12.1 a Namespace as its value
default xml namespace = new Namespace("p", "d")
print(<a/>.toXMLString(), <p:a xmlns:p="u"/>.toXMLString())
--
<a xmlns="d"/> <p:a xmlns:p="u" xmlns="d"/>

== 12.1, 12.2 what the body of a loop deletes is not visited, what it adds is not either
var l = <><a/><b/><c/></>, s = []
for each (var v in l) { s.push(v.name()); if (v.name() == "a") delete l[1] }
l = <><a/><b/><c/></>
for (var i in l) { s.push(i); if (i == 0) delete l[2] }
var x = <x><a/><b/></x>
for each (var v in x.*) { s.push(v.name()); x.appendChild(<c/>); delete x.b }
print(s, l.length(), x.*.length())
--
a,c,0,1,a,b 2 3

== 12.1 in text that is evaluated belongs to the function that evaluates it
function other() { return <b/>.name() }
function f() { eval('default xml namespace = "u"'); return [<a/>.name(), (() => <a/>.name())(), other()] }
function g() { "use strict"; default xml namespace = "v"; eval('default xml namespace = "w"'); return (function () <a/>.name())() }
print(f(), g(), <a/>.name())
eval('default xml namespace = "t"')
print(<a/>.name(), other())
--
u::a,u::a,b w::a a
t::a t::b

== 12.1 with statements
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (eval("with (<x><y>5</y></x>) y").toString()) })
show(function () { return (eval("with (<x a='4'/>) @a")) })
show(function () { return (eval("with (<x><y>5</y></x>) { y = 6; y }").toString()) })
show(function () { return (eval("with (<x><y>5</y></x>) { toXMLString() }")) })
show(function () { return (eval("with (<x><y>5</y></x>) { *::y }").toString()) })
show(function () { return (eval("with (<x><y>5</y></x>) { * }").toString()) })
show(function () { var $y; eval("with (<x><y>5</y></x>) { $y = typeof zzz }"); return ($y) })
--
5
4
6
<x>
  <y>5</y>
</x>
5
5
undefined

== 12.1 default namespaces in evaluated text
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (eval("function f() { default xml namespace = 'u'; return <a/> } f().name()")) })
show(function () { return (eval("{ default xml namespace = 'u'; } <a/>.name()")) })
show(function () { return (eval("default xml namespace = 'u'; var f = function () <a/>; f().name()")) })
show(function () { return (eval("default xml namespace = <a>u</a>; <a/>.name()")) })
--
u::a
u::a
u::a
u::a

== 12.1 names in with statements, one in the other
function kind(s) { try { var v = eval(s); return typeof v == "xml" ? v.toXMLString() : String(v) } catch (e) { return e.name } }
XML.prettyPrinting = false
for each (var s in [
	'x = <a><b>1</b></a>, r = 0; with (x) { b += 5; c = 7 } x',
	'c',
	'with (x) { b = <d/>; c = <e/> } x',
	'x = <a><b>1</b></a>; with (x) { with (b) { r = text() } } r',
	'y = { b: 2 }; with (x) with (y) b',
	'with (y) with (x) b',
	'with (x) typeof nope',
	'with (x) { var f = function () b } f()',
	'with (<><a q="1"/><b q="2"/></>) @q',
	'with (x) { appendChild(<c/>); delete b } x',
	'with (<a><name>q</name></a>) [name, name()].join()'
]) print(kind(s))
--
<a><b>15</b></a>
7
<a><d/></a>
1
2
<b>1</b>
undefined
<b>1</b>
12
<a><c/></a>
q,a
