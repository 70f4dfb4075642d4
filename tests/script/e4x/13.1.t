# ECMA-357 13.1: the global object

== 13.1 isXMLName
print(isXMLName("a"), isXMLName("a-b.c"), isXMLName("1a"), isXMLName("a:b"), isXMLName(""), isXMLName("é"), isXMLName("*"))
--
true true false false false true false

== 13.1.2 isXMLName: the tables of XML 1.0
print([, null, true, 5, "_a", "-a", ".a", "a:", "xml", "a b", "@a"].map(isXMLName).join())
print(["\u00b7", "a\u00b7", "\u0660", "a\u0660", "\u4e00", "\u00d7", "\u0132", "\u0300", "a\u0300", "\ud800\udc00"].map(isXMLName).join())
print(isXMLName(), isXMLName(new QName("a")), isXMLName(new QName("*")), isXMLName(<a>b</a>), isXMLName({ toString() { return "b" } }))
--
,true,true,false,true,false,false,false,true,false,false
false,true,false,true,true,false,false,false,true,false
false true false true true

== 13.1 made and asked in every form
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (isXMLName("a:b")) })
show(function () { return (isXMLName(undefined)) })
show(function () { return (isXMLName(new QName("u","a"))) })
show(function () { return (isXMLName(" a")) })
--
false
false
true
false
