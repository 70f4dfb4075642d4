// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
function f() { for (;;); }
var x = <a><b/><b/></a>;
x.b.(f());
