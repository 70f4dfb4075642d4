# x.function::name (an extension of the first implementation): the property itself, never a child

== a method as a value
var x = <a><name>in</name></a>
print(typeof x.function::name, x.function::name(), x.function::name === XML.prototype.function::name, x.name)
--
function a true in

== of a value of its own
var x = <a/>
x.function::foo = function () { return "foo of " + this.localName() }
print(x.foo(), x.function::foo(), <b/>.function::foo)
delete x.function::foo
try { x.foo() } catch (e) { print(e.message) }
--
foo of a foo of a undefined
foo is not a method of XML

== of all values
var x = <a><b/></a>
XML.prototype.function::bar = function () { return "bar of " + this.localName() }
print(x.bar(), x.b.bar())
--
bar of a bar of b

== in the place of a method of the language
var x = <a/>
XML.prototype.function::name = function () { return "mine" }
print(x.name(), <><b/></>.name())
--
mine mine

== computed, of other objects, in with, alone
var x = <a><localName>in</localName></a>
print(x.function::["local" + "Name"](), Math.function::max(1, 2))
with (x) { print(function::localName(), localName) }
function f() { return 1 }
print(function::f(), function::["f"](), function::["pr" + "int"] === print)
--
a 2
a in
1 1 true

== lengths
var m = XML.prototype
print(m.function::appendChild.length, m.function::name.length, m.function::insertChildAfter.length, m.function::replace.length, m.function::namespace.length, m.function::toString.length)
print(XML.length, XMLList.length, QName.length, Namespace.length, isXMLName.length)
--
1 0 2 2 1 0
1 1 2 2 1

== evaluated
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (eval("function::eval") === eval) })
show(function () { return (eval("function::['eval']") === eval) })
show(function () { return (eval("function::parseInt('12')")) })
show(function () { return (eval("this.function::parseInt('12')")) })
show(function () { return (eval("var o = {f: function () 5}; o.function::f()")) })
show(function () { return (eval("var o = {f: 1}; o.function::f = 6; o.f")) })
--
true
true
12
12
5
6

== what function:: finds is what a call finds
var x = <a>abc</a>, y = <a><b/></a>, l = <r><a>q</a></r>.a
print(x.function::charAt(1), l.function::toUpperCase(), x.function::charAt === String.prototype.charAt, l.function::name().localName)
print(typeof y.function::charAt, typeof <><a/><b/></>.function::name, typeof <></>.function::trim, typeof x.function::none)
--
b Q true a
undefined undefined function undefined
