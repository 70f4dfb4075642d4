// expect: 1, Error
// options: --limit cpu=2 --limit wall=8
var e = new Error("x".repeat(1 << 20));
e.stack = "y".repeat(1 << 20);
throw e;
