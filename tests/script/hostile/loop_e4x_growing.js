// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
var x = <a><b/></a>;
for each (var b in x.b) { for (;;) b.@n = 1; }
