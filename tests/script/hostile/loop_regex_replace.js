// expect: 1, limit: 
// options: --limit cpu=1 --limit wall=1
("a".repeat(50) + "b").replace(/(a*)*c/g, "x");
("x".repeat(60)).match(/(x+x+)+y/);
