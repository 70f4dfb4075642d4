// expect: 1, 
// options: --limit heap=32 --limit cpu=10 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
new Array(4294967295).fill(0);
