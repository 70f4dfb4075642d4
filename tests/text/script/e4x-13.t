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

== 13.1.2 isXMLName: the tables of XML 1.0
print([, null, true, 5, "_a", "-a", ".a", "a:", "xml", "a b", "@a"].map(isXMLName).join())
print(["\u00b7", "a\u00b7", "\u0660", "a\u0660", "\u4e00", "\u00d7", "\u0132", "\u0300", "a\u0300", "\ud800\udc00"].map(isXMLName).join())
print(isXMLName(), isXMLName(new QName("a")), isXMLName(new QName("*")), isXMLName(<a>b</a>), isXMLName({ toString() { return "b" } }))
--
,true,true,false,true,false,false,false,true,false,false
false,true,false,true,true,false,false,false,true,false
false true false true true

== 13.2.2 Namespace: every form of arguments
function show(n) { return n.prefix + "|" + n.uri }
print(show(new Namespace()), show(new Namespace("")), show(new Namespace("u")), show(new Namespace("", "")), show(new Namespace("", "u")), show(new Namespace(undefined, "u")), show(new Namespace("1", "u")))
print(show(new Namespace(new QName("u", "a"))), show(new Namespace("p", new QName("u", "a"))), show(new Namespace("q", new Namespace("p", "u"))), show(new Namespace(null)), show(new Namespace(null, "u")))
var n = new Namespace("p", "u")
n.prefix = "x"; n.uri = "y"; delete n.uri
var names = []; for (var k in n) names.push(k)
print(Namespace(n) === n, new Namespace(n) === n, show(n), names.sort(), Namespace.prototype.toString() === "")
--
| | undefined|u | undefined|u undefined|u undefined|u
undefined|u p|u q|u undefined|null null|u
true false p|u prefix,uri true

== 13.3.2 QName: every form of arguments
function show(q) { return q.uri + "|" + q.localName }
print(show(new QName()), show(new QName(undefined)), show(new QName(null)), show(new QName("*")), show(new QName(null, "a")), show(new QName(undefined, "a")), show(new QName("", "a")), show(new QName("u", undefined)))
print(new QName(null, "a"), new QName("u", "*"), new QName("", "a"), new QName(new Namespace("p", "u")), new QName(new QName("u", "a"), "b"))
var q = new QName("u", "a"), names = []
q.localName = "z"
for (var k in q) names.push(k)
print(QName(q) === q, new QName(q) === q, q, names.sort(), QName.prototype.toString() === "")
--
| | |null null|* null|a |a |a u|
*::a u::* a u u::b
true false u::a localName,uri true

== 13.4.1 what is no XML
function error(f) { try { return f().toXMLString() } catch (e) { return e.name } }
print(error(() => XML({})), error(() => XML([1])), error(() => XML(function () {})), error(() => XML(new Date(0))), error(() => XML(new String("<a/>"))), error(() => XML(new Number(3))), error(() => XML(<><a/><b/></>)), error(() => XML("<a/><b/>")))
print(error(() => XMLList({})), error(() => XMLList("a<b/>c")), error(() => XML("&lt;")), error(() => XML("&nbsp;")), error(() => XML("<a:b/>")), error(() => XML("<a b='1' b='2'/>")))
--
TypeError TypeError TypeError TypeError <a/> 3 TypeError SyntaxError
TypeError a
<b/>
c &lt; SyntaxError SyntaxError SyntaxError

== 13.4.2, 13.5.2 the prototypes are an empty text and an empty list
print(typeof XML.prototype, XML.prototype == "", XML.prototype.nodeKind(), XML.prototype.hasOwnProperty("toString"), <a/>.hasOwnProperty("toString"))
print(typeof XMLList.prototype, XMLList.prototype.length())
--
xml true text true false
xml 0

== 13.4.3 the settings and their values
XML.prettyIndent = 0
print(<a><b/></a>.toXMLString())
XML.setSettings({ prettyIndent: "5", ignoreComments: 0, prettyPrinting: false })
print(XML.prettyIndent, XML.ignoreComments, XML.prettyPrinting, delete XML.ignoreComments)
XML.setSettings(null)
var s = XML.settings(), all = []
for (var k in s) all.push(k + "=" + s[k])
print(all.sort())
--
<a>
<b/>
</a>
0 true false false
ignoreComments=true,ignoreProcessingInstructions=true,ignoreWhitespace=true,prettyIndent=2,prettyPrinting=true

== 13.4.4.4, .6, .13, .12 names that cannot be
function error(f) { try { return f().length() } catch (e) { return e.name } }
var x = <a k="1"><b/><c/></a>
print([-1, NaN, 1.5, null, undefined, true].map(v => error(() => x.child(v))).join())
print(error(() => x.child()), error(() => x.attribute()), error(() => x.attribute(1)), error(() => x.elements(undefined)), error(() => x.descendants(null)), error(() => x.elements()), error(() => x.descendants()))
print(x.child(0).name(), x.child("1").name(), x.child(2).length(), x.child("*").length(), x.attribute("*"), x.child("@k"), x.elements("@k").length())
--
TypeError,TypeError,TypeError,TypeError,TypeError,TypeError
TypeError TypeError TypeError TypeError TypeError 2 2
b c 0 2 1 1 0

== 13.4.4.15, .16 content
XML.ignoreComments = XML.ignoreProcessingInstructions = false
var all = [<a/>, <a>t</a>, <a><b/></a>, <a><!--c--></a>, <a b="1"/>.@b, <!--c-->, <?p q?>, <></>, <><a/></>, <><a/><b/></>]
print(all.map(x => x.hasSimpleContent()).join())
print(all.map(x => x.hasComplexContent()).join())
--
true,true,false,true,true,false,false,true,true,false
false,false,true,false,false,false,false,false,false,true

== 13.4.4.19, .20 insertion beside
var x = <a><b/><c/></a>
print(x.insertChildAfter(undefined, <n/>), x.insertChildAfter(<b/>, <n/>), x.insertChildBefore("b", <n/>), x.text().insertChildAfter)
x.insertChildAfter(x.b[0], <><n/><m/></>); x.insertChildBefore(null, "end"); x.insertChildAfter(null, <first/>)
print(x.toXMLString())
--
undefined undefined undefined 
<a>
  <first/>
  <b/>
  <n/>
  <m/>
  <c/>
  end
</a>

== 13.4.4.32, .33 replace and setChildren put copies in, the others the node itself
var x = <a><b/></a>, y = <c/>
x.replace(0, y); print(y.parent())
x.replace("c", y); print(y.parent())
x.setChildren(y); print(y.parent())
x.appendChild(y); print(y.parent() === x)
var z = <d/>; x.prependChild(z); print(z.parent() === x, x.*.length())
--
null
null
null
true
true 3

== 13.4.4.32 by index, past the end, by attribute, by nothing
var x = <a k="1"><b/><c/></a>
x.replace("1", "t"); x.replace(9, <d/>); x.replace("@k", "no"); x.replace("none", "no"); x.replace()
print(x.toXMLString())
x.replace("*", <><e/><f/></>); x.replace(new QName("e"), null)
print(x.toXMLString())
--
<a k="1">
  <b/>
  t
  <d/>
</a>
<a k="1">
  null
  <f/>
</a>

== 13.4.4.35 - .37 names that are set
var x = <p:a xmlns:p="v" b="1"/>
x.setName(new QName("u", "n")); x.@b.setName(new QName("c"))
print(x.toXMLString())
x.setNamespace(new Namespace("q", "w")); x.setLocalName(new QName("u", "k")); x.@c.setNamespace(new Namespace("q", "w"))
print(x.toXMLString())
function error(f) { try { f(); return "none" } catch (e) { return e.name } }
print(error(() => x.setName("b:c")), error(() => x.setLocalName("*")), error(() => x.setName("")))
--
<n xmlns:p="v" xmlns="u" c="1"/>
<q:k xmlns:p="v" xmlns:q="w" q:c="1"/>
TypeError TypeError TypeError

== 13.4.4.2, .31 adding and removing namespaces
var x = <a xmlns:p="v"><b xmlns:p="v"/><p:c/></a>
x.addNamespace("u"); x.addNamespace(new Namespace("", "w"))
x.removeNamespace(new Namespace("q", "v")); print(x.namespaceDeclarations())
x.removeNamespace("v")
print(x.toXMLString())
var y = <p:a xmlns:p="v"/>
print(y.removeNamespace("v") === y, y.namespace("p"), y.namespace("none"), y.namespace("") == "")
--
v
<a>
  <b/>
  <p:c xmlns:p="v"/>
</a>
true v undefined true

== 13.4.4.17, .23 what is in scope
var x = <a xmlns="d" xmlns:p="u"><b xmlns:q="v" xmlns:p="w"/></a>
default xml namespace = "d"
print(x.b.inScopeNamespaces().map(n => n.prefix + "=" + n.uri).sort(), x.b.namespaceDeclarations().map(n => n.prefix + "=" + n.uri).sort())
print(x.b.toXMLString())
--
=d,p=w,q=v p=w,q=v
<b xmlns:q="v" xmlns:p="w" xmlns="d"/>

== 13.5.4.14 normalize of a list: its own texts, too
var l = <>a</> + <>b</> + <c/> + <>d</>, x = <a/>
x.appendChild("1"); x.appendChild("2")
print(l.length(), l.normalize().length(), l.toXMLString(), x.text().normalize().length(), x.*[0])
--
4 3 ab
<c/>
d 1 12

== 13.2.4, 13.3.4 the prototypes are empty names; names take properties, and keep their own
print(Namespace.prototype.prefix === "", Namespace.prototype.uri === "", QName.prototype.uri === "", QName.prototype.localName === "")
var q = new QName("u", "a"), n = new Namespace("p", "u"), names = []
q.localName = 1; q.more = 2; n.uri = 3; n.prefix = 4; n.more = 5
for (var k in q) names.push(k)
print(q.localName, q.more, n.uri, n.prefix, n.more, names)
--
true true true true
a 2 u p 5 localName,uri,more

== 13.4.4.38 setNamespace of nothing is that of no namespace
var x = <p:a xmlns:p="u"/>
x.setNamespace()
print(x.name(), x.namespace().prefix === "")
--
a true
