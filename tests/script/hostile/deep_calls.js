// expect: 1, RangeError: Maximum call stack
// options: --limit cpu=2 --limit wall=8
function f() { f() }
f();
