// JavaScript 1.7 and 1.8 beside E4X.
show([i * i for (i in [1, 2, 3])], [x for each (x in [1, 2, 3]) if (x > 1)]);
show([[i, j].join("") for each (i in [1, 2]) for each (j in [3, 4])]);
function count(n) { for (var i = 0; i < n; i++) { var got = yield i; if (got) i = got } }
var g = count(9), s = "";
show(g.next(), g.next(), g.send(6), g.next());
try { g.next() } catch (e if e instanceof StopIteration) { show("over") }
for (var i in count(3)) s += i;
for each (var i in count(3)) s += i;
for (var [k, v] in Iterator({ a: 1, b: 2 })) s += k + v;
show(s);
var ranged = { __iterator__: function () { yield 3; yield 4 } };
show([r for (r in ranged)]);
let (a = 1, b = 2) { show(a + b) }
var square = let (a = 5) a * a;
show(square, (function (x) x * 2)(4));
show(uneval({ a: 1, b: "x" }), uneval([1, 2, "x"]), (1).toSource(), <a>x</a>.toSource());
try { throw 5 } catch (e if e == 4) { show("four") } catch (e) { show("other", e) }
for each (let [p, q] in [[1, 2], [3, 4]]) show(p, q);
var l = <l><p n="1"/><p n="2"/><p n="3"/></l>;
show(l.p.(@n > 1).length(), l.p.(@n == 2).@n, [p.@n * 2 for each (p in l.p)], l..p.(@n != 2).length());
with (l) { show(p.length()) }
s = "";
for (var i in l.p) s += i;
for each (var p in l.p) s += p.@n;
show(s, Array.map([1, 2], function (x) x + 1), String.toUpperCase("a"));
