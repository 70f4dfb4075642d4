// expect: 1, limit: cpu 2 s reached
// options: --limit cpu=2 --limit wall=100
// A literal that names itself is walked once; what grows while it is walked is not.
var n = 0, grow = {get more() { for (;;) n++ }};
var x = #1=[#1#, grow, grow];
println(x[0] === x, uneval(x).length);
x = #1={up: #1#, all: new Proxy([], {ownKeys: function () { for (;;) n++ }})};
