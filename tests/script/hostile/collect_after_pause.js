// expect: 0, well
// options: --limit wall=60 --limit cpu=50
// The engine's collector threads leave after ten idle seconds; the next collection needs them again.
var a = [], i, until = Date.now() + 10500;
for (i = 0; i < 100000; i++) a.push({i: i});
a = null;
while (Date.now() < until);
for (a = [], i = 0; i < 1000000; i++) a.push({i: i});
println("well");
