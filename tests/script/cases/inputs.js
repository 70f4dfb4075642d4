// options: -input target=192.0.2.1 --input empty= -input a=b=c
// Inputs are global strings; a script's own var of that name takes it.
var target = target || "127.0.0.1";
println(target, typeof target, empty === "", a);
println(typeof nothing);
