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
error 2:5: Error: cyclic XML value

== 9.1.1.1 keys that are numbers, look like numbers, or are no names
var x = <a><b>1</b><b>2</b></a>
print(x["0"] === x, x[1], x["01"].length(), x[-1].length(), x[1.5].length(), x[""].length(), x["a b"].length(), x["@"].length())
print(x.b[1], x.b["1"], x.b["01"].length(), x.b[2], x.b[-1].length(), x.b[4294967294])
--
true undefined 0 0 0 0 0 0
2 2 0 undefined 0 undefined

== 9.1.1.2 what is assigned to an element
function put(v) { var x = <a><b k="1">0</b></a>; x.b = v; return x.b.toXMLString() }
print(put("s"), put(5), put(null), put(undefined), put(""), put([1, 2]), put(<c/>), put(<c>t</c>.text()), put(<c i="7"/>.@i))
--
<b k="1">s</b> <b k="1">5</b> <b k="1">null</b> <b k="1">undefined</b> <b k="1"/> <b k="1">1,2</b>   <b k="1">7</b>

== 9.1.1.2 names that are none are not assigned
var x = <a/>
x["b c"] = x["1b"] = x["b:c"] = x["@c d"] = x["@*"] = 1
print(x.toXMLString())
--
<a/>

== 9.1.1.2 an attribute set from XML is its text
var x = <a/>
x.@b = <><c>1</c>2<d/></>; x.@e = <f><g/></f>; x.@h = null
print(x.toXMLString())
--
<a b="1 2 " e="&lt;f>&#xA;  &lt;g/>&#xA;&lt;/f>" h="null"/>

== 9.1.1.2 text, comments and processing instructions take no children
XML.ignoreComments = false
var x = <a>t<!--c--></a>
x.text()[0].b = 1; x.comments()[0].b = 1
print(x.toXMLString())
--
<a>
  t
  <!--c-->
</a>

== 9.1.1.12 no element comes to stand in itself
function error(f) { try { f(); return "none" } catch (e) { return e.name } }
var x = <r><a/></r>
print(error(() => x.appendChild(x)), error(() => x.prependChild(x)), error(() => { x.a[0] = x }), error(() => x.a[0].insertChildAfter(null, x)))
x.a = x; x.replace(0, x); x.setChildren(x)
print(x.toXMLString())
--
Error Error Error Error
<r>
  <r>
    <r>
      <r>
        <a/>
      </r>
    </r>
  </r>
</r>

== 9.1.1.13 a prefix that gets another meaning is taken from the names that had it
var x = <p:a xmlns:p="v" p:b="1"/>
x.addNamespace(new Namespace("p", "u"))
print(x.name(), x.namespace().prefix, x.namespace("p"), x.@*.name(), x.@*.namespace().prefix)
--
v::a undefined u v::b undefined

== values of the type XML and what they are to the language
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (XML.prototype.constructor === XML) })
show(function () { return (XMLList.prototype.constructor === XMLList) })
show(function () { return (typeof XML) })
show(function () { return (typeof XML.prototype) })
show(function () { return (Object.prototype.toString.call(<a/>)) })
show(function () { return (Object.prototype.toString.call(<></>)) })
show(function () { return (<a/>.constructor === undefined) })
show(function () { return (<a/>.constructor.length()) })
show(function () { return (typeof (<a/>.@b)) })
show(function () { return ([typeof <!-- c -->, typeof <?a b?>, typeof <![CDATA[x]]>].join()) })
--
true
true
function
xml
[object XML]
[object XMLList]
false
0
xml
xml,xml,xml

== what XML shows of itself as an object
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a/>; x.toString = 5; return (x) })
show(function () { var s = ""; for (var p in <a><b/><c/></a>.*) s += p; return (s) })
show(function () { var s = ""; for (var p in <a b="1"/>) s += p; return (s) })
show(function () { var s = ""; for each (var p in <a b="1"/>) s += p.@b; return (s) })
show(function () { var s = ""; for each (var p in <a b="1" c="2"/>.@*) s += p; return (s) })
show(function () { return (0 in <a/>) })
show(function () { return ("b" in <a><b/></a>) })
show(function () { return ("@b" in <a b="1"/>) })
show(function () { return ("c" in <a><b/></a>) })
show(function () { return (<a><b/></a>.hasOwnProperty("b")) })
show(function () { return (<a b="1"/>.hasOwnProperty("@b")) })
show(function () { return (<a/>.hasOwnProperty("name")) })
show(function () { return (XML.prototype.hasOwnProperty("name")) })
show(function () { return (<a/>.propertyIsEnumerable("0")) })
show(function () { return (<a/>.propertyIsEnumerable("b")) })
show(function () { return (<a/> instanceof Object) })
show(function () { return (<a/>.valueOf() == <a/>) })
show(function () { var x = <a/>; return (x.valueOf() === x) })
--
<a>
  <toString>5</toString>
</a>
01
0
1
12
true
true
true
false
true
true
false
true
true
false
true
true
true
