// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
function shrink() { while (t.ncols) t.removeColumn(0); t.addColumn("z", [9]); }
function tried(f) { try { f() } catch (e) { println(String(e)) } }
tried(function () { println(t.cell(3, {toString: function () { shrink(); return "z"; }})) });
println("survived");
