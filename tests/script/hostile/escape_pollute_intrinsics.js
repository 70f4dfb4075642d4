// expect: 0, 1 a 1970
// options: --limit cpu=2 --limit wall=8
JSON.parse = Object.keys = Date.parse = Array.prototype.push = Function.prototype.call = function () { throw "reached" };
Date = function () { throw "reached" };
var t = new Table();
t.addColumn("a", [1]);
t.addColumn("t", [0], "time");
println(t.toJSON().rows ? 1 : 1, t.cnames[0], t.cell(0, 1).getUTCFullYear());
