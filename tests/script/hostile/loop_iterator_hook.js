// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=3
var x = { __iterator__: function () { for (;;); } };
for each (var v in x) println(v);
