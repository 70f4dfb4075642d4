// expect: 1, 
// options: --limit cpu=2 --limit wall=8
eval("/" + "(?:".repeat(100000) + ")".repeat(100000) + "/");
throw new Error("taken");
