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

== a name of the host's is declared: let
var fine = 1
let print = 5
--
error 2:5: SyntaxError: 'print' is a name of the host's; declare yours under another

== a name of the host's is declared: class
class print {}
--
error 1:7: SyntaxError: 'print' is a name of the host's; declare yours under another

== a name of the host's is declared: function, in a script with E4X
var x = <a/>
  function print() {}
--
error 2:12: SyntaxError: 'print' is a name of the host's; declare yours under another

== a name of the host's in a function is the function's own
function f() { let print = 5; return print }
print(f())
--
5
