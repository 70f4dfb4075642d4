// expect: 1, RangeError
// options: --limit cpu=5 --limit wall=20
function inside(n) { for (var x in inside(n + 1)) yield x }
for (var x in inside(0)) println(x);
