// expect: 1, 
// options: --limit heap=32 --limit cpu=10 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
var t = new Table();
t.addColumn("a", ["x".repeat(1 << 20)]);
for (var i = 0; i < 5; i++) t.append(t);
var all = [];
for (;;) all.push(t.csv());
