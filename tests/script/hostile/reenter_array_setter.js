// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
function shrink() { while (t.ncols) t.removeColumn(0); t.addColumn("z", [9]); }
function tried(f) { try { f() } catch (e) { println(String(e)) } }
var n = 0;
Object.defineProperty(Array.prototype, 1, {set: function () { if (!n++) shrink(); }, configurable: true});
tried(function () { t.column("b") });
tried(function () { t.row(0) });
tried(function () { for (var r of t); });
tried(function () { t.cnames; t.ctypes; });
println("survived");
