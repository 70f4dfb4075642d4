# ECMA-357 13.2: Namespace objects

== 13.2 Namespace
var n = new Namespace("p", "http://u"), d = new Namespace(), m = new Namespace("http://v")
print(n.prefix, n.uri, n, "[" + d.prefix + "|" + d.uri + "]", m.prefix, new Namespace(n).prefix, n instanceof Namespace)
try { new Namespace("p", "") } catch (e) { print(e.name) }
--
p http://u http://u [|] undefined p true
TypeError

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

== 13.2.4, 13.3.4 the prototypes are empty names; names take properties, and keep their own
print(Namespace.prototype.prefix === "", Namespace.prototype.uri === "", QName.prototype.uri === "", QName.prototype.localName === "")
var q = new QName("u", "a"), n = new Namespace("p", "u"), names = []
q.localName = 1; q.more = 2; n.uri = 3; n.prefix = 4; n.more = 5
for (var k in q) names.push(k)
print(q.localName, q.more, n.uri, n.prefix, n.more, names)
--
true true true true
a 2 u p 5 localName,uri,more

== 13.2 made and asked in every form
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (new Namespace("p", "u").prefix) })
show(function () { return (new Namespace("u").prefix === undefined) })
show(function () { return (new Namespace().prefix === "") })
show(function () { return (new Namespace("", "u").prefix === undefined) })
show(function () { return (new Namespace("p", "")) })
show(function () { return (new Namespace("p", undefined).uri) })
show(function () { return (new Namespace(<a>u</a>).uri) })
show(function () { return (typeof new Namespace()) })
show(function () { return (Namespace("u") == "u") })
show(function () { return (Namespace("u") == new Namespace("p", "u")) })
show(function () { return (new Namespace("u") === new Namespace("u")) })
show(function () { var n = new Namespace("p","u"); return (Namespace(n) === n) })
show(function () { var s = []; for (var p in new Namespace("p", "u")) s.push(p); return (s.sort().join()) })
show(function () { return (Object.prototype.toString.call(new Namespace)) })
show(function () { return (Namespace.prototype.constructor === Namespace) })
show(function () { return (Namespace.prototype.toString.call({})) })
--
p
true
true
true
TypeError
undefined
u
object
true
true
false
true
prefix,uri
[object Namespace]
true
TypeError

== 13.2.4, 13.3.4 what names and prototypes are to the language
print([XML, XMLList, QName, Namespace].map(function (c) Object.prototype.toString.call(c.prototype)).join(" "))
print(String(XML).indexOf("function XML("), String(QName).indexOf("function QName("))
var q = new QName("u", "a"), n = new Namespace("p", "u")
print(q.propertyIsEnumerable("uri"), q.propertyIsEnumerable("prefix"), n.propertyIsEnumerable("prefix"), n.propertyIsEnumerable("more"))
--
[object XML] [object XMLList] [object QName] [object Namespace]
0 0
true false true false
