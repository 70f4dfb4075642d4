// expect: 1, RangeError
// options: --limit cpu=5 --limit wall=20
var o = {};
for (var i = 0; i < 200000; i++) o = { o: o };
println(uneval(o).length);
