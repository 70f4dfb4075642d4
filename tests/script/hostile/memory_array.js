// expect: 1, limit: heap 32 MB reached
// options: --limit heap=32 --limit cpu=10 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
var a = [];
for (;;) a.push([a.length]);
