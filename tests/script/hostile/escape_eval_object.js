// expect: 0, 1 undefined a function
// options: --limit cpu=2 --limit wall=8
// An object that text is evaluated under hides names from that text, and from nothing else.
var all = new Proxy({}, {has: function (o, k) { return k !== "result" && k !== "$e4x" }, get: function (o, k) { return k === Symbol.unscopables ? undefined : 1 }});
var result = eval("println", all);
println(result, eval("typeof $e4x.under()", {x: 1}), eval("x.localName()", {x: <a/>}), typeof println);
