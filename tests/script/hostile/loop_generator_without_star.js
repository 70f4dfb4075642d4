// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=3
function numbers() { var i = 0; while (true) yield i++ }
var s = 0;
for (var n in numbers()) s += n;
