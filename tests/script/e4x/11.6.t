# ECMA-357 11.6: assignment operators

== 11.6.3 += evaluates its object and key once
var n = 0, x = <a><b/></a>
function once() { n++; return x }
once().b += <c/>
print(n, x.*.length())
--
1 2

== 11.6 children and attributes counted up and added to
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a>5</a>; x++; return (x) })
show(function () { var x = <a><b>5</b></a>; x.b++; return (x) })
show(function () { var x = <a b="5"/>; ++x.@b; return (x) })
show(function () { var x = <a b="5"/>; x.@b += 1; return (x) })
show(function () { var x = <a b="5"/>; x.@b -= 1; return (x) })
--
6
<a>
  <b>6</b>
</a>
<a b="6"/>
<a b="51"/>
<a b="4"/>

== 11.6 assignment to children, attributes, items and lists
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a><b/></a>; x.b = <c/>; return (x) })
show(function () { var x = <a><b/><b/></a>; x.b = <c/>; return (x) })
show(function () { var x = <a><b/></a>; x.b = <><c/><d/></>; return (x) })
show(function () { var x = <a><b/></a>; x.* = <c/>; return (x) })
show(function () { var x = <a><b/></a>; x.b += <c/>; return (x) })
show(function () { var x = <a/>; x.b += <c/>; return (x) })
show(function () { var x = <a><b/></a>; x.b[0] += <c/>; return (x) })
show(function () { var x = <a><b>1</b><b>2</b></a>; x.b[1] = 3; return (x.b) })
show(function () { var x = <a><b>1</b></a>; x.b[3] = 3; return (x.b.length()) })
show(function () { var x = <a/>; x.b[0] = 3; return (x) })
show(function () { var x = <a/>; x.b.c = 3; return (x) })
show(function () { var x = <a/>; x.b.@c = 3; return (x) })
show(function () { var x = <a/>; x.@b = <c>5</c>; return (x) })
show(function () { var x = <a b="1"/>; x.@* = 5; return (x) })
show(function () { var x = <a b="1"/>; x.@b = [1,2]; return (x.@b) })
show(function () { var x = <a b="1"><c/></a>; x.c = x.@b; return (x.c) })
show(function () { var x = <a b="1"><c/></a>; x.c = x.@b; return (x.toXMLString()) })
show(function () { var x = <a b="1"/>; x.c = x.@b; return (x.toXMLString()) })
show(function () { var x = <a>t</a>; x.b = 1; return (x) })
show(function () { var x = <a><b>1</b></a>; x.b = null; return (x.b) })
show(function () { var x = <a><b>1</b></a>; x.b = ""; return (x.toXMLString()) })
show(function () { var l = <><a/><b/></>; l[0] = <c/>; return (l) })
show(function () { var l = <><a/><b/></>; l[2] = <c/>; return (l.length()) })
show(function () { var l = <><a/><b/></>; l[0] = "t"; return (l.toXMLString()) })
show(function () { var l = <><a/><b/></>; l += <c/>; return (l.length()) })
show(function () { var l = <><a/></>; l.b = 1; return (l.toXMLString()) })
show(function () { var l = <><a/><b/></>; l.b = 1; return (l) })
show(function () { var l = new XMLList(); l.b = 1; return (l) })
show(function () { var x = <a/>; x[0] = <b/>; return (x) })
show(function () { var x = <a><b/></a>; x[1] = <b/>; return (x) })
show(function () { var x = <a><b/><c/></a>; x.*[0] = <d/>; return (x) })
show(function () { var x = <a><b/><c/></a>; x.*[2] = <d/>; return (x) })
show(function () { var x = <a><b>t</b></a>; x.b.* = 5; return (x) })
show(function () { var x = <a><b>t</b></a>; x.b.*[0] = 5; return (x) })
--
<a>
  <c/>
</a>
<a>
  <c/>
</a>
<a>
  <c/>
  <d/>
</a>
<a>
  <c/>
</a>
<a>
  <b/>
  <c/>
</a>
<a>
  <c/>
</a>
<a>
  <b/>
  <c/>
</a>
<b>1</b>
<b>3</b>
2
<a>
  <b>3</b>
</a>
<a>
  <b>
    <c>3</c>
  </b>
</a>
<a>
  <b c="3"/>
</a>
<a b="5"/>
<a b="1"/>
1,2
<c>1</c>
<a b="1">
  <c>1</c>
</a>
<a b="1">
  <c>1</c>
</a>
<a>
  t
  <b>1</b>
</a>
<b>null</b>
<a>
  <b/>
</a>
<c/>
<b/>
3
<a>t</a>
<b/>
3
<a>
  <b>1</b>
</a>
TypeError
TypeError
TypeError
TypeError
<a>
  <d/>
  <c/>
</a>
<a>
  <b/>
  <c/>
  <d/>
</a>
<a>
  <b>5</b>
</a>
<a>
  <b>5</b>
</a>

== 11.6 every operator of assignment, patterns, loops
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a/>; [x.@b, x.c] = [1, 2]; return (x.toXMLString()) })
show(function () { var x = <a/>; ({p: x.@b, q: x.c}) = {p: 1, q: 2}; return (x.toXMLString()) })
show(function () { var x = <a/>; for each (x.@b in [1, 2]); return (x.toXMLString()) })
show(function () { var x = <a/>; for (x.b in {k: 1}); return (x.toXMLString()) })
show(function () { var x = <a b="1"/>; x.@b++; return (x.toXMLString()) })
show(function () { var x = <a b="1"/>; return (x.@b++) })
show(function () { var x = <a b="1"/>; return (++x.@b) })
show(function () { var x = <a b="3"/>; x.@b *= 2; return (x.@b) })
show(function () { var x = <a b="3"/>; x.@b <<= 2; return (x.@b) })
show(function () { var x = <a b="3"/>; x.@["b"] += 2; return (x.@b) })
show(function () { var n = new Namespace("u"), x = <a/>; x.@n::b = 1; x.@n::b += 1; return (x.@n::b) })
show(function () { var n = new Namespace("u"), x = <a/>; x.n::b = 1; x.n::b++; return (x.n::b.toString()) })
--
<a b="1">
  <c>2</c>
</a>
<a b="1">
  <c>2</c>
</a>
<a b="2"/>
<a>
  <b>k</b>
</a>
<a b="2"/>
1
2
6
12
32
11
2
