// expect: 1, 
// options: --limit cpu=2 --limit wall=8
var a = [];
for (var i = 0; i < 500000; i++) a = [a];
println(String(a).length);
throw new Error("taken");
