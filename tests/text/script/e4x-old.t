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
