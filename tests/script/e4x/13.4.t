# ECMA-357 13.4: XML objects

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

== a script's own method
XML.prototype.shout = function () { return String(this).toUpperCase() }
print(<a>hey</a>.shout())
--
HEY

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

== 13.4.4.38 setNamespace of nothing is that of no namespace
var x = <p:a xmlns:p="u"/>
x.setNamespace()
print(x.name(), x.namespace().prefix === "")
--
a true

== 13.4 made and asked in every form
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (XML.prototype.toString.call({})) })
show(function () { return (XML.prototype.name.call("x")) })
--
TypeError
TypeError

== 13.4 methods, one after the other
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { var x = <a/>; return (x.addNamespace("u") === x) })
show(function () { var x = <a/>; x.addNamespace("u"); return (x.namespaceDeclarations().length) })
show(function () { var x = <a/>; x.addNamespace(new Namespace("p", "u")); return (x.toXMLString()) })
show(function () { var x = <a/>; x.addNamespace(new Namespace("p", "u")); x.addNamespace(new Namespace("p", "v")); return (x.toXMLString()) })
show(function () { var x = <a/>; return (x.appendChild(<b/>) === x) })
show(function () { var x = <a/>; x.appendChild("t"); return (x.toXMLString()) })
show(function () { var x = <a><b/></a>; x.appendChild("t"); return (x.toXMLString()) })
show(function () { var x = <a><b/></a>; x.appendChild(5); return (x.*.length()) })
show(function () { var x = <a><b/></a>; x.appendChild(<><c/><d/></>); return (x.*.length()) })
show(function () { var x = <a><b/></a>; x.appendChild(undefined); return (x.*[1]) })
show(function () { var x = <a><b/></a>; x.appendChild(null); return (x.*[1]) })
show(function () { var x = <a><b/></a>; x.appendChild(); return (x.*.length()) })
show(function () { var x = <a><b/></a>; x.appendChild(<c d="1"/>.@d); return (x.toXMLString()) })
show(function () { return (<a b="1"/>.attribute("b")) })
show(function () { return (<a b="1"/>.attribute("*").length()) })
show(function () { return (<a b="1"/>.attribute("c").length()) })
show(function () { return (<a b="1"/>.attributes().length()) })
show(function () { return (<a><b/><c/></a>.child("b").length()) })
show(function () { return (<a><b/><c/></a>.child("*").length()) })
show(function () { return (<a><b/><c/></a>.child(1).name()) })
show(function () { return (<a><b/><c/></a>.child("@b").length()) })
show(function () { return (<a><b/><c/></a>.c.childIndex()) })
show(function () { return (<a b="1"/>.@b.childIndex()) })
show(function () { return (<a/>.childIndex()) })
show(function () { return (typeof <a/>.childIndex()) })
show(function () { return (<a><b/>t</a>.children().length()) })
show(function () { return (<a><b/></a>.contains(<a><b/></a>)) })
show(function () { return (<a>1</a>.contains("1")) })
show(function () { return (<><a/><b/></>.contains(<b/>)) })
show(function () { return (<a><b/></a>.copy() == <a><b/></a>) })
show(function () { return (<a><b/></a>.b[0].copy().parent() === null) })
show(function () { return (<a><b/></a>.parent() === null) })
show(function () { return (typeof <a/>.parent()) })
show(function () { return (<a/>.@b.parent() === undefined) })
show(function () { return (<a b="1"/>.@b.parent().name()) })
show(function () { var x = <a><b/><b/></a>; return (x.b.parent() === x) })
show(function () { return ((<a><b/></a>.b + <c><d/></c>.d).parent() === undefined) })
show(function () { return (<a><b><c/></b></a>.descendants().length()) })
show(function () { return (<a><b><c/></b></a>.descendants("c").length()) })
show(function () { return (<a>t<b>u</b></a>.descendants().length()) })
show(function () { return (<a><b/>t</a>.elements().length()) })
show(function () { return (<a><b/><c/></a>.elements("c").length()) })
show(function () { return (<a xmlns:p="u"><p:b/></a>.elements(new QName("u", "b")).length()) })
show(function () { return (<a/>.inScopeNamespaces().length) })
show(function () { return (<a xmlns:p="u"/>.inScopeNamespaces().length) })
show(function () { return (<a xmlns="u"/>.inScopeNamespaces()[0].prefix === "") })
show(function () { return (<a xmlns:p="u"/>.namespaceDeclarations()[0].prefix) })
show(function () { return (<a xmlns="u"/>.namespaceDeclarations().length) })
show(function () { return (<a xmlns="u"><b/></a>.*[0].namespaceDeclarations().length) })
show(function () { var x = <a><b/></a>; x.insertChildAfter(x.b, <c/>); return (x.toXMLString()) })
show(function () { var x = <a><b/></a>; x.insertChildAfter(null, <c/>); return (x.toXMLString()) })
show(function () { var x = <a><b/></a>; x.insertChildBefore(null, <c/>); return (x.toXMLString()) })
show(function () { var x = <a><b/></a>; x.insertChildBefore(x.b[0], "t"); return (x.toXMLString()) })
show(function () { var x = <a><b/></a>; return (x.insertChildBefore(x.b[0], "t") === x) })
show(function () { var x = <a><b/></a>; return (x.insertChildBefore(<z/>, "t") === undefined) })
show(function () { return (<a/>.length()) })
show(function () { return (<></>.length()) })
show(function () { return (<p:a xmlns:p="u"/>.localName()) })
show(function () { return (typeof <a/>.localName()) })
show(function () { return (<a/>.name() instanceof QName) })
show(function () { return (<a/>.name().uri === "") })
show(function () { return (<p:a xmlns:p="u"/>.name().uri) })
show(function () { return (<p:a xmlns:p="u"/>.namespace().prefix) })
show(function () { return (<p:a xmlns:p="u"/>.namespace("p")) })
show(function () { return (<p:a xmlns:p="u"/>.namespace("q") === undefined) })
show(function () { return (<a/>.namespace().uri === "") })
show(function () { return (<a/>.nodeKind()) })
show(function () { return (<a b="1"/>.@b.nodeKind()) })
show(function () { return (<a b="1"/>.@b.name()) })
show(function () { return (<a b="1"/>.@b.localName()) })
show(function () { return (<a b="1"/>.@b.namespace().uri === "") })
show(function () { var x = <a/>; x.prependChild(<b/>); x.prependChild(<c/>); return (x.toXMLString()) })
show(function () { XML.ignoreProcessingInstructions = false; return (<a><?b c?><?d e?></a>.processingInstructions("d").toXMLString()) })
show(function () { XML.ignoreProcessingInstructions = false; return (<a><?b c?></a>.*[0].toString()) })
show(function () { XML.ignoreProcessingInstructions = false; return (<a><?b?></a>.*[0].toXMLString()) })
show(function () { var x = <a xmlns:p="u"/>; x.removeNamespace("u"); return (x.toXMLString()) })
show(function () { var x = <a xmlns:p="u"/>; return (x.removeNamespace("u") === x) })
show(function () { var x = <p:a xmlns:p="u"/>; x.removeNamespace("u"); return (x.toXMLString()) })
show(function () { var x = <a xmlns:p="u" p:b="1"/>; x.removeNamespace("u"); return (x.toXMLString()) })
show(function () { var x = <a xmlns:p="u"><b xmlns:p="u"/></a>; x.removeNamespace("u"); return (x.toXMLString()) })
show(function () { var x = <a><b/><c/></a>; x.replace("b", <d/>); return (x.toXMLString()) })
show(function () { var x = <a><b/><c/></a>; x.replace(0, <d/>); return (x.toXMLString()) })
show(function () { var x = <a><b/><c/></a>; x.replace("*", "t"); return (x.toXMLString()) })
show(function () { var x = <a><b/><c/></a>; x.replace("z", "t"); return (x.toXMLString()) })
show(function () { var x = <a><b/><c/></a>; x.replace(5, "t"); return (x.toXMLString()) })
show(function () { var x = <a/>; return (x.replace("b", 1) === x) })
show(function () { var x = <a><b/></a>; x.setChildren(<c/>); return (x.toXMLString()) })
show(function () { var x = <a><b/></a>; x.setChildren("t"); return (x.toXMLString()) })
show(function () { var x = <a><b/></a>; return (x.setChildren("t") === x) })
show(function () { var x = <a/>; x.setLocalName("b"); return (x.toXMLString()) })
show(function () { var x = <p:a xmlns:p="u"/>; x.setLocalName("b"); return (x.toXMLString()) })
show(function () { var x = <a/>; x.setLocalName("1"); return (1) })
show(function () { var x = <a/>; x.setName("b"); return (x.toXMLString()) })
show(function () { var x = <a/>; x.setName(new QName("u", "b")); return (x.toXMLString()) })
show(function () { var x = <a/>; x.setName(new QName(new Namespace("p", "u"), "b")); return (x.toXMLString()) })
show(function () { var x = <a b="1"/>; x.@b.setName("c"); return (x.toXMLString()) })
show(function () { var x = <a/>; x.setNamespace("u"); return (x.toXMLString()) })
show(function () { var x = <a/>; x.setNamespace(new Namespace("p", "u")); return (x.toXMLString()) })
show(function () { var x = <a b="1"/>; x.@b.setNamespace(new Namespace("p", "u")); return (x.toXMLString()) })
show(function () { return (<a>t<b/>u</a>.text().length()) })
show(function () { var x = <a><b>1</b><c>2</c></a>; var s = ""; for each (var k in x.*) s += k.name() + k; return (s) })
--
true
0
<a xmlns:p="u"/>
<a xmlns:p="v"/>
true
<a>t</a>
<a>
  <b/>
  t
</a>
2
3
undefined
null
2
<a>
  <b/>
  1
</a>
1
1
0
1
1
2
c
0
1
-1
-1
number
2
true
true
true
true
true
true
object
true
a
true
true
2
1
3
1
1
1
1
1
true
p
1
0
<a>
  <b/>
  <c/>
</a>
<a>
  <c/>
  <b/>
</a>
<a>
  <b/>
  <c/>
</a>
<a>
  t
  <b/>
</a>
true
true
1
0
a
string
true
true
u
p
u
true
true
element
attribute
b
b
true
<a>
  <c/>
  <b/>
</a>
<?d e?>
<?b c?>
<?b?>
<a/>
true
<p:a xmlns:p="u"/>
<a xmlns:p="u" p:b="1"/>
<a>
  <b/>
</a>
<a>
  <d/>
  <c/>
</a>
<a>
  <d/>
  <c/>
</a>
<a>t</a>
<a>
  <b/>
  <c/>
</a>
<a>
  <b/>
  <c/>
  t
</a>
true
<a>
  <c/>
</a>
<a>t</a>
true
<b/>
<p:b xmlns:p="u"/>
TypeError
<b/>
<b xmlns="u"/>
<p:b xmlns:p="u"/>
<a c="1"/>
<a xmlns="u"/>
<p:a xmlns:p="u"/>
<a xmlns:p="u" p:b="1"/>
2
b1c2

== 13.4 settings
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { XML.ignoreWhitespace = false; XML.prettyPrinting = false; var x = <a> <b/> </a>; return (x.toXMLString()) })
show(function () { var o = XML.settings(); return ([o.ignoreComments, o.ignoreProcessingInstructions, o.ignoreWhitespace, o.prettyPrinting, o.prettyIndent].join()) })
show(function () { XML.setSettings({prettyIndent: 1}); return (<a><b/></a>.toXMLString()) })
show(function () { XML.setSettings({prettyIndent: "1", ignoreComments: "x"}); return (XML.prettyIndent + "," + XML.ignoreComments) })
show(function () { XML.prettyPrinting = "no"; return (<a><b/></a>.toXMLString()) })
--
<a> <b/> </a>
true,true,true,true,2
<a>
 <b/>
</a>
2,true
<a>
  <b/>
</a>

== 13.4.4.9, .28, .37 lists of comments, instructions and text grow by text
XML.ignoreComments = XML.ignoreProcessingInstructions = false
var x = <a>t<b>1</b>u</a>, y = <a/>, z = <a><!--c--><?p q?></a>
x.text()[2] = "n"; x.text()[7] = <n/>; y.text()[0] = "first"
z.comments()[1] = "d"; z.processingInstructions()[5] = "e"
print(x.toXMLString(), y.toXMLString(), z.toXMLString())
try { y.comments().b = 1 } catch (e) { print(e.name) }
--
<a>
  t
  <b>1</b>
  u
  n
  <n/>
</a> <a>first</a> <a>
  <!--c-->
  d
  <?p q?>
  e
</a>
TypeError

== 13.4.4.38 of two prefixes for one namespace the one that was set is written
var x = <p:a xmlns:p="u" p:b="1"/>
x.setNamespace(new Namespace("q", "u")); x.@*.setNamespace(new Namespace("r", "u"))
print(x.toXMLString())
--
<q:a xmlns:p="u" xmlns:q="u" xmlns:r="u" r:b="1"/>

== 13.4.4 arguments of every kind
function kind(s) { try { var v = eval(s); return typeof v == "xml" ? v.toXMLString() : String(v) } catch (e) { return e.name } }
XML.prettyPrinting = false
for each (var s in [
	'var x = <a><b/></a>; x.insertChildAfter(null); x',
	'var x = <a><b/></a>; x.insertChildAfter(undefined, 1); x.insertChildAfter(0, 1); x.insertChildAfter("b", 1); x',
	'var x = <a b="1"><b/></a>; x.insertChildAfter(x.@b, 1); x',
	'var x = <a><b/><b/></a>; x.insertChildBefore(x.b, 1); x',
	'var x = <a/>; x.appendChild([1, 2]); x.appendChild({}); x.prependChild(undefined); x',
	'var x = <a/>; x.appendChild(<></>); x.*.length()',
	'var x = <a><b/></a>; x.replace(-1, 1); x.replace(null, 1); x',
	'var x = <a><null/></a>; x.replace(null, "t"); x',
	'var x = <a><b/></a>; x.replace(0, x); x',
	'var x = <a><b/>t<b/></a>; x.replace("b", <><c/><d/></>); x',
	'var x = <a>t</a>; x.text()[0].appendChild("q"); x.text()[0].setName("q"); x.text()[0].setNamespace("q"); x',
	'var x = <a b="1"/>; x.@b.setChildren("2"); x',
	'var x = <a/>; x.setName(); x',
	'var x = <a/>; x.setName(new QName("*"))',
	'var x = <a/>; x.setNamespace(null); x.namespace()',
	'var x = <a><b/></a>; x.b.appendChild(<c/>); x',
	'var x = <a/>; x.b.appendChild(<c/>)',
	'<a>5</a>.toFixed(1)',
	'<a><b/></a>.toUpperCase()',
	'var x = <a/>; x.function::toString = function () "own"; x.toString() + String(x)',
	'XML.prototype.name.call(<><a/></>)',
	'XMLList.prototype.length.call(<a/>)',
	'[].concat(<><a/><b/></>).length'
]) print(kind(s))
--
<a>undefined<b/></a>
<a><b/></a>
<a b="1"><b/></a>
<a><b/><b/></a>
<a>undefined1,2[object Object]</a>
0
<a><b/></a>
<a>t</a>
<a><a><b/></a></a>
<a><c/><d/>t</a>
<a>t</a>
<a b="1"/>
<undefined/>
TypeError
null
<a><b><c/></b></a>
TypeError
TypeError
TypeError
own
a
1
1
