// expect: 1, 
// options: --limit cpu=2 --limit wall=8
var x = "<a>".repeat(100000) + "</a>".repeat(100000);
new XML(x);
