// expect: 1, TypeError
// options: --limit cpu=2 --limit wall=8
Table.prototype.csv.call(Object.create(new Table()));
