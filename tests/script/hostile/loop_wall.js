// expect: 1, limit: wall 1 s reached
// options: --limit wall=1 --limit cpu=20
for (;;);
