// expect: 1, RangeError
// options: --limit heap=32 --limit cpu=10 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
var t = new Table();
t.addColumn("a", [1, 2, 3]);
for (;;) t.append(t);
