// expect: 1, 
// options: --limit cpu=2 --limit wall=8
var x = <a/>;
for (var i = 0; i < 20000; i++) x = <a>{x}</a>;
String(x);
