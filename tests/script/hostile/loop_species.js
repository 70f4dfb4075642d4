// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
class A extends Array { static get [Symbol.species]() { for (;;); } }
new A(1, 2).map(function (x) { return x });
