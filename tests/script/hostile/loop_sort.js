// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
[3, 1, 2].sort(function () { for (;;); });
