// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=3
XMLList.prototype[Symbol.iterator] = function* () { for (;;) yield 1 };
for (var v of <><a/></>) ;
