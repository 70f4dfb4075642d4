# ECMA-357 11.2: left-hand side expressions

== 11.2.1 members
var x = <a><b c="1"/></a>
print(x.b.@c, x["b"]["@c"], x.*.@*)
--
1 1 1

== 11.2.2 a method of XML, then one of String on simple content
var port = <port ifName="ethernet5" agent="10.0.0.1"><speed>1000</speed></port>
print(port.@ifName.indexOf("net"), port.@ifName.toUpperCase(), port.speed.substr(1), port.speed.length(), port.@agent.split(".").length)
--
5 ETHERNET5 000 1 4

== 11.2.2 no such method
var x = <a><b/></a>
x.b()
--
error 2:3: TypeError: b is not a method of XML

== 11.2.3 descendants
var x = <a i="1"><b i="2"><c i="3"/></b><c i="4"/></a>
print(x..c.length(), x..@i, x..*.length(), x.b..c.@i, x..nothing.length())
--
2 1234 3 3 0

== 11.2.4 filtering by attribute, element and position in between
var people = <p><m id="1"><age>30</age></m><m id="2"><age>20</age></m><m><age>40</age></m></p>
var id = "2", limit = 25
print(people.m.(@id == id).age, people.m.(@id == 1).age, people.m.(age > limit).length(), people.m.(@id == 9).length())
print(people.m.(hasOwnProperty("@id")).length(), people.m.(age == 20 || age == 40).@id)
--
20 30 2 0
2 2

== 11.2.4 a child hides a variable, a bound name hides a child
var x = <r><e><v>1</v></e><e><w>2</w></e></r>, v = "outer"
print(x.e.(v == "outer").length(), x.e.([1].some(v => v === 1)).length(), x.e.((function (w) { var v = w; return v == 5 })(5)).length())
--
1 2 2

== 11.2.4 filters inside filters
var x = <r><c n="a"><p k="1"/></c><c n="b"><p k="2"/></c></r>
print(x.c.(p.(@k == 2).length() > 0).@n)
--
b

== 11.2.4 in strict code, with this, in a class
class Finder {
	constructor(id) { this.id = id }
	find(x) { "use strict"; return x.e.(@id == this.id) }
}
print(new Finder(2).find(<r><e id="1">a</e><e id="2">b</e></r>))
--
b

== 11.2.4 an unknown name says where
var x = <r><e id="1"/></r>
print(x.e.(@id == unknown))
--
error 2:19: ReferenceError: Can't find variable: unknown

== 11.2.4 what cannot stand in a filter
function* g(x) { return x.(yield 1) }
<a/>
--
error 1:28: SyntaxError: yield cannot stand in a filter .( ... )

== 11.2.4 filtering what is not XML
var a = [1]
a.(x == 1)
--
error 2:1: TypeError: .( ) filters XML, and this is not XML

== 11.2.4 what a predicate can say
var n = new Namespace("u"), who = "2", length = 7
var x = <a xmlns:p="u"><b id="1" p:k="2"><c>x</c></b><b id="2"><c>y</c><c>z</c></b><p:d p:k="3"/></a>
function f(v) { return v * 2 }
print(x.b.(@n::k == 2).@id, x.*.(@*::k.length() > 0).length(), x.b.(*.length() == 2).@id, x.b.(*::c == "x").@id, x.*.(n::d == undefined).length())
print(x.b.(f(@id) == 4).@id, x.b.(c.length() > 1).@id, x.b.(length() == 1).length(), x.b.(attribute("id") == who).@id, x.b.(childIndex() == 1).@id, x.*.(name() == "u::d").length())
print(x.b.(@id > 1).@id, x.b.(@["id"] == 1).@id, x.b.(c.(text() == "z").length()).@id, x.b.(@zzz.length()).length(), x.b.(!(@id == 1)).@id, x.b.(/1/.test(@id)).@id)
print(x.b.(@id == (function () { return who })()).@id, x.b.((v => v == 1)(@id)).@id, x.b.(let (q = @id) q == 2).@id, x.b.(String(@id) in { 2: 1 }).@id)
print(x.(b.length() == 2).name(), x.(b.length() == 3).length(), <></>.(true).length(), x.b.(@id = 9).length(), x.b.@id)
--
1 2 2 1 3
2 2 2 2 2 1
2 1 2 0 2 1
2 1 2 2
a 0 0 2 99

== 11.2.3 descendants in namespaces
var n = new Namespace("u"), x = <a xmlns:p="u"><b p:k="2"><p:c/></b><p:b k="1"/></a>
print(x..n::*.length(), x..@n::k, x..@*::k.length(), x..*::b.length(), x.*::*.length(), x.*.@n::k.length(), x..@*::*.length(), x..n::["c"].length(), x..@n::["k"].length())
--
2 2 2 2 2 1 2 1 1

== 11.2.1 computed names
var x = <a><b id="1"/><b id="2"/></a>, e = "@id"
print(x.b[e].length(), x[<e>b</e>].length(), x[{ toString() { return "b" } }].length(), x.@["zz"].length(), x.b.@["id"][0], x[new QName("b")].length(), x.b.@[new QName("id")].length(), x.b[new QName("*")].length())
--
2 2 2 0 1 2 2 0

== 11.2.2 methods of lists that are their only element's
var x = <a><b><c>t</c></b><d/><d/></a>
function error(f) { try { return f() } catch (e) { return e.name } }
print(x.b.name(), x.b.c.charAt(0), x.b.appendChild(<e/>).e.length(), error(() => x.d.name()), error(() => x.none.name()), error(() => x.d.appendChild(<e/>)), error(() => x.d.setName("q")))
print(error(() => x.none.toUpperCase()) === "", error(() => x.b.toUpperCase()), error(() => x.none()), x.d.hasOwnProperty(1), x.d.hasOwnProperty(2), x.d.propertyIsEnumerable(1), x.d.contains(<d/>), x.d.parent() === x, x.*.c.parent().name())
--
b t 1 TypeError TypeError TypeError TypeError
true TypeError TypeError true false true true true b

== eval'd text belongs to a script with E4X
var x = <a><b/></a>
print(eval("x.b.copy() == x.b"), eval("typeof x"), eval("x.b + x.b").length(), new Function("v", "return typeof v")(x))
--
true xml 2 xml

== the prefix xml
var x = <a xml:lang="en"><b xml:space="preserve"/></a>
print(x.toXMLString(), x.@*.name(), x.namespaceDeclarations().length)
--
<a xml:lang="en">
  <b xml:space="preserve"/>
</a> http://www.w3.org/XML/1998/namespace::lang 0

== 11.2.4 typeof and delete of names in a predicate
var x = <x><a><b/><c/></a><a><c/></a></x>, v = 1
print(x.a.(typeof b == "xml").length(), x.a.(typeof nothing == "undefined").length(), x.a.(typeof v == "number").length())
print(x.a.((function (b) typeof b)(1) == "number").length())
x.a.(delete b, delete nothing)
print(x.toXMLString(), typeof v)
--
1 2 2
2
<x>
  <a>
    <c/>
  </a>
  <a>
    <c/>
  </a>
</x> number

== 11.2 methods of texts on simple content
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var a = [<a/>, <b/>]; return (a.length) })
show(function () { return (<a>yz</a>.charAt(1)) })
show(function () { return (<a>yz</a>.length) })
show(function () { return (<a>yz</a>.length()) })
show(function () { return (<a>1,2</a>.split(",").length) })
show(function () { return (<a b="q"/>.@b.toUpperCase()) })
show(function () { return (<a><b/></a>.toUpperCase()) })
show(function () { return (<a>x</a>.nosuch()) })
show(function () { return (<a>3.14159</a>.toFixed(2)) })
--
2
z

1
2
Q
TypeError
TypeError
TypeError

== 11.2 descendants of every form
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a><b><b><c/></b></b></a>; return (x..b.length()) })
show(function () { var x = <a><b i="1"><b i="2"/></b></a>; return (x..@i.toXMLString()) })
show(function () { var x = <a><b i="1"><b i="2"/></b></a>; return (x..@*.length()) })
show(function () { var x = <a>t<b>u</b></a>; return (x..*.length()) })
show(function () { var x = <a/>; return (x..b.length()) })
show(function () { var x = <a><b/></a>; x..b = 5; return (x) })
show(function () { var x = 5; return (x..b) })
show(function () { var x = <a><b/></a>; return (x.descendants("b").length()) })
show(function () { var x = <a><b c="1"/></a>; return (x.descendants("@c")) })
show(function () { var x = <a xmlns="u"><b/></a>; return (x..b.length()) })
show(function () { var x = <a xmlns="u"><b/></a>; default xml namespace = "u"; return (x..b.length()) })
--
2
1
2
2
3
0
ReferenceError
TypeError
1
1
0
1

== 11.2 predicates
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a><b i="1">x</b><b i="2">y</b></a>; return (x.b.(@i == 2)) })
show(function () { var x = <a><b i="1">x</b><b i="2">y</b></a>; return (x.b.(@i == 2).toXMLString()) })
show(function () { var x = <a><b i="1"/></a>; return (x.(b.@i == 1).name()) })
show(function () { var x = <a><b i="1"/></a>; return (x.(false).length()) })
show(function () { var x = <a><b i="1"/></a>; return (x.b.(true) === x.b[0]) })
show(function () { var x = 5; return (x.(true)) })
show(function () { var o = {}; return (o.(true)) })
show(function () { var x = <a><b>1</b><b>2</b></a>, s = ""; return (x.b.(s += this == undefined) , typeof s) })
show(function () { var x = <a><b>1</b><b>2</b></a>; return (x.b.(parent().name() == "a").length()) })
show(function () { var x = <a><b>1</b><b>2</b></a>; return (x.b.(toString() == "2")) })
show(function () { var x = <a><b>1</b><b>2</b></a>; return (x.b.(valueOf() == 2)) })
show(function () { var x = <a><b>1</b><b>2</b></a>; return (x.b.(text() == 1)) })
show(function () { var x = <a><b>1</b><b>2</b></a>; return (x.b.(localName() == "b").length()) })
show(function () { var x = <a><b n="q">1</b></a>, f = function (v) v == "q"; return (x.b.(f(@n))) })
show(function () { var x = <a><b n="q"><c/></b></a>; return (x.b.(c != undefined).length()) })
show(function () { var x = <a><b n="q"><c/></b></a>; return (x.b.(c.length()).length()) })
show(function () { var x = <a><b/></a>; return (x.b.(@z == undefined).length()) })
show(function () { var x = <a><b>3</b><b>4</b></a>; return (x.b.(Number(valueOf()) > 3).toString()) })
show(function () { var x = <p><e id="1"/></p>; x.e.(@id == 1).@v = 7; return (x) })
--
<b i="2">y</b>
<b i="2">y</b>
a
0
false
TypeError
TypeError
string
2
<b>2</b>
<b>2</b>
<b>1</b>
2
<b n="q">1</b>
1
1
1
4
<p>
  <e id="1" v="7"/>
</p>

== 11.2.4 what is assigned to a name in a filter is the child's where there is one, else the variable's
var x = <r><a i="1"><b>2</b></a><a i="2"/></r>, b = 5, seen = ""
x.a.(b = 7); print(x.a[0].b, b)
x.a.(++b); x.a.(b += "0"); print(x.a[0].b, b)
x.a.(seen += @i, seen++); print(seen)
x.(a.(b = @i)); print(x.a[0].b, b)
x.a.(function () { var b = 1; b++; return b }()); x.a.((b => { b = 1 })(3)); x.a.([b] = [4]); print(x.a[0].b, b)
function f() { let n = 0; x.a.(n++); return n }
print(f(), function () { x.a.(fresh = @i); return fresh }())
const K = 1; x.a.(K = 2); print(K)
--
7 7
80 80
23
1 2
1 4
2 2
1
