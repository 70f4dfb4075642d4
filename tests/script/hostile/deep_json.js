// expect: 1, 
// options: --limit cpu=2 --limit wall=8
var s = "[".repeat(300000) + "]".repeat(300000);
JSON.stringify(JSON.parse(s));
