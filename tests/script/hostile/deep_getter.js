// expect: 1, RangeError: Maximum call stack
// options: --limit cpu=2 --limit wall=8
var o = {get x() { return this.x }};
o.x;
