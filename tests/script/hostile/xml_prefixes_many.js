// expect: 1, 
// options: --limit heap=64 --limit cpu=2 --limit wall=25
// asan: the allocator of the sanitizer ends in its own way when memory is refused
var x = <a/>;
for (var i = 0; ; i++) x.addNamespace(new Namespace("p" + i, "u" + i));
