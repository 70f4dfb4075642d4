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
