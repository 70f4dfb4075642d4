// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
function shrink() { while (t.ncols) t.removeColumn(0); t.addColumn("z", [9]); }
function tried(f) { try { f() } catch (e) { println(String(e)) } }
var v = [1, 2, 3, 4];
var n = 0;
Object.defineProperty(v, 2, {get: function () { if (++n === 2) while (t.ncols) t.removeColumn(0); return 3; }});
tried(function () { t.addColumn("c", v) });
println("survived", t.ncols);
