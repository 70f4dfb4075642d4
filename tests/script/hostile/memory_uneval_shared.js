// expect: 0, true
// options: --limit cpu=10 --limit wall=40
// What stands in many places is written once.
var a = ["x".repeat(1000)];
for (var i = 0; i < 40; i++) a = [a, a];
println(uneval(a).length < 5000);
