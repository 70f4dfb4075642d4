// expect: 0, function
// options: --limit cpu=2 --limit wall=8
println = 1;
delete globalThis.print;
try { Object.defineProperty(globalThis, "println", {value: 1}) } catch (e) {}
println(typeof print);
