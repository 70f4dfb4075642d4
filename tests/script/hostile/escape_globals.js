// expect: 0, none
// options: --limit cpu=2 --limit wall=8
var bad = ["WebAssembly", "SharedArrayBuffer", "Worker", "fetch", "XMLHttpRequest", "require", "process", "load", "read", "quit", "gc", "$vm", "system", "run"].filter(function (n) { return typeof globalThis[n] !== "undefined" });
println(bad.length ? bad.join() : "none");
