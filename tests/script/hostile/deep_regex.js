// expect: 1, 
// options: --limit cpu=2 --limit wall=8
new RegExp("(".repeat(200000) + ")".repeat(200000)).exec("x");
