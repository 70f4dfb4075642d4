// expect: 1, topN: view: missing
// options: --limit cpu=2 --limit wall=8
Object.prototype.toString = function () { return "/etc/passwd" };
Object.prototype.bytes = true;
Object.prototype.params = {x: 1};
new Table().csv();
Query.topN();
