// expect: 1, 
// options: --limit cpu=2 --limit wall=8
var o = {};
for (var i = 0; i < 200000; i++) o = {o: o};
JSON.stringify(o);
