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
