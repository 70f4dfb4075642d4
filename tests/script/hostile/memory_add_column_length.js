// expect: 1, 
// options: --limit heap=32 --limit wall=1
new Table().addColumn("a", new Array(4294967295));
