// expect: 1, 
// options: --limit cpu=2 --limit wall=8
var x = <a><b/></a>;
x.b.appendChild(x);
String(x);
throw new Error("no ring");
