// expect: 1, out of range
// options: --limit cpu=2 --limit wall=8
var t = new Table();
t.addColumn("t", [new Date(8.64e15), new Date(-8.64e15), 0], "time");
t.csv(); t.html(); String(t); t.toJSON();
t.addColumn("u", [1e300, -1e300, Infinity], "time");
