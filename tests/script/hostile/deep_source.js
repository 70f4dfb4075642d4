// expect: 1, 
// options: --limit cpu=2 --limit wall=8
eval("(".repeat(200000) + "1" + ")".repeat(200000));
