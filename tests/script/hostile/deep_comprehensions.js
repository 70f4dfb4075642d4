// expect: 1, SyntaxError
// options: --limit cpu=5 --limit wall=20
var x = <a/>;
eval("[".repeat(3000) + "1" + " for (i in [1])]".repeat(3000));
