// expect: 1, 
// options: --limit cpu=2 --limit wall=8
throw new Proxy({}, {get: function () { throw 3 }, getPrototypeOf: function () { throw 4 }});
