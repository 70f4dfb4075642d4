# What JavaScript 1.6 - 1.8 scripts use besides E4X

== conditional catch clauses
function kind(v) {
	try { throw v } catch (e if e === 1) { return "one" } catch (e if typeof e == "string") { return "text" } catch (e) { return "other" } finally { print("done") }
}
print(kind(1), kind("a"), kind(null))
--
done
done
done
one text other

== conditional catch without a last clause passes the rest on
try { try { throw 5 } catch (e if e === 1) { print("one") } } catch (e) { print("passed", e) }
--
passed 5

== expression closures
function square(x) x * x;
var add = function (a, b) a + b
print(square(4), add(1, 2), [1, 2, 3].filter(function (x) x > 1))
--
16 3 2,3

== eval and Function see E4X
var x = <a id="1"/>
print(eval("x.@id"), new Function("y", "return y.@id")(x), eval("<b>{1}</b>").name())
--
1 1 b

== for each with other names about
var each = 1, xml = 2, namespace = 3
for each (var v in [each, xml, namespace]) print(v)
--
1
2
3

== code without E4X passes as it is
var f = function (a) { return typeof a == "undefined" }
print(f.toString())
--
function (a) { return typeof a == "undefined" }

== array and string generics
print(Array.map([1, 2], function (x) x * 2), Array.indexOf("abc", "c"), (function () Array.slice(arguments, 1))(1, 2, 3))
print(String.toUpperCase("abc"), String.replace(5, 5, 6), Object.keys(Array).length, Array.from("ab"))
--
2,4 2 2,3
ABC 6 0 a,b

== let blocks and let expressions
let (x = 1, [y] = [2]) { print(x + y) }
var z = let (x = 5) x + 1, w = [let (a = 2) a * a]
let (q = <a/>) print(q.name())
let () { print(z, w, typeof x) }
--
3
a
6 4 undefined

== a function's text is the author's
function f(a, b) { return a.@id + b }  // not this
var g = x => <a>{x}</a>, o = { m(x) { return x..b } }
print(f)
print(g.toString(), [g].map(h => String(h)), o.m)
print(function () <b/>)
--
function f(a, b) { return a.@id + b }
x => <a>{x}</a> x => <a>{x}</a> m(x) { return x..b }
function () <b/>

== for each with patterns
for each (var [k, v] in [[1, 2], [3, 4]]) print(k, v)
for each (let { a, b: [c] } in [{ a: 1, b: [2] }]) print(a, c)
--
1 2
3 4
1 2

== getters, XML without arguments, replace with XML
var o = { get a() 5 }
o.__defineGetter__("x", function () 7)
print(o.a, o.x, typeof new XML, new XML == "", XML() == "", "abc".replace("b", <a>x</a>), "aa".replace(/a/g, c => c + c))
--
5 7 xml true true axc aaaa

== generators without a star: next, send, close, StopIteration
function count(n) { var i = 0; while (i < n) { var got = yield i++; if (got) i = got } }
var g = count(10)
print(g.next(), g.next(), g.send(7), g.next(), g)
g.close()
try { g.next() } catch (e if e instanceof StopIteration) { print("over", e, e === StopIteration) }
try { count(1).send(1) } catch (e) { print(e.name) }
function twice(a) { var a = a || 1; try { yield a; yield arguments.length + this.k } catch (e) { yield "caught " + e } finally { print("end") } }
var t = twice.call({ k: 3 }, 5, 6)
print(t.next(), t.next())
t.close()
var c = twice(1); c.next()
print(c.throw("it"))
var method = { f(n) { yield n }, get h() { yield 9 }, k: function (n) yield n * 2 }
print(method.f(1).next(), method.h.next(), method.k(4).next(), twice.length)
--
0 1 7 8 [object Generator]
over [object StopIteration] true
TypeError
5 5
end
caught it
1 9 8 0

== generators without a star in loops of all kinds
function fib() { var i = 0, j = 1; while (true) { yield i; [i, j] = [j, i + j] } }
var s = []
for (var v in fib()) { if (v > 20) break; s.push(v) }
for each (var v in fib()) { if (v > 3) break; s.push(v) }
for (var v of fib()) { if (v > 3) break; s.push(v) }
print(s, [...(function () { yield 1; yield <a/> })()].length)
function* today() { yield 1; yield 2 }
print([x for (x of today())], today().next().value)
var yield_ = { yield: 1 }; print(yield_.yield);
(function () { var yield = 3; print(yield + 1, yield) })()
--
0,1,1,2,3,5,8,13,0,1,1,2,3,0,1,1,2,3 2
1,2 1
1
4 3

== __iterator__ and Iterator
function Range(a, b) { this.a = a; this.b = b }
Range.prototype.__iterator__ = function (keys) { for (var i = this.a; i < this.b; i++) yield keys ? "k" + i : i }
print([i for (i in new Range(1, 4))], [i for each (i in new Range(1, 4))])
for (var i in new Range(7, 8)) print(i)
for (var [k, v] in Iterator({ a: 1, b: <c/> })) print(k, v.toString())
for (var [k, v] in new Iterator(["x", "y"])) print(typeof k, k, v)
for (var k in Iterator({ a: 1 }, true)) print(k)
for (var [i, x] in Iterator(<><a/><b/></>)) print(i, x.name())
print(Iterator.from([1, 2]).map(x => x * 2).toArray())
var own = { n: 2, next: function () { if (!this.n) throw StopIteration; return this.n-- }, __iterator__: function () this }
print([x for (x in own)], [k for (k in { p: 1, q: 2 })])
--
k1,k2,k3 1,2,3
k7
a 1
b 
number 0 x
number 1 y
a
0 a
1 b
2,4
2,1 p,q

== array comprehensions and generator expressions
var x = <l><p n="1"/><p n="2"/><p n="3"/></l>
print([p.@n * 2 for each (p in x.p)], [p.@n for each (p in x.p) if (p.@n != 2)])
print([[i, j] for (i in [1, 2]) for each (j in "ab".split("")) if (i + j != "0b")].join(" "))
print([a + b for each ([a, { b }] in [[1, { b: 2 }]])], typeof p, typeof a)
function sum(g) { var s = 0; for each (v in g) s += v; return s }
print(sum(i * i for each (i in [1, 2, 3])), (i for (i in [7, 8])).next(), sum((v for each (v in [1, 1]))))
print(x.p.([q for each (q in [1, 3]) if (q == @n)].length).length())
print((function () [this.k, arguments[0], ...[this.k + arguments[0] + z for each (z in [1])]]).call({ k: 1 }, 2))
--
2,4,6 1,3
0,a 1,a 1,b
3 undefined undefined
14 0 2
2
1,2,4

== uneval and toSource
print(uneval({ a: 1, "b c": [1, , "x\n\u00e9\"", null, undefined, true], 5: { d: -0 } }))
print(uneval("it's"), uneval([,]), [1].toSource(), (1).toSource(), "s".toSource(), uneval(/a/g), uneval(function (x) x * 2))
print(uneval(<a b="1">{"x"}</a>), <><a/><b/></>.toSource(), uneval(new QName("u", "a")), uneval(new Namespace("p", "u")))
var ring = { n: 1 }; ring.ring = ring
print(uneval(ring), uneval({ get g() { return 1 } }), uneval({ toSource: function () "mine" }), uneval(new Date(5)))
print(eval(uneval({ a: [1, { b: "c" }] })).a[1].b, uneval(null), uneval(undefined))
--
({5:{d:-0}, a:1, 'b c':[1, , "x\n\xE9\"", null, (void 0), true]})
"it's" [,] [1] (new Number(1)) (new String("s")) /a/g (function (x) x * 2)
<a b="1">x</a> <><a/>
<b/></> (new QName("u", "a")) (new Namespace("p", "u"))
#1={n:1, ring:#1#} ({get g() { return 1 }}) mine (new Date(5))
c null (void 0)

== uneval gives XML that makes it again
var x = <a b="{n}">{"{m}"}<c/></a>, l = <><a/>t</>
print(uneval(x) == eval(uneval(x)), eval(uneval(x)) == x, eval(uneval(l)) == l, uneval(<></>), uneval(x.text()[0]))
--
false true true <></> <>&#123;m}</>

== what is asked of errors and texts
try { null.x } catch (e) { print(e.lineNumber, e.fileName) }
var own = new Error("e"); own.lineNumber = 7
print(own.lineNumber, Object.keys(new Error("e")).indexOf("lineNumber"), "a\"b\n".quote())
--
1 case
7 -1 "a\"b\n"

== a method that no XML value has
XML.prototype.function::__noSuchMethod__ = function (name, args) name + "(" + args + ")"
var x = <a><b>t</b></a>
print(x.nothing(1, 2), x.b.nothing(), x.name())
delete XML.prototype.function::__noSuchMethod__
try { x.nothing() } catch (e) { print(e.name) }
--
nothing(1,2) nothing() a
TypeError

== XML in what today's language iterates
var l = <><a i="1"/><b i="2"/></>
for (var v of l) print(v.name())
var [p, q, r] = l, [only] = <c/>
print(p.@i, q.@i, r, only.name(), [...l].length, Array.from(l.@i, Number), Math.max(...l.@i))
print(Array.map(l, function (v) v.@i * 2))
--
a
b
1 2 undefined c 2 1,2 2
2,4

== with an XML value: names deleted and set
var x = <a i="1"><b>1</b><c>2</c></a>
with (x) { delete b; c = 3; @i = 4; print(c, @i) }
print(x.toXMLString())
--
3 4
<a i="4">
  <c>3</c>
</a>

== a name of the host's is declared: it is the script's from then on
var x = <a/>, out = []
function print() { out.push([].slice.call(arguments).join()) }
print(x.name(), 1); throw out
--
error 0:0: a,1

== names of E4X and of the language are declared
let QName = 1, uneval = 2
const isXMLName = 3
class Namespace {}
function StopIteration() {}
print(QName, uneval, isXMLName, typeof Namespace, typeof StopIteration, <a b="1"/>.@b.name(), typeof new XML("<a/>"))
--
1 2 3 function function b xml

== a name of the host's is assigned
var say = print, x = <a/>
print = function (s) { say("mine " + s) }
print(x.localName())
--
mine a

== a name of the host's in a function is the function's own
function f() { let print = 5; return print }
print(f())
--
5

== what is assigned to a const is ignored
const K = 1, X = <a/>
K = 2; K += 3; K++; --K
X = 5; X.b = 1
print(K, K = 7, K *= 2, X.toXMLString())
for (K in { a: 1 });
print(K)
--
1 7 2 <a>
  <b>1</b>
</a>
1

== a name that is const here and a parameter there is the parameter
<a/>
const K = 1, f = (K) => { K = 9; return K }, g = ([M], N = 4) => { N = 6; M = 2; return M + N }
const M = 0, N = 0, q = function (z) { z = 3; return z }
function h(K) { K = 5; return K }
print(f(3), g([1]), q(1), h(2), K, M, N)
--
9 8 3 5 1 0 0

== without E4X and the like const is today's
const K = 1
K = 2
--
error 2:4: TypeError: Attempted to assign to readonly property.

== text that is evaluated is E4X, whatever the script is
var s = eval("<a b='1'><c/></a>")
print(typeof s, eval("s.@b") + 1, s == new Function("return <a b='1'><c/></a>")(), s + s == Function("x", "return x + x")(s))
function f() { return eval("x = 1, <b>{x}</b>") } var x
print(f(), f, (0, eval)("1 + 1"), eval(5), eval())
try { eval("<a></b>") } catch (e) { print(e.name) }
--
xml 11 true true
1 function f() { return eval("x = 1, <b>{x}</b>") } 2 5 undefined
SyntaxError

== uneval names what stands in several places
var a = { b: 1 }, l = [a, { a: a }], deep = {}
l.push(l)
print(uneval(l), uneval([a]), uneval({ x: [a, a] }))
var again = eval(uneval(l))
print(again[2] === again, again[0] === again[1].a, again[0].b)
deep.toSource = function () uneval([this.v]); deep.v = 1
print(uneval([deep, deep]))
--
#1=[#2={b:1}, {a:#2#}, #1#] [{b:1}] ({x:[#1={b:1}, #1#]})
true true 1
[[1], [1]]

== sharp variables
var a = #1=[1, #1#], o = #1={ b: { c: #1# } }, s = [#1={ x: 1 }, #1#], two = #1=[#2={ up: #1# }, #2#]
print(a[1] === a, a.length, o.b.c === o, s[0] === s[1], two[0].up === two, two[1] === two[0])

--
true 2 true true true true

== text evaluated under an object
var o = { z: 3, f: function () { return this.z } }
print(eval("var y = z + 1; y", o), eval("f()", o), eval("<a>{z}</a>", o).toXMLString())
function g(o) { return eval("z * 2", o) }
print(g({ z: 4 }), eval("z", { z: eval("1 + 1") }))
try { eval("nothere", o) } catch (e) { print(e.name) }
--
4 3 <a>3</a>
8 2
ReferenceError

== getter and setter as words
var n = 0, o = {}, k = { o: o }
k.o.p getter = function () n++
k["o"]["q"] getter = function () 7
z getter = function () 8
print(o.p, o.p, o.q, z, o.__lookupGetter__("p") !== undefined)
var getter = 1, setter = 2
getter = 3
print(getter, setter)
var p = { getter: 1, setter: 2, get: 3, set: 4, a getter: function () 5, "b c" setter: function (v) { this.d = v } }
p["b c"] = 9
print(p.getter, p.setter, p.get, p.set, p.a, p.d)
--
0 1 7 8 true
3 2
1 2 3 4 5 9

== what is no sharp variable
try { eval("#1#") } catch (e) { print(e.name) }
try { eval("#1=5") } catch (e) { print(e.name) }
try { eval("[#1]") } catch (e) { print(e.name) }
try { eval("#1a#") } catch (e) { print(e.name) }
try { eval("#1234567890=[]") } catch (e) { print(e.name) }
--
SyntaxError
SyntaxError
SyntaxError
SyntaxError
SyntaxError

== the end of a comment for pages
var i = 3, s = ""
while (i --> 0) s += i
--> this is a comment
/* x
*/ --> too
print(s)
--
210

== Script, called and executed under an object
var s = new Script("x = <a/>.localName() + 1")
print(s(), x, s.exec({ x: 1 }), String(s), s instanceof Script)
try { new Script("1 +") } catch (e) { print(e.name) }
--
a1 a1 a1 x = <a/>.localName() + 1 true
SyntaxError

== flags behind a text
print("a.b.c".replace(".", "-", "g"), "AbAb".match("a", "gi"), "aAa".search("A", "i"), "aa".replace("a", <b>x</b>, "g"), "a".replace(/A/i, "b", "g"))
--
a-b-c A,A 0 xx b

== a text whose only E4X is Namespace
print(new Namespace("u") == new Namespace("u"))
--
true

== patterns assigned in parentheses, and to children and attributes
var a, b, x = <x/>;
({ a: a, b: [b] }) = { a: 1, b: [2] };
({ p: x.@i, q: x.j }) = { p: 3, q: 4 };
[x.@k, x.l] = [5, 6]
print(a, b, x.toXMLString(), (({ a: a }) = { a: 7 }).a, a)
for each (x.@i in [8, 9]);
for (x.j in { key: 1 });
print(x.@i, x.j)
--
1 2 <x i="3" k="5">
  <j>4</j>
  <l>6</l>
</x> 7 7
9 key

== a function of evaluated text has its author's text, too
print(eval("(function (x) { return x.@id + <a>{x}</a> })"))
print(new Function("a", "return a..b").toString().indexOf("return a..b") > 0, eval("o = { m: function () <b/> }; o.m"))
for (var i = 0; i < 40; i++) var f = eval("(function () <a i='" + i + "'/>)")
print(f, uneval(f))
--
function (x) { return x.@id + <a>{x}</a> }
true function () <b/>
function () <a i='39'/> (function () <a i='39'/>)

== what every object could: watch, __count__, __parent__, eval, arity, toLocaleFormat
<a/>
var o = { a: 1, z: 3 }, seen = []
o.watch("a", function (name, old, now) { seen.push(name + old + now); return now * 2 })
o.a = 5; o.a = 6
print(o.a, seen, o.__count__, [1, 2, 3].__count__)
o.unwatch("a"); o.a = 7; o.unwatch("never")
print(o.a, seen.length, Object.keys(o), o.__parent__ === this, this.__parent__, ({}).__count__)
o.watch("b", function (name, old, now) old + "/" + now); o.b = 1
var p = { get g() this.v, set g(v) { this.v = v } }
p.watch("g", function (name, old, now) now + 1); p.g = 1; p.unwatch("g"); p.g = p.g + 10
print(o.b, p.v, o.eval("z + 1"), this.eval("<b/>").name(), (function (a, b) {}).arity)
var d = new Date(2011, 0, 5, 15, 4, 9)
print(d.toLocaleFormat("%Y-%m-%d %H:%M:%S %y %j %I%p %e %a %A %b %B %% %q"), d.toLocaleFormat("%D %T %R %c"))
var own = { watch: function (x) "mine " + x, __count__: 9 }
print(own.watch(1), own.__count__, typeof own.eval, "watch" in {})
--
12 a15,a106 2 3
7 2 a,z true null 0
undefined/1 12 4 b 2
2011-01-05 15:04:09 11 005 03PM  5 Wed Wednesday Jan January % %q 01/05/11 15:04:09 15:04 Wed Jan  5 15:04:09 2011
mine 1 9 function true

== a method that an object has not
<a/>
function C() { this.n = 2 }
C.prototype.__noSuchMethod__ = function (name, args) name + args.length + this.n
var c = new C, o = { f: function () "f", __noSuchMethod__: function (name) "no " + name }
print(c.foo(1, 2, 3), o.f() + o.g(), c.bar(), <b/>.name(), o.h)
try { ({}).nothing() } catch (e) { print(e.name) }
function ns() {} ns.Class = function (k) { this.k = k }
print(new ns.Class(4).k)
--
foo32 fno g bar02 b undefined
TypeError
4

== errors of a file and a line, a regular expression that is called
<a/>
var e = new Error("m", "f.js", 42), t = TypeError("m", "g.js"), c = new Error("m", { cause: 7 })
print(e.message, e.fileName, e.lineNumber, e instanceof Error, t.fileName, t instanceof TypeError, c.cause, uneval(e))
function MyError(a, b) { this.both = a + b }
print(new MyError(1, 2).both, /a(b)/("xab")[1], /q/("x"))
--
m f.js 42 true g.js true 7 (new Error("m", "f.js", 42))
3 b null

== without E4X none of these is there
print("watch" in {}, {}.__count__, typeof new Date(0).toLocaleFormat, (function (a) {}).arity, new Error("m", "f", 9).lineNumber === 9)
--
false undefined undefined undefined false
