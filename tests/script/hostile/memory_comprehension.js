// expect: 1, limit: 
// options: --limit heap=32 --limit cpu=10 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
function many() { while (true) yield new Array(1000).join("abc") }
var all = [s + s for (s in many())];
