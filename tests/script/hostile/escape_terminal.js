// expect: 1, \x1b
// options: --limit cpu=2 --limit wall=8
throw new Error("\u001b]0;owned\u0007");
