// expect: 1, limit: cpu 1 s reached
// options: --limit cpu=1 --limit wall=90
/^(([a-z])+.)+[A-Z]([a-z])+$/.exec("a".repeat(60));
