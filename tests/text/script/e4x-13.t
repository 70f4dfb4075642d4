# ECMA-357 clause 13: native objects

== 13.1 isXMLName
print(isXMLName("a"), isXMLName("a-b.c"), isXMLName("1a"), isXMLName("a:b"), isXMLName(""), isXMLName("é"), isXMLName("*"))
--
true true false false false true false

== 13.2 Namespace
var n = new Namespace("p", "http://u"), d = new Namespace(), m = new Namespace("http://v")
print(n.prefix, n.uri, n, "[" + d.prefix + "|" + d.uri + "]", m.prefix, new Namespace(n).prefix, n instanceof Namespace)
try { new Namespace("p", "") } catch (e) { print(e.name) }
--
p http://u http://u [|] undefined p true
TypeError

== 13.3 QName
var q = new QName(new Namespace("p", "http://u"), "a")
print(q, q.localName, q.uri, new QName("b"), new QName("*"), new QName(q).uri, new QName("http://w", q), q instanceof QName)
--
http://u::a a http://u b *::* http://u http://w::a true

== 13.4.1 XML called and constructed
var x = <a/>
print(XML(x) === x, new XML(x) === x, XML() == "", XML("<b/>").name(), x instanceof XML, <></> instanceof XMLList)
--
true false true b true true

== 13.4.3 settings
var d = XML.defaultSettings()
XML.setSettings({ prettyPrinting: false, ignoreComments: false })
print(XML.prettyPrinting, XML.ignoreComments, XML.settings().prettyIndent, d.prettyPrinting)
XML.setSettings()
print(XML.prettyPrinting, XML.ignoreComments)
--
false false 2 true
true true

== 13.4.4 children and their places
var x = <a><b/><c/>t</a>
x.appendChild(<d/>); x.prependChild(<z/>)
x.insertChildAfter(x.b[0], <b2/>); x.insertChildBefore(x.c[0], "txt")
print(x.children().length(), x.c.childIndex(), x.child("b").length(), x.child(0).name(), x.elements().length(), x.text().length())
print(x.toXMLString())
--
7 4 1 z 5 2
<a>
  <z/>
  <b/>
  <b2/>
  txt
  <c/>
  t
  <d/>
</a>

== 13.4.4 replace and setChildren
var x = <a><b/><c/><b/></a>
x.replace("b", <n/>)
print(x.*.length(), x.n.length())
x.replace(1, "text")
x.setChildren(<><p/><q/></>)
print(x.toXMLString())
--
2 1
<a>
  <p/>
  <q/>
</a>

== 13.4.4 attributes and names
var x = <a i="1" j="2"/>
print(x.attribute("i"), x.attributes().length(), x.name(), x.localName(), x.@i.name(), x.nodeKind(), x.@i.nodeKind())
x.setName("n"); x.@i.setLocalName("k")
print(x.toXMLString())
try { x.setName("1") } catch (e) { print(e.name) }
--
1 2 a a i element attribute
<n k="1" j="2"/>
TypeError

== 13.4.4 namespaces
var x = <p:a xmlns:p="http://p"><b/></p:a>
print(x.namespace(), x.namespace().prefix, x.namespace("p"), x.namespaceDeclarations().length, x.b.inScopeNamespaces().length, x.b.namespaceDeclarations().length)
x.addNamespace(new Namespace("q", "http://q"))
x.b.setNamespace(new Namespace("q", "http://q"))
print(x.toXMLString())
x.removeNamespace("http://none")
print(x.b.name === undefined, x.*.name())
--
http://p p http://p 1 1 0
<p:a xmlns:p="http://p" xmlns:q="http://q">
  <q:b/>
</p:a>
false http://q::b

== 13.4.4 copy, contains, parent
var x = <a><b>1</b></a>, y = x.copy(), b = x.b[0].copy()
y.b = 2
print(x.b, y.b, b.parent(), x.b.parent().name(), x.contains(<a><b>1</b></a>), x.b.contains("1"))
--
1 2 null a true true

== 13.4.4 content
print(<a>t</a>.hasSimpleContent(), <a><b/></a>.hasSimpleContent(), <a><b/></a>.hasComplexContent(), <a/>.hasComplexContent(), <></>.hasSimpleContent())
--
true false true false true

== 13.4.4 comments, processing instructions, normalize
XML.setSettings({ ignoreComments: false, ignoreProcessingInstructions: false })
var x = <a><!--c--><?p one?><?q two?>t</a>
print(x.comments().length(), x.processingInstructions().length(), x.processingInstructions("q"))
var y = <a/>; y.appendChild("x"); y.appendChild("y")
print(y.*.length(), y.normalize().*.length(), y)
--
1 2 <?q two?>
2 1 xy

== 13.5 the methods of a list
var l = <r><a n="1">x</a><a n="2">y</a></r>.a
print(l.length(), l.attribute("n"), l.child("b").length(), l.copy().length(), l.parent().name(), l.toXMLString(), l.contains("y"))
try { l.name() } catch (e) { print(e.name) }
--
2 12 0 2 r <a n="1">x</a>
<a n="2">y</a> true
TypeError

== a script's own method
XML.prototype.shout = function () { return String(this).toUpperCase() }
print(<a>hey</a>.shout())
--
HEY
