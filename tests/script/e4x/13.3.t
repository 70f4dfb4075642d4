# ECMA-357 13.3: QName objects

== 13.3 QName
var q = new QName(new Namespace("p", "http://u"), "a")
print(q, q.localName, q.uri, new QName("b"), new QName("*"), new QName(q).uri, new QName("http://w", q), q instanceof QName)
--
http://u::a a http://u b *::* http://u http://w::a true

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

== 13.3 made and asked in every form
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (Object.prototype.toString.call(new QName)) })
show(function () { return (new QName().localName === "") })
show(function () { return (new QName("a").uri === "") })
show(function () { return (new QName("*").uri === null) })
show(function () { return (new QName("*").toString()) })
show(function () { return (new QName(null, "a").toString()) })
show(function () { return (new QName("u", "a").toString()) })
show(function () { return (new QName("u", null).toString()) })
show(function () { return (new QName(new Namespace("p","u"), "a").uri) })
show(function () { return (new QName("u", new QName("v", "b")).toString()) })
show(function () { var q = new QName("u","a"); return (QName(q) === q) })
show(function () { return (new QName("u","a") == new QName("u","a")) })
show(function () { return (new QName("u","a") == "u::a") })
show(function () { return (new QName("u","a") === new QName("u","a")) })
show(function () { return (typeof new QName("a")) })
show(function () { return (QName("a") instanceof QName) })
show(function () { return (Namespace.length + "," + QName.length + "," + XML.length + "," + XMLList.length) })
show(function () { return (QName.prototype.constructor === QName) })
show(function () { return (QName.prototype.toString.call(<a/>)) })
--
[object QName]
true
true
true
*::*
*::a
u::a
u::null
u
u::b
true
true
true
false
object
true
2,2,1,1
true
TypeError
