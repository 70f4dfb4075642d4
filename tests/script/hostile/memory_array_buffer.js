// expect: 1, RangeError
// options: --limit heap=32 --limit cpu=10 --limit wall=25
new ArrayBuffer(1099511627776);
