// expect: 0, TypeError TypeError TypeError
function g() { yield 1 }
var old = Object.getPrototypeOf(g()), names = [];
for (var f of ["next", "send", "close"])
	try { old[f].call({}) } catch (e) { names.push(e.name) }
println(names.join(" "));
