// expect: 1, 
// options: --limit cpu=2 --limit wall=8
var t = new Table();
for (var i = 0; ; i++) t.addColumn("c" + i, [i]);
