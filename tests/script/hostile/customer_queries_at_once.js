// expect: 1, limit: queries 20 reached
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
var q = Query.topN("traffic", "bytes", "", "today"), all = [];
for (var i = 0; i < 64; i++) all.push(q);
Query.run(all);
