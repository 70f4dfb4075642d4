// expect: 1, 
// options: --limit heap=32 --limit cpu=10 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
var t = new Table();
t.addColumn("a", []);
t.addColumn("b", [], "text");
for (;;) t.addRow([1, "x".repeat(10000)]);
