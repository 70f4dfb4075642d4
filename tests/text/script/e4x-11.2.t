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
