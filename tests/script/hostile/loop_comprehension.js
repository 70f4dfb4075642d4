// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=3
var endless = { __iterator__: function () ({ next: function () 1 }) };
var n = [x for (x in endless) if (false)].length;
