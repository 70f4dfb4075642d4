// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("a", [1, 2, 3, 4]);
t.addColumn("b", ["p", "q", "r", "s"]);
function grow() { for (var i = 0; i < 200; i++) t.addColumn("n" + i, [i, i, i, i]); }
t.scale("a", {valueOf: function () { grow(); return 2; }});
if (t.cell(3, "a") === 8) println("survived");
