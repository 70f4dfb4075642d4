# ECMA-357 11.3 - 11.6: operators

== 11.3.1 delete
var x = <a b="1"><c/><c/></a>
print(delete x.@b, delete x.c[0], x.toXMLString())
--
true true <a>
  <c/>
</a>

== 11.3.2 typeof
var x = <a b="1"/>
print(typeof x, typeof x.@b, typeof <></>, typeof x.nope, typeof undeclared, typeof 1, typeof print, typeof new QName("a"))
--
xml xml xml xml undefined number function object

== 11.4.1 + of XML is a list, of anything else a string
var x = <a/>, y = <b/>, s = "t"
print((x + y).length(), (x + <>{y}{y}</>).length(), x + s === "t", 1 + x + 1, typeof (x + y))
--
2 3 true 11 xml

== 11.5.1 ==
var x = <a>1</a>
print(x == 1, x == "1", x == <a>1</a>, x == <b>1</b>, x != "2", x === x, <a/> == <a/>, <a b="1"/> == <a b="2"/>)
--
true true true false true true true false

== 11.5.1 of lists
var x = <r><a>1</a></r>
print(x.a == "1", x.none == undefined, x.none == "", <><a/><b/></> == <><a/><b/></>, x.a == <a>1</a>, x.none == null)
--
true true false true true false

== 11.5.1 of names
print(new QName("u", "a") == new QName("u", "a"), new Namespace("p", "u") == new Namespace("q", "u"), new QName("u", "a") == new QName("v", "a"))
--
true true false

== 11.6.3 += evaluates its object and key once
var n = 0, x = <a><b/></a>
function once() { n++; return x }
once().b += <c/>
print(n, x.*.length())
--
1 2

== plain JavaScript is not changed by what stands beside it
<a/>
var o = { a: 1 }, s = "x"
o.a += 2; s += o.a; o["a"] += "y"
print(o.a, s, null == undefined, "1" == 1, [] + {}, 1 + "2", "a" in o, typeof null)
--
3y x3 true true [object Object] 12 true object

== 11.5.1 every kind of value against XML
print(<a>1</a> == true, <a>true</a> == true, <a/> == "", <a/> == null, <a/> == undefined, <a>0</a> == false, [1] == <a>1</a>, new String("t") == <a>t</a>, <a>01</a> == 1)
--
false true true false false false true true false

== 11.5.1 complex content is its markup
var x = <a><b/></a>
print(x == "<a>\n  <b/>\n</a>", x == "x", x == 1, x == <a><b/></a>, x == <a><c/></a>)
--
true false false true false

== 11.5.1 prefixes and the order of attributes do not matter, namespaces do
print(<p:a xmlns:p="u"/> == <q:a xmlns:q="u"/>, <a xmlns:p="u"/> == <a/>, <a xmlns="u"/> == <a/>, <a b="1" c="2"/> == <a c="2" b="1"/>)
--
true true false true

== 11.5.1 text and attributes equal what has simple content
var x = <a b="1">1</a>
print(x.@b == <c>1</c>, x.text() == <b>1</b>, x.@b == x.text(), <a><b/></a> == x.@b)
--
true true true false

== 11.4.1 with null, undefined and empty lists
print(<a/> + null, <a/> + undefined, (<></> + <></>).length(), (<a/> + <></>).length(), typeof (<></> + <></>))
--
null undefined 0 1 xml

== 11.3 unary operators
print(-<a>2</a>, +<a>3</a>, !<a/>, !<></>, void <a/>, typeof <a/>.@none, typeof <a/>.name)
--
-2 3 false false undefined xml xml

== in, instanceof and conversions
print("name" in <a/>, "toString" in <a/>, 0 in <a/>, 1 in <a/>, 1 in <><a/><b/></>, "b" in <><a><b/></a></>, new QName("b") in <a><b/></a>)
print(<a/> instanceof XML, <></> instanceof XML, <></> instanceof XMLList, Boolean(<></>), Number(<a>3</a>), [<a>1</a>, <b>2</b>].join())
--
false false true false true true true
true true true true 3 1,2
