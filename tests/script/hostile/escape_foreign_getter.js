// expect: 1, TypeError
// options: --limit cpu=2 --limit wall=8
Object.getOwnPropertyDescriptor(Table.prototype, "nrows").get.call({});
