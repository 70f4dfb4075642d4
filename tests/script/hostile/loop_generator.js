// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
function* g() { for (;;) yield 1; }
for (var x of g());
