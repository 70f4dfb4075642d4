// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
with (new Proxy({}, {has: function () { for (;;); }})) { nothing; }
