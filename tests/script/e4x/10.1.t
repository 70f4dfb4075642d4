# ECMA-357 10.1: ToString

== ToString: simple content is its text, anything else markup
print(<a>one</a>, <a><b>1</b></a>, String(<a/>) === "", <a b="c"/>.@b)
--
one <a>
  <b>1</b>
</a> true c

== numbers come out of text
var x = <a n="6"><b>7</b></a>
print(x.@n * x.b, x.b - 1, +x.@n, x.@n > 5, `${x.b}!`)
--
42 6 6 true 7!

== JSON and await leave XML alone
var x = <a><b>1</b></a>
print(JSON.stringify({ b: x.b, list: x.b }), typeof x.then)
--
{"b":"1","list":"1"} undefined

== 10.1 XML where another type is wanted
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (<a>1</a> - <a>2</a>) })
show(function () { return (<a>1</a> < <a>2</a>) })
show(function () { return (<a>b</a> < "c") })
show(function () { return (<a>3</a> * 2) })
show(function () { return (isNaN(<a>x</a>)) })
show(function () { return (parseInt(<a>12px</a>)) })
show(function () { return ((<a/>) ? 1 : 2) })
show(function () { return ((<></>) ? 1 : 2) })
show(function () { return (<a/>.@none ? 1 : 2) })
show(function () { return (Boolean(<a>false</a>)) })
show(function () { return (<a/> || 5) })
show(function () { return (<a/> && 5) })
show(function () { return (!<a/>) })
show(function () { switchtest = 1; var r; switch (<a>1</a>) { case "1": r = "s"; break; default: r = "d" }; return (r) })
show(function () { var o = {}; o[<a>key</a>] = 1; return (o.key) })
show(function () { var o = { key: 4 }; return (o[<a>key</a>]) })
show(function () { return ([1,2,3][<a>1</a>]) })
show(function () { return ([<b>2</b>, <a>1</a>].sort().join()) })
--
-1
true
true
6
true
12
1
1
1
true
<a/>
5
false
d
1
4
2
1,2

== 10.1 text and markup of values of every kind
function show(f) {
	try { var v = f(); print(typeof v == "xml" ? v.toXMLString() : v) } catch (e) { print(e.name || e) }
	XML.setSettings()
}
show(function () { return (<a> x </a>.toString()) })
show(function () { return (<a><b/>text</a>.toString()) })
show(function () { return (<a><!--c-->t</a>.toString()) })
show(function () { XML.ignoreComments = false; return (<a><!--c-->t</a>.toString()) })
show(function () { XML.ignoreComments = false; return (<a><!--c--></a>.toString()) })
show(function () { return (new XML("<a>&amp;&lt;&gt;&quot;&apos;</a>").toString()) })
show(function () { return (<><a/><b/></>.toString()) })
show(function () { return (<>x<b/>y</>.toString()) })
show(function () { return (<><a>1</a><b>2</b></>.toString()) })
show(function () { return (<>1{2}</>.toString()) })
show(function () { return (<a b="1" c="2"/>.@*.toString()) })
show(function () { return (<a>x<b/>y</a>.text().toString()) })
--
 x 
<a>
  <b/>
  text
</a>
t
t

&<>"'
<a/>
<b/>
x
<b/>
y
<a>1</a>
<b>2</b>
12
12
xy
