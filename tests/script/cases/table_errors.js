// Wrong arguments: the message names the argument and says what would be right.
var t = new Table(), q;
t.addColumn("a", [1, 2]);
t.addColumn("s", ["x", "y"]);
function tried(f) { try { f(); println("no error") } catch (e) { println(String(e)) } }
tried(function () { t.cell(2, 0) });
tried(function () { t.cell("x", 0) });
tried(function () { t.cell(0, 7) });
tried(function () { t.cell(0, "b") });
tried(function () { t.cell(0) });
tried(function () { t.addColumn("b") });
tried(function () { t.addColumn("b", [1, 2, 3]) });
tried(function () { t.addColumn(undefined, [1]) });
tried(function () { t.addColumn("b", [1], "colour") });
tried(function () { t.setCell(0, 0, "x") });
tried(function () { t.addRow(5) });
tried(function () { t.addRow([1, 2, 3]) });
tried(function () { t.total("s") });
tried(function () { t.percentile("a", 101) });
tried(function () { t.pivotTime(0, 1, 0) });
tried(function () { t.filter("x") });
tried(function () { t.append(5) });
tried(function () { t.join(t, "zz") });
tried(function () { Table() });
tried(function () { t.cell.call({}, 0, 0) });
tried(function () { Table.prototype.cell = 1; println(typeof t.cell) });
