# limits of XML values, and time that grows with the work

== large elements: += by the thousand, appended, taken out, replaced (each would take minutes in more than quadratic time)
var n = 4000, x = <r/>, y = XML("<r>" + "<a/>".repeat(80000) + "</r>"), z = <r/>
for (var i = 0; i < n; i++) x.a += <a>{i}</a>
for (i = 0; i < 10000; i++) z.appendChild("t")
print(x.a.length(), x.a[n - 1], z.*.length())
y.setChildren(y.a); print(y.a.length())
delete y.a; print(y.*.length())
x.a = <b/>; print(x.*.length())
--
4000 3999 10000
80000
0
1

== += keeps the elements that are there
var x = <r><a/><c/></r>, first = x.a[0]
x.a += <a n="2"/>
print(first.parent() === x, x.toXMLString())
x = <r><a/><c/><a/></r>
x.a += <d/>
print(x.toXMLString())
--
true <r>
  <a/>
  <a n="2"/>
  <c/>
</r>
<r>
  <a/>
  <a/>
  <d/>
  <c/>
</r>

== children named like methods, in a large element
var x = <r/>
for (var i = 0; i < 40; i++) x.appendChild(<a/>)
x.name = "n"; x.length = 4; x.parent.b = 1; x.copy += <q/>
print(x.name, x.length, x.name(), x.length(), x.text == undefined, typeof x.text, x.parent.b, x.q.length())
delete x.name
print(x.name.length(), x.name().localName)
--
n 4 r 1 true xml 1 1
0 r

== depth
print(XML("<a>".repeat(512) + "</a>".repeat(512))..a.length())
try { XML("<a>".repeat(513) + "</a>".repeat(513)) } catch (e) { print(e.name, e.message) }
var x = <a/>, y = x
for (var i = 0; i < 3000; i++) { y.b = <b/>; y = y.b }
try { x.toXMLString() } catch (e) { print(e.name, e.message) }
--
511
SyntaxError XML: line 1: elements are nested too deep
RangeError XML: the text is too long or too deep
