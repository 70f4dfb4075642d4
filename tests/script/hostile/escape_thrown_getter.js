// expect: 1, 
// options: --limit cpu=2 --limit wall=8
throw {get message() { throw 1 }, toString: function () { throw 2 }};
