# ECMA-357 9.2.1: the internal methods of XMLList

== [[Get]] goes through the elements
var x = <r><a n="1"><b>x</b></a><a n="2"><b>y</b></a></r>
print(x.a.b.length(), x.a.@n, x.a.b[1], x.a[5])
--
2 12 y undefined

== a path is created by writing to it
var x = <a/>
x.b.c.d = 1
x.b.@e = 2
print(x.toXMLString())
--
<a>
  <b e="2">
    <c>
      <d>1</d>
    </c>
  </b>
</a>

== by index: replaces, and appends past the end
var x = <a><b>1</b><b>2</b></a>
x.b[0] = "one"
x.b[2] = "three"
x.b[3] = <b k="4"/>
print(x.toXMLString())
--
<a>
  <b>one</b>
  <b>2</b>
  <b>three</b>
  <b k="4"/>
</a>

== an item becomes a list
var x = <a><b/><c/></a>
x.b[0] = <><d/><e/></>
print(x.toXMLString())
--
<a>
  <d/>
  <e/>
  <c/>
</a>

== += adds behind
var x = <a><b>1</b><c/></a>
x.b += <b>2</b>
print(x.toXMLString())
--
<a>
  <b>1</b>
  <b>2</b>
  <c/>
</a>

== a list of several cannot be written to by name
var x = <a><b/><b/></a>
try { x.b.c = 1 } catch (e) { print(e.name) }
--
TypeError

== [[Delete]] by index and by name
var x = <a><b><q/></b><b/><b n="3"/></a>
delete x.b[1]
delete x.b.q
print(x.toXMLString())
--
<a>
  <b/>
  <b n="3"/>
</a>

== for in gives indices
var out = []
for (var i in <><a/><b/></>) out.push(i)
print(out, Object.keys(<a/>))
--
0,1 0

== 9.2.1.2 past the end: one more, of the list's name, in the base
var x = <a><b/></a>
x.b[1] = 5; x.b[7] = <c/>; x.d[3] = "first"; x.@e[0] = 1; x.@e[1] = 2
print(x.toXMLString())
--
<a e="1">
  <b/>
  <b>5</b>
  <c/>
  <d>first</d>
</a>

== 9.2.1.2 text in lists of anything
var x = <a/>
x.*[0] = "t"; x.*[1] = <b/>; x.*[1] = "u"
print(x.*.length(), x.toXMLString())
--
2 <a>
  t
  <b>u</b>
</a>

== 9.2.1.2 lists without a base
var l = <></>
l[0] = <a/>; l[1] = "t"; l[9] = <b/>; l[0] = <><c/><d/></>;
print(l.length(), l.toXMLString())
try { l.none = 1 } catch (e) { print(e.message) }
--
4 <c/>
<d/>
t
<b/>
a list of 4 elements cannot be assigned to: say which

== 9.2.1.2 an empty list takes an item away
var x = <a><b/><c/></a>, l = x.*
l[0] = <></>
print(l.length(), x.toXMLString())
--
1 <a>
  <c/>
</a>

== 9.2.1.2 nothing is made on a path through a wildcard or an attribute, or of an empty list
var x = <a/>
function error(f) { try { f(); return "none" } catch (e) { return e.name } }
print(error(function () x.*.c = 1), error(function () x.@q.c = 1), error(function () new XMLList().b = 1), x.toXMLString())
--
TypeError TypeError TypeError <a/>

== 9.2.1.3 deleting by index, in the middle of a loop, past the end
var x = <a><b>1</b><b>2</b><b>3</b></a>, l = x.b, seen = []
for each (var b in l) { if (b == 2) delete l[1]; seen.push(b) }
delete l[7]
print(seen, l.length(), x.b.length())
--
1,2,3 2 2

== a descendant or filter is deleted item by item
var x = <a><b i="1"/><b i="2"/><c><b i="3"/></c></a>
delete x..@i; delete x.c..b
print(x.toXMLString())
x.b[1].@k = 1
delete x.b.(@k == 1)
print(x.toXMLString())
--
<a>
  <b/>
  <b/>
  <c/>
</a>
<a>
  <b/>
  <c/>
</a>

== a list keeps what it was got with when the tree changes
var x = <r><a/><b/></r>, l = x.a
x.a = <z/>
print(l.length(), l.toXMLString(), l.parent(), x.a.length())
--
1 <a/> null 0

== += on lists, on attributes, on what is not there
var x = <r b="1"><a/></r>
x.a += <b/>; x.c += <d/>; x.@b += 2; x.@n += 3; x.e += "t"
print(x.toXMLString())
x = <></>; x += <a/>; x += <b/>
print(x.length())
--
<r b="12" n="3">
  <a/>
  <b/>
  <d/>
  <e>t</e>
</r>
2

== 9.2.1.2 odd places: keys that are no indices, items past the end, what a list came from
function kind(s) { try { var v = eval(s); return typeof v == "xml" ? v.toXMLString() : String(v) } catch (e) { return e.name } }
XML.prettyPrinting = false
for each (var s in [
	'var l = <><a/><b/></>; l["01"] = 1',
	'var l = <><a/></>; l[-1] = 1; l',
	'var x = <a><b/></a>; x.b[-1] = 1; x.b[1.5] = 1; x',
	'var x = <a b="1" c="2"/>; x.@*[0] = 3; x',
	'var x = <a b="1"/>; x.@b[1] = 3; x.@d[1] = 4; x',
	'var x = <a><b>1</b><b>2</b></a>; x.b[0] = x.b; x',
	'var x = <a><b>1</b><b>2</b></a>; x.b = x.b[1]; x',
	'var x = <a>t<b/>u</a>; x.*[0] = "q"; x.*[2] = <n/>; x',
	'var x = <a>t<b/></a>; x.elements()[1] = "n"; x.child("b")[2] = <c/>; x',
	'var x = <a><b><c>1</c></b><b/></a>; x..c[0] = 5; x..c[1] = 6; x..c.d = 7; x',
	'var x = <a><b i="1"/><b i="2"/></a>; x.b.(@i == 2)[0] = <q/>; x',
	'var x = <a><b i="1"/></a>; x.b.(@i == 9).c = 7',
	'var x = <a/>; x.b.* = 1; x.c.*[0] = 2; x',
	'var x = <a><b>1</b></a>, l = x.b; x.b = <b>2</b>; l',
	'var x = <a><b>1</b></a>, l = x.b; l[0] = <b>2</b>; l[1] = "q"; x',
	'var x = <a><b>1</b></a>, l = x.b.copy(); l[0] = "q"; x',
	'var x = <a b="1"/>, y = x.@b[0]; delete x.@b; y.parent()'
]) print(kind(s))
--
TypeError
<a/>
<a><b/></a>
<a b="3" c="2"/>
<a b="1" d="4"/>
<a><b>1</b><b>2</b><b>2</b></a>
<a><b>2</b></a>
<a>q<b/><n/></a>
<a>t<b/><c/>n</a>
<a><b><c>5<d>7</d></c></b><b/></a>
<a><b i="1"/><q/></a>
TypeError
<a><b>1</b><c>2</c></a>
<b>1</b>
<a><b>2</b><b>q</b></a>
<a><b>1</b></a>
null
