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
