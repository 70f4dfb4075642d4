// expect: 1, RangeError: Maximum call stack
// options: --limit cpu=2 --limit wall=8
var o = {toString: function () { return "" + o }};
println(o);
