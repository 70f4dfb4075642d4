# ECMA-357 12.3: the for-each-in statement

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

== 12.3 what is gone through: values of every kind, places that are assigned, labels
function kind(s) { try { var v = eval(s); return typeof v == "xml" ? v.toXMLString() : String(v) } catch (e) { return e.name } }
XML.prettyPrinting = false
for each (var s in [
	'var s = ""; for each (var v in "abc") s += v; s',
	'var s = ""; for each (var v in 5) s += v; s',
	'var s = ""; for each (var v in { a: 1, __proto__: { b: 2 } }) s += v; s',
	'var s = ""; for each (var v in [1, 2, , 3]) s += v; s',
	'var o = {}; for each (o.p in <a>t</a>); o.p',
	'var x = <q/>; for each (x.@r in [5]); x',
	'var s = ""; outer: for each (var v in [1, 2]) { for each (var w in [3, 4]) { if (w == 4) continue outer; s += v * w } } s',
	'var x = <a><b>1</b><b>2</b></a>, s = ""; for each (var v in x.b) { s += v; x.b[1] = 9 } s',
	'var x = <a><b>1</b><b>2</b></a>, s = ""; for each (var v in x.b) { s += v; delete x.b } s',
	'var l = <><a/><b/></>, s = ""; for (var i in l) { s += i; if (l.length() < 5) l[l.length()] = <c/> } s',
	'var x = <a/>, s = ""; for each (var v in x = <a><b/><c/></a>.*) s += v.name(); s'
]) print(kind(s))
--
abc

12
123
<a>t</a>
<q r="5"/>
36
19
12
01
bc
