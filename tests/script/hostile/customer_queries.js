// expect: 1, limit: queries 20 reached
// options: -c tests/script/cases/network.yaml --customers tests/script/cases/customers.xml --as-customer 1001
for (;;) try { Query.topN("traffic", "bytes", "", "today").run() } catch (e) {}
