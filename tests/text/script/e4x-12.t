# ECMA-357 clause 12: statements

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

== 12.2 for in
var out = []
for (var i in <><a/><b/></>) out.push(i)
print(out)
--
0,1

== 12.3 for each in: XML, arrays, objects
var out = []
for each (var b in <a><b>1</b><b>2</b></a>.b) out.push(b * 10)
for each (var v in [3, 4]) out.push(v)
for each (v in { k: 5 }) out.push(v)
var named = []; named["x"] = 6
for each (let w in named) out.push(w)
for each (v in null) out.push("never")
print(out)
--
10,20,3,4,5,6

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

== 12.2 for in sees indices, not what a script put on prototypes
XML.prototype.function::mine = 1
Object.prototype.everybodys = 2
var s = [], l = <><a/><b/><c/></>
for (var i in l) { s.push(i); if (i == 0) delete l[2] }
for (i in <a/>) s.push(i)
for (i in { k: 1 }) s.push(i)
delete Object.prototype.everybodys
print(s, [k for (k in <><a/><b/></>)])
--
0,1,0,k,everybodys 0,1
