# ECMA-357 9.1.1: the internal methods of XML

== [[Get]]: children, attributes, everything
var x = <a id="7" t="u"><b>1</b><c>2</c><b>3</b>text</a>
print(x.b.length(), x.b[1], x.c, x.@id, x.@*.length(), x.*.length(), x.nothing.length(), x[0] === x, x[1])
--
2 3 2 7 2 4 0 true undefined

== one value for one node
var x = <a><b/></a>
print(x.b[0] === x.b[0], x.b[0] === x.*[0], x.b[0].parent() === x)
--
true true true

== [[Put]] of a value: makes, replaces, drops further ones
var x = <a><b>1</b><b>2</b></a>
x.b = "new"; x.c = 5; x.@id = true
print(x.toXMLString())
--
<a id="true">
  <b>new</b>
  <c>5</c>
</a>

== [[Put]] of XML copies it
var b = <b><n/></b>, x = <a/>
x.b = b
b.n = "later"
print(x.toXMLString())
print(x.b[0] === b)
--
<a>
  <b>
    <n/>
  </b>
</a>
false

== [[Put]] of a list
var x = <a><b/><c/></a>
x.b = <><d/><e/></>
print(x.*.length(), x.toXMLString())
--
3 <a>
  <d/>
  <e/>
  <c/>
</a>

== an attribute from a list is its values with spaces
var x = <a/>
x.@n = <><b>1</b><b>2</b></>
print(x.toXMLString())
--
<a n="1 2"/>

== assignment to * replaces the inside
var x = <a><b/><c/>t</a>
x.* = "only"
print(x.toXMLString())
--
<a>only</a>

== an index of an XML value cannot be assigned or deleted
var x = <a/>
try { x[0] = <b/> } catch (e) { print(e.name) }
try { delete x[0] } catch (e) { print(e.name) }
--
TypeError
TypeError

== [[Delete]]
var x = <a id="1" k="2"><b/><c/><b/></a>
delete x.@id; delete x.b
print(x.toXMLString())
delete x.*; delete x.@*
print(x.toXMLString())
--
<a k="2">
  <c/>
</a>
<a/>

== [[HasProperty]]
var x = <a id="1"><b/></a>
print("b" in x, "@id" in x, "q" in x, "@q" in x, 0 in x, 1 in x, x.hasOwnProperty("b"))
--
true true false false true false true

== the name of a method is a child, too
var x = <a><length>3</length><name/></a>
print(x.length, x.length(), x.name(), x.name.length())
--
3 1 a 1

== an XML value put inside itself
var x = <a><b/></a>
x.b.appendChild(x)
--
error 2:5: Error: an XML element cannot be put inside itself
