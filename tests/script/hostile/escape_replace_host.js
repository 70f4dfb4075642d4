// expect: 0, own function undefined kept
// options: --limit cpu=2 --limit wall=8
var say = println, table = Table;
println = 1;
function print() { return "own" }
Object.defineProperty(globalThis, "Query", {value: undefined});
try { Object.defineProperty(table.prototype, "addRow", {value: 1}); said = "changed" } catch (e) { said = "kept" }
say(print() + " " + typeof print + " " + typeof Query + " " + said);
