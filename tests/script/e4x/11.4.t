# ECMA-357 11.4: additive operators

== 11.4.1 + of XML is a list, of anything else a string
var x = <a/>, y = <b/>, s = "t"
print((x + y).length(), (x + <>{y}{y}</>).length(), x + s === "t", 1 + x + 1, typeof (x + y))
--
2 3 true 11 xml

== plain JavaScript is not changed by what stands beside it
<a/>
var o = { a: 1 }, s = "x"
o.a += 2; s += o.a; o["a"] += "y"
print(o.a, s, null == undefined, "1" == 1, [] + {}, 1 + "2", "a" in o, typeof null)
--
3y x3 true true [object Object] 12 true object

== 11.4.1 with null, undefined and empty lists
print(<a/> + null, <a/> + undefined, (<></> + <></>).length(), (<a/> + <></>).length(), typeof (<></> + <></>))
--
null undefined 0 1 xml

== 11.4 sums with XML
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (<a>1</a> + <a>2</a>) })
show(function () { return ("x" + <a>y</a>) })
show(function () { return (<a>y</a> + "x") })
--
<a>1</a>
<a>2</a>
xy
yx
