// expect: 1, 
// options: --limit cpu=3 --limit wall=20
var k = [], v = [];
for (var i = 0; i < 30000; i++) k.push("k" + i);
var t = new Table();
t.addColumn("r", k);
t.addColumn("k", k);
t.addColumn("v", k.map(function (x, i) { return i }));
t.pivot("r", "k", "v");
