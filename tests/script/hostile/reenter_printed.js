// expect: 0, survived
// options: --limit cpu=2 --limit wall=8
var b = new Uint8Array(1000);
println({toString: function () { b = null; var junk = []; for (var i = 0; i < 1000; i++) junk.push(new Uint8Array(1000)); return "x"; }}, b);
println("survived");
