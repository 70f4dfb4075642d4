// expect: 0, kept kept kept
// options: --limit cpu=2 --limit wall=8
var said = [];
[Query, Table, Chart].forEach(function (c) { try { c.prototype.run = c.x = 1; Object.defineProperty(c.prototype, "own", {value: 1}); said.push("changed") } catch (e) { said.push("kept") } });
println(said.join(" "));
