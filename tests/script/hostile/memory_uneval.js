// expect: 1, limit: 
// options: --limit heap=32 --limit cpu=10 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
var a = "\u0001".repeat(1 << 20), list = [];
for (var i = 0; i < 64; i++) list.push(a);
for (;;) a = uneval(list) + uneval(a);
